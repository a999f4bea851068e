import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The path of a program that the tests need and npm does not bring.
 * @param variable of the environment, that may name it
 * @throws Error that says what to install: an absent program is a failure, never a test left out.
 */
export function installed(variable: string, names: readonly string[]): string {
  const given = process.env[variable]
  if (given) return given
  // Servers are where an ordinary user of Debian does not look.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  const found = folders.flatMap(folder => names.map(name => join(folder, name))).find(path => existsSync(path))
  if (found) return found
  throw new Error(
    `This test needs ${names[0]}. Install it (\`npm test\` does on Debian), or give its path in ${variable}.`,
  )
}
