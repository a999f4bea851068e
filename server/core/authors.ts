import type { Reads } from './store-ports.ts'

export interface Person {
  name: string
  email: string
}

const gone: Person = { name: 'A former member', email: '' }

/** Who is behind some member ids, looked up together. What somebody made outlives their membership. */
export async function authorsOf(
  reads: Pick<Reads, 'membersById'>,
  orgId: string,
  ids: readonly string[],
): Promise<(id: string) => Person> {
  const members = await reads.membersById(orgId, ids)
  const people = new Map(members.map(member => [member.id, member]))
  return id => {
    const member = people.get(id)
    return member ? { name: member.name, email: member.email } : gone
  }
}
