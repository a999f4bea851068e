import type { Me } from '../../shared/api.ts'
import { notFound } from '../../shared/errors.ts'
import type { Actor } from './ports.ts'
import { whyNotPublish } from './publishing.ts'
import type { World } from './world.ts'

export async function me(world: World, actor: Actor): Promise<Me> {
  const [member, org, barred] = await Promise.all([
    world.store.member(actor.orgId, actor.memberId),
    world.store.org(actor.orgId),
    whyNotPublish(world.store, actor),
  ])
  if (!member || !org) throw notFound()
  return {
    member: { id: member.id, name: member.name, email: member.email, role: member.role, barred },
    org: { id: org.id, name: org.name },
    credential: actor.credential.kind,
    tokenId: actor.credential.kind === 'token' ? actor.credential.id : null,
    scope: actor.scope,
    expiresAt: new Date(actor.credential.expiresAt).toISOString(),
  }
}
