import { type Command, InvalidArgumentError } from 'commander'
import type { Identity } from '../core/ports.ts'
import type { Ground } from '../core/world.ts'

/** The data, opened by a command; a server may have it open too, and finds out by its next look at the database. */
export interface Office {
  world: Ground
  identity: Identity
  /** Where the data are, for people. */
  place: string
  /** Where the server has people sign in, by its host; undefined: by link alone. */
  provider: string | undefined
  close(): Promise<void>
}

/** What a script wants goes out alone; what a person should know beside it goes to `stderr`. */
export interface Streams {
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
}

/**
 * How a command gets at the data: `make` only for the first organisation, so that a command run in another folder than
 * the server does not work on data of its own.
 */
export type Open = (where: { make: boolean }) => Promise<Office>

/** Does a command's work, and closes the data. Wrong usage that only the data show ends as commander ends it. */
export async function visit(
  command: Command,
  open: () => Promise<Office>,
  work: (office: Office) => Promise<void>,
): Promise<void> {
  const office = await open()
  try {
    await work(office).finally(() => office.close())
  } catch (error) {
    if (error instanceof InvalidArgumentError) command.error(`error: ${error.message}`, { exitCode: 2 })
    throw error
  }
}
