import { z } from 'zod'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'

/**
 * Past this, a value has its type.
 * @throws GalleyError invalid_request, naming the first fault
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value, { error: sentenceFor })
  if (parsed.success) return parsed.data
  const [fault] = parsed.error.issues
  const where = fault?.path.join('.')
  throw new GalleyError('invalid_request', `${where ? `"${where}": ` : ''}${fault?.message}`)
}

/** In place of zod's own words, where the schema has none of ours. */
function sentenceFor(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'This is needed.' : `This must be ${kinds[issue.expected] ?? issue.expected}.`
    case 'too_big':
      return `This may ${issue.origin === 'string' ? `have ${issue.maximum} characters` : `be ${issue.maximum}`} at most.`
    case 'too_small':
      return issue.origin === 'string' ? 'This must not be empty.' : 'This must be greater than 0.'
    case 'invalid_value':
      return `This must be one of ${issue.values.join(', ')}.`
    case 'unrecognized_keys':
      return `There is nothing called ${issue.keys.map(key => `"${key}"`).join(', ')} here.`
    default:
      return 'This is not as it should be.'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text, given once',
  number: 'a whole number',
  int: 'a whole number',
  object: 'a JSON object',
}

/** Query of whatever is listed page by page. */
export const listPage = z.object({
  limit: z.coerce.number().pipe(z.int().min(1).max(limits.pageSizeMax)).default(limits.pageSize),
  cursor: z.string().max(limits.cursorChars).optional(),
})

const versionNumber = new RegExp(`^[1-9]\\d{0,${limits.versionDigits - 1}}$`)

/** Whether a version can have such a number. */
export const isVersionNumber = (text: string): boolean => versionNumber.test(text)
