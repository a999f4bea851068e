import type { Me } from '../../shared/api.ts'
import { notFound } from '../../shared/errors.ts'
import type { Actor } from './ports.ts'
import { publishingOf } from './publishing.ts'
import type { World } from './world.ts'

export async function me(world: World, actor: Actor): Promise<Me> {
  const [member, org, { allowed: mayPublish }] = await Promise.all([
    world.store.member(actor.orgId, actor.memberId),
    world.store.org(actor.orgId),
    publishingOf(world.store, actor),
  ])
  if (!member || !org) throw notFound()
  return {
    member: { id: member.id, name: member.name, email: member.email, role: member.role, mayPublish },
    org: { id: org.id, name: org.name },
    credential: actor.credential.kind,
    tokenId: actor.credential.kind === 'token' ? actor.credential.id : null,
    scope: actor.scope,
    expiresAt: new Date(actor.credential.expiresAt).toISOString(),
  }
}
