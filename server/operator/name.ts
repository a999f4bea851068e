import { InvalidArgumentError } from 'commander'
import { line } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'

/** Of a credential, for people to know it by. @throws InvalidArgumentError */
export function parseName(text: string): string {
  const name = line(limits.nameChars).safeParse(text)
  if (name.success) return name.data
  throw new InvalidArgumentError(`A name has 1 to ${limits.nameChars} plain characters.`)
}
