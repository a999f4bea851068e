import type { Reads } from './ports.ts'

export interface Person {
  name: string
  email: string
}

const gone: Person = { name: 'A former member', email: '' }

/** Who is behind some member ids, each looked up once. What somebody made outlives their membership. */
export async function authorsOf(
  reads: Pick<Reads, 'member'>,
  orgId: string,
  ids: readonly string[],
): Promise<(id: string) => Person> {
  const found = await Promise.all([...new Set(ids)].map(async id => [id, await reads.member(orgId, id)] as const))
  const people = new Map(found)
  return id => {
    const member = people.get(id)
    return member ? { name: member.name, email: member.email } : gone
  }
}
