import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Settings } from './settings.ts'
import type { Terminal } from './terminal.ts'

/**
 * Shows a page in the user's browser: the one `$BROWSER` names, else the desktop's. Never throws.
 * @param settings without them the user has asked for the browser just now, and `GALLEY_AUTO_OPEN` says nothing
 * @returns whether one was started; false also where there is nobody to look: in CI, over SSH, without a display
 */
export async function openBrowser(
  { env }: Terminal,
  url: string,
  settings?: Pick<Settings, 'autoOpen'>,
): Promise<boolean> {
  if (settings?.autoOpen === false || !hasDisplay(env)) return false
  try {
    if (env.BROWSER) await start(env.BROWSER, url, env)
    // Only now: most commands open nothing, and start sooner without it.
    else await (await import('open')).default(url)
    return true
  } catch {
    return false
  }
}

/** Whether somebody would see a browser that is opened here. */
export function hasDisplay(env: Terminal['env']): boolean {
  if (env.CI || env.SSH_CONNECTION) return false
  return Boolean(env.BROWSER || process.platform !== 'linux' || env.DISPLAY || env.WAYLAND_DISPLAY)
}

/** `$BROWSER` as xdg-open reads it: commands to try, parted by colons, with the address in place of `%s` or at the end. */
async function start(browsers: string, url: string, env: Terminal['env']): Promise<void> {
  const separator = process.platform === 'win32' ? ';' : ':'
  const commands = browsers.split(separator).map(command => command.trim().split(/\s+/))
  for (const [index, [program = '', ...words]] of commands.entries()) {
    const args = words.includes('%s') ? words.map(word => (word === '%s' ? url : word)) : [...words, url]
    const child = spawn(program, args, { detached: true, stdio: 'ignore', env })
    try {
      await once(child, 'spawn')
      child.unref()
      return
    } catch (error) {
      if (index === commands.length - 1) throw error
    }
  }
}
