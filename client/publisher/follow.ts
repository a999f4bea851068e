import { stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../shared/limits.ts'

/**
 * A file under a name, followed by looking at it: the name is what counts, whatever an editor or a build does to have
 * it hold something new (write, rename over, delete and make again with the whole folder, point a link elsewhere).
 * Watches of the operating system follow the file or the folder that was there at first, and lose the name.
 */
export class FollowedFile {
  private readonly path: string
  private known: string | undefined

  constructor(path: string) {
    this.path = path
  }

  /** From now on a save counts only when it comes later. To be called before the file is read. */
  async mark(): Promise<void> {
    this.known = await lookAt(this.path)
  }

  /** Whether there is a file, and it was saved since the mark. */
  async isSaved(): Promise<boolean> {
    const now = await lookAt(this.path)
    return now !== undefined && now !== this.known
  }

  /**
   * Resolves when the file was saved since the mark, and has looked the same twice. A writer that pauses for longer
   * than that is seen half way, and again when the rest has come. A file that is gone counts only once it stays away,
   * for saving may take it away for a moment.
   * @throws what `signal` was aborted with
   */
  async saved(signal: AbortSignal): Promise<void> {
    for (let last = this.known, looks = 0; ; ) {
      await wait(limits.fileLook, undefined, { signal })
      const now = await lookAt(this.path)
      looks = now === last ? looks + 1 : 0
      last = now
      const enough = now === undefined ? limits.fileGone / limits.fileLook : 1
      if (now !== this.known && looks >= enough) return
    }
  }
}

/** @returns what every save changes; undefined where no file can be seen */
async function lookAt(path: string): Promise<string | undefined> {
  const seen = await stat(path, { bigint: true }).catch(() => undefined)
  return seen && [seen.dev, seen.ino, seen.size, seen.mtimeNs, seen.ctimeNs].join()
}
