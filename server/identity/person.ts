import { z } from 'zod'
import { limits } from '../../shared/limits.ts'
import type { ProvedPerson } from '../core/ports.ts'

/** Where a provider says what of somebody. */
export interface ClaimNames {
  /** undefined: everybody who can sign in is of the one organisation there is. */
  org: string | undefined
  email: string
  name: string
  groups: string
}

/** One or several; what is no text among them is left out. */
const texts = z.union([
  z.string().transform(one => [one]),
  z.array(z.unknown()).transform(all => all.filter(one => typeof one === 'string')),
])

const atMost = (count: number, chars: number) =>
  texts.transform(all => all.filter(one => one !== '' && one.length <= chars).slice(0, count)).catch([])

const person = z.object({
  subject: z.string().min(1),
  email: z.string().trim().max(limits.emailChars).pipe(z.email()),
  name: z.string().trim().min(1).max(limits.nameChars).optional().catch(undefined),
  groups: atMost(limits.groupsOfMember, limits.groupChars),
  orgs: atMost(limits.orgsOfPerson, limits.nameChars),
})

/**
 * Whom the claims speak of; all that is believed of them is checked for what it is.
 * @param trustEmail addresses count as verified without `email_verified`: the provider gives out no others
 * @returns undefined when they do not say who that is, or by which address
 */
export function personFrom(
  claims: Readonly<Record<string, unknown>>,
  { issuer, names, trustEmail }: { issuer: string; names: ClaimNames; trustEmail: boolean },
): ProvedPerson | undefined {
  const { data } = person.safeParse({
    subject: claims.sub,
    email: claims[names.email],
    name: claims[names.name],
    groups: claims[names.groups],
    orgs: names.org === undefined ? [] : claims[names.org],
  })
  if (!data) return undefined
  const { orgs, name = data.email, ...who } = data
  // OpenID Connect Core §5.1 says it of `email`, and of no other claim.
  const said = names.email === 'email' && (claims.email_verified === true || claims.email_verified === 'true')
  // Asked for and not there is not the same as not asked for: whoever has none is of no organisation here.
  return { issuer, ...who, name, emailVerified: trustEmail || said, orgs: names.org === undefined ? undefined : orgs }
}
