import type { OrgToken, OrgTokenList } from '../../shared/admin.ts'
import { Ago } from '../elements/ago.tsx'
import { useList } from './list.ts'
import { More } from './more.tsx'
import { Revocable } from './revocable.tsx'
import type { Shown } from './section.ts'
import { Unread } from './unread.tsx'

const tokensOf = ({ tokens }: OrgTokenList) => tokens

const scopeWords = {
  publish: 'publishes, and reads nothing',
  read: 'reads, and changes nothing',
  full: 'does all that its member may',
} as const

/** Everybody's access tokens. */
export function TokensSection({ office }: Shown) {
  const list = useList<OrgTokenList, OrgToken>(office, '/admin/tokens', tokensOf)
  if (!list.rows) return <Unread trouble={list.trouble} again={list.again} />
  if (list.rows.length === 0) {
    return (
      <section class="empty">
        <h2>No access tokens</h2>
        <p class="quiet">
          Members get one when they sign in from a terminal with <code>galley login</code>; agents and CI jobs are given
          one. All that are good are here, until they expire.
        </p>
      </section>
    )
  }
  return (
    <>
      <p class="quiet">What terminals, agents and CI jobs sign in with. Each does no more than its member may.</p>
      {/* biome-ignore lint/a11y/noRedundantRoles: without its bullets a list is none in Safari */}
      <ul class="rows" role="list">
        {list.rows.map(({ id, name, scope, member, createdAt, expiresAt }) => (
          <Revocable
            key={id}
            name={name}
            label={`${name}, of ${member.name}`}
            sentences={[
              `Whatever signs in with “${name}”, as ${member.name}, is refused from then on, within seconds on every node.`,
              'What was published with it stays.',
            ]}
            work={() => office.send('DELETE', `/admin/tokens/${encodeURIComponent(id)}`)}
          >
            <p class="quiet">
              <bdi>{member.name}</bdi> (<bdi>{member.email}</bdi>)
            </p>
            <p class="quiet facts">
              <span>{scopeWords[scope]}</span>
              <Ago at={Date.parse(createdAt)} before="made " />
              <span>good until {new Date(expiresAt).toLocaleDateString()}</span>
            </p>
          </Revocable>
        ))}
      </ul>
      <More list={list} words="More tokens" />
    </>
  )
}
