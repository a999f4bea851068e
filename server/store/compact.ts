import { execFile } from 'node:child_process'
import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** compact-process.ts when run from sources, compact-process.js when compiled. */
const program = fileURLToPath(new URL(`./compact-process${import.meta.url.slice(-3)}`, import.meta.url))

/**
 * Writes the embedded database anew, without anything of what was erased from it. SQLite overwrites what is deleted, but
 * not the copies that it has left in the gaps between rows whenever it moved them from page to page: so of some rows in
 * a thousand a part stays in the file, where no query finds it and a hex editor does.
 *
 * In a process of its own, for it takes seconds for each GiB, and there it can be ended: the data are then as they were.
 * Meanwhile everybody reads, and waits with writing. The copy that SQLite makes has no name, and lies on the data's disk.
 * @throws Error that it could not be done, or was ended by the signal
 */
export async function compact(path: string, signal: AbortSignal): Promise<void> {
  await promisify(execFile)(process.execPath, [...process.execArgv, program, path], {
    env: { SQLITE_TMPDIR: dirname(path) },
    signal,
    killSignal: 'SIGKILL',
  })
}

/** For SQLite's copy, and for the log through which it comes back. */
export async function hasRoomToCompact(path: string): Promise<boolean> {
  const [{ size }, { bavail, bsize }] = await Promise.all([stat(path), statfs(dirname(path))])
  return bavail * bsize > 2 * size
}
