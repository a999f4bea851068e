import type { Touched } from './ports.ts'
import type { Artifact, Grant } from './records.ts'

/** Whose lists an artifact may be in: before a change and after it, as far as these say. */
export function touchedBy(states: readonly Pick<Artifact, 'audience'>[], grants: readonly Grant[]): Touched {
  const subjects = (kind: Grant['kind']) => [
    ...new Set(grants.flatMap(grant => (grant.kind === kind ? grant.subject : []))),
  ]
  return {
    everyone: states.some(({ audience }) => audience === 'org'),
    memberIds: subjects('member'),
    groups: subjects('group'),
  }
}
