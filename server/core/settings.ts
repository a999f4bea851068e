import type { Settings, SettingsEffects, SettingsPatch, SettingsView } from '../../shared/admin.ts'
import { notFound } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { changeAsOwner, permitOwner } from './administer.ts'
import { peopleEntry } from './change.ts'
import type { DueBefore } from './organisation-ports.ts'
import type { Actor, Origin } from './ports.ts'
import { mayPublish } from './publishing.ts'
import { timeOf } from './read.ts'
import type { Artifact, OrgSettings } from './records.ts'
import type { World } from './world.ts'

/** @throws GalleyError insufficient_scope | forbidden */
export async function settings(world: World, actor: Actor): Promise<SettingsView> {
  await permitOwner(world.store, actor)
  const [org, settings] = await Promise.all([world.store.org(actor.orgId), world.store.settings(actor.orgId)])
  if (!org) throw notFound()
  return { org: { id: org.id, name: org.name }, settings: toView(settings) }
}

/**
 * Holds from then on, for what is open as well. Saying again what is so already tells nobody, and is not recorded.
 * @throws GalleyError insufficient_scope | forbidden
 */
export async function updateSettings(
  world: World,
  actor: Actor,
  origin: Origin,
  patch: SettingsPatch,
): Promise<SettingsView> {
  await changeAsOwner(world, actor, origin, async tx => {
    const before = await tx.settings(actor.orgId)
    const details = differences(toView(before), patch)
    if (Object.keys(details).length === 0) return { result: undefined, record: [] }
    await tx.putSettings({ ...before, ...given(patch), rev: before.rev + 1 })
    return {
      result: undefined,
      record: [peopleEntry('galley_settings_updated', actor.orgId, details)],
      announce: [{ kind: 'org-changed', orgId: actor.orgId }],
    }
  })
  return settings(world, actor)
}

/**
 * What a change would do, before it is made.
 * @throws GalleyError insufficient_scope | forbidden
 */
export async function previewSettings(world: World, actor: Actor, patch: SettingsPatch): Promise<SettingsEffects> {
  await permitOwner(world.store, actor)
  const { orgId } = actor
  const now = world.clock.now()
  const before = await world.store.settings(orgId)
  const after = { ...before, ...given(patch) }
  const [expiring, counts, publishers] = await Promise.all([
    world.store.expiring(orgId, dueBefore(after, now)),
    world.store.counts(orgId),
    publishersOf(world, orgId, [before, after]),
  ])
  const [publishingNow = 0, publishingThen = 0] = publishers
  return {
    expiring,
    nextRunAt: timeOf(now + limits.retention),
    graceDays: limits.retentionGrace / day,
    artifacts: counts.artifacts,
    views: counts.views,
    publishers: { before: publishingNow, after: publishingThen },
  }
}

const day = 24 * 60 * 60 * 1000

/** What was kept since before these times is due. */
export const dueBefore = (
  { retentionPrivateDays, retentionSharedDays }: Pick<OrgSettings, 'retentionPrivateDays' | 'retentionSharedDays'>,
  now: number,
): DueBefore => ({
  private: retentionPrivateDays === null ? null : now - retentionPrivateDays * day,
  shared: retentionSharedDays === null ? null : now - retentionSharedDays * day,
})

/**
 * The other way round: when an artifact's retention is over; null: never.
 * @param publishedAt when its latest version was: a node of the release before leaves it at that
 */
export function endOfRetention(
  { retentionPrivateDays, retentionSharedDays }: OrgSettings,
  { audience, keptFrom }: Pick<Artifact, 'audience' | 'keptFrom'>,
  publishedAt: number,
): number | null {
  const days = audience === 'private' ? retentionPrivateDays : retentionSharedDays
  return days === null ? null : Math.max(keptFrom, publishedAt) + days * day
}

/** How many may publish, under each of these. */
async function publishersOf(world: World, orgId: string, under: readonly OrgSettings[]): Promise<number[]> {
  const members = await world.store.members(orgId)
  const roles = await world.store.roles(orgId)
  const groups = await world.store.groupsOfAll(members.map(({ id }) => ({ orgId, memberId: id })))
  const groupsOf = new Map<string, string[]>()
  for (const { memberId, name } of groups) groupsOf.set(memberId, [...(groupsOf.get(memberId) ?? []), name])
  const held = members.map(member => {
    const names = groupsOf.get(member.id) ?? []
    const given = roles.filter(role => role.id === member.roleId)
    return { member, roles: given.length > 0 ? given : roles.filter(role => role.groups.some(g => names.includes(g))) }
  })
  return under.map(settings => held.filter(({ member, roles }) => mayPublish(settings, member, roles)).length)
}

const toView = ({ orgId: _, rev: __, ...settings }: OrgSettings): Settings => settings

/** Without what was not given: a patch may hold `undefined`. */
const given = (patch: SettingsPatch): Partial<Settings> =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))

/** As the audit log keeps it: of each setting that differs, what it was and what it is. */
function differences(before: Settings, patch: SettingsPatch): Record<string, number | boolean | null> {
  const changed = Object.entries(given(patch)).filter(([name, value]) => before[name as keyof Settings] !== value)
  return Object.fromEntries(
    changed.flatMap(([name, value]) => [
      [`previous_${name}`, before[name as keyof Settings]],
      [`new_${name}`, value],
    ]),
  )
}
