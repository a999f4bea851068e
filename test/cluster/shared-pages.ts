import type { Cluster } from './cluster.ts'
import type { Seat, Sight } from './viewer.ts'

/** Pages that viewers of an artifact were ever meant to see. */
export class SharedPages {
  private readonly pages = new Set<string>()

  /** Of now, and of all that has been: a database that is put back may know less. */
  async remember(cluster: Cluster): Promise<void> {
    const rows = await cluster.rows('select artifact_id, sha256 from versions where shared_at is not null')
    for (const { artifact_id, sha256 } of rows) this.pages.add(`${artifact_id} ${sha256}`)
  }

  /** What a viewer was shown and should not have been. @param out since when it may see nothing; milliseconds since 1970 */
  forbidden({ artifactId }: Seat, shown: Sight['shown'], out: number): Sight['shown'] {
    return shown.filter(({ sha256, at }) => at > out || !this.pages.has(`${artifactId} ${sha256}`))
  }
}
