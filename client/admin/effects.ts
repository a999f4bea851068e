import type { Settings, SettingsEffects } from '../../shared/admin.ts'
import { counted } from './words.ts'

/** Of the settings, those that are to be others. */
export type Change = Partial<Settings>

/** What a change will do, in sentences to read before it is made. */
export interface Foretold {
  sentences: readonly string[]
  /** What cannot be made good by changing it back, or concerns everybody, is asked for a second time, by this name. */
  confirm: string | undefined
}

/**
 * Pure: of what holds, what is about to, and what the server says that would do.
 * @param now milliseconds since 1970
 */
export function foretell(before: Settings, patch: Change, effects: SettingsEffects, now: number): Foretold {
  const after = { ...before, ...patch }
  const parts = [
    ...(after.publishing !== before.publishing ? [publishing(after, effects)] : []),
    ...(after.readableWhenOff !== before.readableWhenOff ? [readableWhenOff(after, effects)] : []),
    ...(after.membersPublish !== before.membersPublish ? [membersPublish(after, effects)] : []),
    ...(after.presence !== before.presence ? [presence(after)] : []),
    ...(after.viewTracking !== before.viewTracking ? [viewTracking(after, effects)] : []),
    ...retention(before, after, effects, now),
  ]
  return {
    sentences: parts.flatMap(({ sentences }) => sentences),
    confirm: parts.find(({ confirm }) => confirm !== undefined)?.confirm,
  }
}

const harmless = (...sentences: string[]): Foretold => ({ sentences, confirm: undefined })

const closing = (artifacts: number): string =>
  `${counted(artifacts, 'page')} ${artifacts === 1 ? 'closes for everybody, its author' : 'close for everybody, their authors'} too. Whoever has one open is told, and sees it no more.`

function publishing(after: Settings, { publishers, artifacts }: SettingsEffects): Foretold {
  const pages = counted(artifacts, 'page')
  if (after.publishing) {
    return harmless(
      `${counted(publishers.after, 'member')} can publish again.`,
      ...(after.readableWhenOff ? [] : [`${pages} can be opened again, by whom they are shared with.`]),
    )
  }
  return {
    sentences: [
      `Nobody can publish any more, you included; ${counted(publishers.before, 'member')} may today. What is sent is refused, from terminals, agents and CI jobs alike, and the answer says why.`,
      after.readableWhenOff
        ? `${pages} ${artifacts === 1 ? 'stays' : 'stay'} open to those who see ${artifacts === 1 ? 'it' : 'them'} today.`
        : closing(artifacts),
      'Nothing is deleted by this. Retention goes on.',
    ],
    confirm: after.readableWhenOff ? 'Switch publishing off' : `Switch off, and close ${pages}`,
  }
}

function readableWhenOff(after: Settings, { artifacts }: SettingsEffects): Foretold {
  const pages = counted(artifacts, 'page')
  if (after.publishing) {
    return harmless(
      'Nothing changes now, because publishing is on.',
      after.readableWhenOff
        ? `Should it be switched off, ${pages} ${artifacts === 1 ? 'stays' : 'stay'} open.`
        : `Should it be switched off, ${pages} ${artifacts === 1 ? 'closes' : 'close'} with it, for everybody.`,
    )
  }
  if (after.readableWhenOff) return harmless(`${pages} can be opened again, by whom they are shared with.`)
  return {
    sentences: [closing(artifacts), 'Nothing is deleted: they open again when this or publishing is switched on.'],
    confirm: `Close ${pages}`,
  }
}

function membersPublish(after: Settings, { publishers }: SettingsEffects): Foretold {
  if (!after.publishing) {
    return harmless(
      'Nothing changes now, because publishing is off.',
      after.membersPublish
        ? 'Once it is on, every member can publish whose role does not say otherwise.'
        : 'Once it is on, only owners can publish, and members with a role that says so.',
    )
  }
  const change = Math.abs(publishers.after - publishers.before)
  if (change === 0) return harmless('Nobody gains or loses anything today. It holds for members who come from now on.')
  return after.membersPublish
    ? harmless(`${counted(change, 'more member')} can publish: ${publishers.after} in all.`)
    : harmless(
        `${counted(change, 'member')} who may publish today will not be able to. Their pages stay.`,
        `Owners still can, and members with a role that says so: ${publishers.after} in all.`,
      )
}

const presence = (after: Settings): Foretold =>
  after.presence
    ? harmless('Whoever has a page open sees how many others look at it too, at once. Nobody sees who they are.')
    : harmless('How many look at a page at the moment is shown to nobody any more, on open pages at once.')

function viewTracking(after: Settings, { views }: SettingsEffects): Foretold {
  const looks = counted(views, 'look')
  return after.viewTracking
    ? harmless(
        'From now on, authors see who has looked at their pages, and when.',
        ...(views > 0 ? [`That includes ${looks} noted so far.`] : []),
      )
    : harmless(
        'Authors no longer see who has looked at their pages. No more looks are noted, in the audit log neither; who is refused still is.',
        ...(views > 0 ? [`${looks} noted so far are hidden, and not deleted.`] : []),
      )
}

function retention(before: Settings, after: Settings, effects: SettingsEffects, now: number): Foretold[] {
  const kinds = [
    {
      name: 'private',
      days: after.retentionPrivateDays,
      was: before.retentionPrivateDays,
      due: effects.expiring.private,
    },
    { name: 'shared', days: after.retentionSharedDays, was: before.retentionSharedDays, due: effects.expiring.shared },
  ].filter(({ days, was }) => days !== was)
  if (kinds.length === 0) return []
  const due = kinds.reduce((sum, kind) => sum + kind.due, 0)
  const grace = counted(effects.graceDays, 'day')
  return [
    {
      sentences: [
        ...kinds.flatMap(({ name, days, due }) => kept(name, days, due, within(Date.parse(effects.nextRunAt) - now))),
        ...(due > 0
          ? [
              `For ${grace} after that you can take them back, under Deleted pages. Then they are erased for good, with all their versions.`,
            ]
          : []),
      ],
      confirm: due > 0 ? `Delete ${counted(due, 'page')}` : undefined,
    },
  ]
}

function kept(name: string, days: number | null, due: number, soon: string): string[] {
  if (days === null) return [`No ${name} page is deleted for its age any more. What was deleted already stays so.`]
  const period = counted(days, 'day')
  const rule = `From then on, each ${name} page is deleted ${period} after its last publish.`
  if (due === 0) return [`No ${name} page is that old: none is deleted now.`, rule]
  return [
    due === 1
      ? `1 ${name} page to which nobody has published for ${period} will be deleted at the next run, ${soon}.`
      : `${counted(due, `${name} page`)} to which nobody has published for ${period} will be deleted at the next run, ${soon}.`,
    rule,
  ]
}

const minute = 60_000

/** How soon, at the latest. */
function within(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / minute))
  return minutes >= 55 ? 'at the latest in an hour' : `at the latest in ${counted(minutes, 'minute')}`
}
