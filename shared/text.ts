/**
 * Text that people give and others are shown. Neither control characters (C0, DEL and C1), which terminals and logs obey, nor
 * those that turn the direction of what follows (overrides, embeddings and isolates of Unicode TR 9), with which
 * a name passes for another; marks within a right-to-left text are none of these.
 */
const controls = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f'
const breaks = '\\t\\n\\r'
const turns = '\\u202a-\\u202e\\u2066-\\u2069'

/** A time as a sentence for a person names it, to the minute: `2030-01-31 00:00 UTC`. */
export const timeInWords = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** One line of plain text: a title, a name. */
export const isLine = (text: string): boolean => !new RegExp(`[${controls}${breaks}${turns}]`).test(text)

/** Plain text of any number of lines. */
export const isProse = (text: string): boolean => !new RegExp(`[${controls}${turns}]`).test(text)

/** The same text, in which all of those are seen and do nothing: `␛`, `␍`, `<U+202E>`. Tabs and line ends stay. */
export const visible = (text: string): string =>
  text.replace(new RegExp(`[${controls}\\r${turns}]`, 'g'), character => {
    const code = character.charCodeAt(0)
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
  })

/** What is left of a text without those: for one that nobody can be asked to give again. */
export const plain = (text: string): string => text.replace(new RegExp(`[${controls}${turns}]`, 'g'), '')

/** As git itself shortens a commit's hash; what follows it (`-dirty`) stays. */
export const shortCommit = (commit: string): string => commit.replace(/^([0-9a-f]{7})[0-9a-f]{33,57}/, '$1')
