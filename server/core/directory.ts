import type { GroupList, PeopleList } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { permitScope } from './access.ts'
import type { Actor } from './ports.ts'
import type { World } from './world.ts'

/** Who there is to share with: the members of one's own organisation, and the groups known in it. */

/** @throws GalleyError insufficient_scope */
export async function people(world: World, actor: Actor, q: string): Promise<PeopleList> {
  permitScope(actor, 'share')
  const members = await world.store.people(actor.orgId, q.trim(), limits.peopleFound)
  return { people: members.map(({ email, name }) => ({ email, name })) }
}

/** @throws GalleyError insufficient_scope */
export async function groups(world: World, actor: Actor, q: string): Promise<GroupList> {
  permitScope(actor, 'share')
  return { groups: await world.store.groups(actor.orgId, actor.memberId, q.trim(), limits.peopleFound) }
}
