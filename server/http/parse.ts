import { z } from 'zod'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'

/**
 * Past this, a value has its type.
 * @throws GalleyError invalid_request, naming the first fault
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [fault] = parsed.error.issues
  const where = fault?.path.join('.')
  throw new GalleyError(
    'invalid_request',
    `${where ? `"${where}": ` : ''}${fault?.message ?? 'Invalid'}.`.replace(/\.\.$/, '.'),
  )
}

/** Query of whatever is listed page by page. */
export const listPage = z.object({
  limit: z.coerce.number().pipe(z.int().min(1).max(limits.pageSizeMax)).default(limits.pageSize),
  cursor: z.string().max(limits.cursorChars).optional(),
})

const versionNumber = new RegExp(`^[1-9]\\d{0,${limits.versionDigits - 1}}$`)

/** Whether a version can have such a number. */
export const isVersionNumber = (text: string): boolean => versionNumber.test(text)
