import { type ChildProcess, execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KiB, MiB } from '../../shared/limits.ts'

/** A place of a few MiB that really runs out. */
export interface SmallDisk {
  dir: string
  /** Bytes of the largest file that a process started on it may make; undefined: there is nothing but the disk. */
  fileSize: number | undefined
  /** From now on nothing more can be written. */
  fill(): void
  /** There is room again, for this process and for those to come. */
  free(process: ChildProcess): void
  remove(): Promise<void>
}

/** A file system of its own in memory: the errors of a full disk. Only root may mount one. */
async function mounted(): Promise<SmallDisk> {
  const dir = await mkdtemp(join(tmpdir(), 'galley-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'galley-test', dir])
  const ballast = join(dir, 'ballast')
  return {
    dir,
    fileSize: undefined,
    fill: () => writeAsMuchAsFits(ballast),
    free: () => rmSync(ballast),
    async remove() {
      execFileSync('umount', ['--lazy', dir])
      await rm(dir, { recursive: true })
    },
  }
}

/** A limit on what the process may write (setrlimit(2), RLIMIT_FSIZE): writes fail as over a quota. */
async function limited(): Promise<SmallDisk> {
  const dir = await mkdtemp(join(tmpdir(), 'galley-disk-'))
  return {
    dir,
    fileSize: 3 * MiB,
    fill() {},
    free({ pid, signalCode }) {
      if (signalCode === null) execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited'])
    },
    remove: () => rm(dir, { recursive: true }),
  }
}

function writeAsMuchAsFits(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (const size of [MiB, 64 * KiB, 4 * KiB, 1]) writeUntilFull(file, Buffer.alloc(size))
  } finally {
    closeSync(file)
  }
}

function writeUntilFull(file: number, bytes: Uint8Array): void {
  try {
    for (;;) writeSync(file, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

export const smallDisks: readonly { name: string; make: () => Promise<SmallDisk> }[] = [
  ...(process.getuid?.() === 0 ? [{ name: 'a full disk', make: mounted }] : []),
  { name: 'a used-up quota', make: limited },
]
