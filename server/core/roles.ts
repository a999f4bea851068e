import type { CustomRole as CustomRoleView, RoleList, RoleUpdate } from '../../shared/admin.ts'
import { GalleyError } from '../../shared/errors.ts'
import { newId } from '../../shared/ids.ts'
import { limits } from '../../shared/limits.ts'
import { changeAsOwner, permitOwner } from './administer.ts'
import { peopleEntry } from './change.ts'
import type { Actor, Origin } from './ports.ts'
import type { CustomRole, Member } from './records.ts'
import type { Reads, Transaction } from './store-ports.ts'
import type { World } from './world.ts'

/** An organisation's own roles: each says whether those who have it may publish. */

/** @throws GalleyError insufficient_scope | forbidden */
export async function roles(world: World, actor: Actor): Promise<RoleList> {
  await permitOwner(world.store, actor)
  const [roles, members] = await Promise.all([world.store.roles(actor.orgId), world.store.members(actor.orgId)])
  return { roles: roles.map(role => toView(role, holders(members, role.id))) }
}

/** @throws GalleyError insufficient_scope | forbidden | invalid_request: the name is taken, or there are too many */
export async function addRole(world: World, actor: Actor, origin: Origin, update: RoleUpdate): Promise<CustomRoleView> {
  const id = newId('role', world.random)
  return changeAsOwner(world, actor, origin, async (tx, at) => {
    const others = await tx.roles(actor.orgId)
    if (others.length >= limits.roles) {
      throw new GalleyError('invalid_request', `An organisation has at most ${limits.roles} roles of its own.`)
    }
    refuseTaken(others, update.name)
    const role = { id, orgId: actor.orgId, ...update, groups: [...new Set(update.groups)], createdAt: at }
    await tx.putRole(role)
    return { result: toView(role, 0), ...(await changed(tx, 'galley_role_created', role)) }
  })
}

/** Puts all of it in place of what was; what is so already is not recorded. @throws as addRole does · not_found */
export async function updateRole(
  world: World,
  actor: Actor,
  origin: Origin,
  id: string,
  update: RoleUpdate,
): Promise<CustomRoleView> {
  return changeAsOwner(world, actor, origin, async tx => {
    const before = await roleOf(tx, actor.orgId, id)
    const others = (await tx.roles(actor.orgId)).filter(other => other.id !== id)
    refuseTaken(others, update.name)
    const role = { ...before, ...update, groups: [...new Set(update.groups)] }
    const members = holders(await tx.members(actor.orgId), id)
    if (isSame(before, role)) return { result: toView(role, members), record: [] }
    await tx.putRole(role)
    return { result: toView(role, members), ...(await changed(tx, 'galley_role_updated', role)) }
  })
}

/** Groups are in no order. */
const isSame = (before: CustomRole, after: CustomRole): boolean =>
  before.name === after.name &&
  before.publish === after.publish &&
  before.groups.toSorted().join('\n') === after.groups.toSorted().join('\n')

/** Whoever had it is a member like others. @throws GalleyError insufficient_scope | forbidden | not_found */
export async function deleteRole(world: World, actor: Actor, origin: Origin, id: string): Promise<void> {
  await changeAsOwner(world, actor, origin, async tx => {
    const role = await roleOf(tx, actor.orgId, id)
    await tx.deleteRole(actor.orgId, id)
    return { result: undefined, ...(await changed(tx, 'galley_role_deleted', role)) }
  })
}

const holders = (members: readonly Member[], id: string): number => members.filter(({ roleId }) => roleId === id).length

/** @throws GalleyError not_found */
export async function roleOf(reads: Pick<Reads, 'role'>, orgId: string, id: string): Promise<CustomRole> {
  const role = await reads.role(orgId, id)
  if (!role) throw new GalleyError('not_found', 'There is no such role.')
  return role
}

function refuseTaken(others: readonly CustomRole[], name: string): void {
  const taken = [...others.map(other => other.name), 'owner', 'member'].some(
    other => other.toLowerCase() === name.toLowerCase(),
  )
  if (taken) throw new GalleyError('invalid_request', `There is a role called "${name}" already.`)
}

async function changed(
  tx: Transaction,
  type: 'galley_role_created' | 'galley_role_updated' | 'galley_role_deleted',
  role: CustomRole,
) {
  const settings = await tx.settings(role.orgId)
  await tx.putSettings({ ...settings, rev: settings.rev + 1 })
  const { id, name, publish, groups } = role
  return {
    record: [peopleEntry(type, role.orgId, { roleId: id, name, publish, groups: groups.join(', ') })],
    announce: [{ kind: 'org-changed' as const, orgId: role.orgId }],
  }
}

const toView = ({ id, name, publish, groups }: CustomRole, members: number): CustomRoleView => ({
  id,
  name,
  publish,
  groups: [...groups],
  members,
})
