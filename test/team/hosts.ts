import { lookup } from 'node:dns/promises'
import { appendFile, readFile, writeFile } from 'node:fs/promises'

const file = '/etc/hosts'

/**
 * Has these names lead to this machine, for every program on it, as an entry in the hosts file does. Who may not write
 * there makes the entry once, by hand.
 * @returns takes the entry away again
 * @throws Error that says what to write
 */
export async function nameThisMachine(names: readonly string[]): Promise<() => Promise<void>> {
  // Not every file ends its last line.
  const line = `\n127.0.0.1 ${names.join(' ')} # a test of Galley, ${process.pid}\n`
  try {
    await appendFile(file, line)
  } catch (error) {
    if (await all(names.map(leadsHere))) return async () => {}
    throw new Error(`This test needs a line in ${file}, which it may not write: 127.0.0.1 ${names.join(' ')}`, {
      cause: error,
    })
  }
  return async () => writeFile(file, (await readFile(file, 'utf8')).replace(line, ''))
}

const leadsHere = (name: string): Promise<boolean> =>
  lookup(name).then(
    ({ address }) => address === '127.0.0.1',
    () => false,
  )

const all = async (answers: readonly Promise<boolean>[]): Promise<boolean> =>
  (await Promise.all(answers)).every(Boolean)
