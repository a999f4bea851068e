/** Opened by a double click, these do something to the computer or run script on the file's behalf. */
const dangerous = new Set(
  `app appimage apk bash bat cab chm cmd com command cpl deb desktop dll dmg docm exe gadget hta htm html img inf iso jar jnlp
  js jse lnk mht mhtml mjs msc msi msix msp pif pkg pl ppam pptm ps1 psm1 py rb reg rpm scf scr settingscontent-ms sh
  shtml svg sys url vb vbe vbs vhd webloc wsf wsh xhtml xht xlam xll xlsm xml xsl zsh`.split(/\s+/),
)

/** Names that are devices on Windows, with any extension. */
const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i

const encoder = new TextEncoder()

/** As much of the text as fits into so many bytes of UTF-8, whole characters only. */
const fitting = (text: string, bytes: number): string =>
  text.slice(0, encoder.encodeInto(text, new Uint8Array(bytes)).read)

/**
 * A name that is only a name on any file system: no folder, no control or direction-changing character (which would
 * show `gpj.exe` as `exe.jpg`), no device, not hidden, at most 200 bytes with its extension kept.
 */
export function safeFileName(offered: string): string {
  const name = (offered.normalize('NFC').split(/[/\\]/).at(-1) ?? '')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[\s.]+|[\s.]+$/gu, '')
  const dot = name.lastIndexOf('.')
  const suffix = dot > 0 ? fitting(name.slice(dot), 32) : ''
  const stem = fitting(dot > 0 ? name.slice(0, dot) : name, 200 - encoder.encode(suffix).length)
  const safe = (stem + suffix).trimEnd() || 'file'
  return device.test(safe) ? `_${safe}` : safe
}

/** Lower case, without the dot; empty when there is none. */
export const extensionOf = (name: string): string =>
  name.lastIndexOf('.') > 0 ? name.slice(name.lastIndexOf('.') + 1).toLowerCase() : ''

export const isDangerous = (name: string): boolean => dangerous.has(extensionOf(name))

/** The media type as the page gave it, where that is one. */
export const typeWords = (type: string): string =>
  /^[a-z0-9][a-z0-9.+-]{0,60}\/[a-z0-9][a-z0-9.+-]{0,60}$/i.test(type.split(';')[0] ?? '')
    ? (type.split(';')[0] ?? '').toLowerCase()
    : 'unknown type'
