import { limits } from '../../shared/limits.ts'
import type { Job } from './jobs.ts'

/** Where the database leaves traces of what was erased in its own files, it takes them out once a day, if there are any. */
export const compaction: Job = {
  name: 'compaction',
  every: limits.compaction,
  async work({ store }, signal) {
    const orgIds = (await store.orgs()).map(({ id }) => id)
    // What the last one may have come too early for: the sweep records what it erases first, and then takes its bytes.
    const from = ((await store.jobDoneAt(compaction.name)) ?? 0) - limits.sweep
    const [erased] = await store.auditRows({ orgIds, types: ['galley_artifact_erased'], from, order: 'desc', limit: 1 })
    if (erased) await store.compact(signal)
  },
}
