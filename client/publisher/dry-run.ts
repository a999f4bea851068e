import type { Artifact, Provenance } from '../../shared/api.ts'
import { sentenceOf } from './failure.ts'
import type { PageFile } from './page-file.ts'
import type { Preview } from './preview.ts'
import type { Publisher, Target } from './publisher.ts'
import { sizeInWords } from './size.ts'
import { oneLine } from './table.ts'
import { warningLines } from './warnings.ts'

/** What a publish would come to, as far as can be known without one. */
export interface Plan {
  title: string
  type: PageFile['type']
  /** Of the source, in bytes. */
  size: number
  server: string
  /** The page that would get a new version; null for a new page. */
  url: string | null
  /** Who is going to see it; null when the server did not say. */
  audience: Artifact['audience'] | null
  /** The version that those see instead who may only look. */
  pinned: number | null
  /** Another version was published since, and without `--force` this one is refused. */
  conflict: boolean
  /** Whose token it is; null when the server did not say. */
  as: { name: string; email: string; org: string } | null
  provenance: Provenance
  warnings: Preview['warnings']
  moreWarnings: number
  /** Why the server did not say. */
  problems: string[]
}

/** Sends nothing of the page, and asks the server only who this is and who sees the page that is there. */
export async function planOf(publisher: Publisher, page: PageFile, preview: Preview): Promise<Plan> {
  const { client, server } = publisher.session
  const [target, query] = await Promise.all([publisher.target(), publisher.query()])
  const problems = new Set<string>()
  const unlessRefused = <T>(answer: Promise<T>): Promise<T | undefined> =>
    answer.catch((error: unknown) => {
      problems.add(sentenceOf(error))
      return undefined
    })
  const [me, artifact] = await Promise.all([
    unlessRefused(client.me()),
    target && unlessRefused(client.artifact(target.artifactId)),
  ])
  const { title, host, tool, commit } = query
  return {
    title: title ?? (oneLine(preview.title ?? '') || publisher.name),
    type: page.type,
    size: page.body.byteLength,
    server,
    url: target?.url ?? null,
    audience: target ? (artifact?.audience ?? null) : 'private',
    pinned: artifact?.pinned ?? null,
    conflict: target !== undefined && artifact !== undefined && isStale(target, artifact),
    as: me ? { name: me.member.name, email: me.member.email, org: me.org.name } : null,
    provenance: { ...(host && { host }), ...(tool && { tool }), ...(commit && { commit }) },
    warnings: preview.warnings,
    moreWarnings: preview.moreWarnings,
    problems: [...problems],
  }
}

/** As the server would say of what the publish names in If-Match. */
const isStale = ({ version, sha256 }: Target, { latest, shown }: Artifact): boolean =>
  sha256 !== undefined && shown.number === latest
    ? sha256 !== shown.sha256
    : version !== undefined && latest !== undefined && version !== latest

/** @param file as the user named it, for the warnings */
export function planInWords(plan: Plan, file: string): string {
  const { title, type, size, server, url, as, provenance, conflict, problems } = plan
  const kind = type === 'text/html' ? 'HTML' : 'Markdown'
  const from = [provenance.host, provenance.tool, provenance.commit && `commit ${provenance.commit}`]
  return [
    'Nothing was published. This would be:',
    `  page     ${title} (${kind}, ${sizeInWords(size)})`,
    `  as       ${url ? `a new version of ${url}` : `a new page on ${server}`}`,
    `  by       ${as ? `${as.name} <${as.email}>, ${as.org}` : 'unknown: the server did not say'}`,
    `  seen by  ${seenBy(plan)}`,
    `  from     ${from.filter(Boolean).join(', ')}`,
    ...(conflict ? ['It would be refused, because another version was published since. See --force.'] : []),
    ...problems,
    ...warningLines(plan, file),
  ].join('\n')
}

function seenBy({ audience, pinned, as }: Plan): string {
  if (audience === null) return 'unknown: the server did not say'
  const seers = { private: 'you alone', people: 'those it is shared with', org: `everyone in ${as?.org ?? 'your org'}` }
  return pinned === null || audience === 'private' ? seers[audience] : `you; the others stay at version ${pinned}`
}
