import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isId } from '../../shared/ids.ts'
import { Memory } from './memory.ts'
import { type NamedPage, pageFrom } from './server.ts'
import { type CommonOptions, serverOf } from './session.ts'
import { readSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

/** How a command's help calls what findPage takes. */
export const pageArgument = 'its address, its id, or the file it was published from'

/**
 * A page as its publisher may name it. A file stands for the page it was last published as, on the server at hand; also when it is deleted.
 * @throws UsageError: it names none, or the file was not published from here
 */
export async function findPage(text: string, terminal: Terminal, options: CommonOptions): Promise<NamedPage> {
  if (isId('artifact', text) || /^https?:/.test(text)) return pageFrom(text, 'The page')
  const path = resolve(terminal.cwd, text)
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    throw new UsageError(`${text} names no page: give ${pageArgument}. Your pages are listed by: galley list`)
  }
  const server = serverOf(await readSettings(terminal, options.server))
  const artifactId = await new Memory(terminal.env).artifactOfFile(server, path)
  if (artifactId !== undefined) return { artifactId, server }
  throw new UsageError(
    `${text} was not published to ${server} from here. Name the page by its address, from: galley list`,
  )
}
