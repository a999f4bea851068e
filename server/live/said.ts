import type { Shown } from '../../shared/api.ts'
import type { ArtifactEvent, Position } from '../../shared/events.ts'
import type { Head } from '../core/records.ts'

/** Publishers hear of every version; viewers of what they are shown, and of nothing else. */
export type Stream = 'publishers' | 'viewers'

/** One head, as one of its two streams may know it. */
export interface Said extends Position {
  about: ArtifactEvent
  shown: Shown
}

export function said(stream: Stream, epoch: string, head: Head): Said {
  const { artifactId, title, icon, description, pinned } = head
  const forPublishers = stream === 'publishers'
  const { number, sha256, size, createdAt, note } = forPublishers ? head.latest : head.shared
  const rev = forPublishers ? head.rev : head.viewerRev
  return {
    epoch,
    rev,
    about: {
      ...{ artifactId, epoch, rev, title, icon, description },
      ...(forPublishers && { pinned, latest: head.latest.number }),
    },
    shown: { number, sha256, size, publishedAt: new Date(createdAt).toISOString(), note },
  }
}
