import type { ComplianceKeyList, ComplianceScope } from '../../shared/admin.ts'
import { Ago } from '../elements/ago.tsx'
import { KeyForm } from './key-form.tsx'
import { scopeWords } from './key-words.ts'
import { useRead } from './read.ts'
import { Revocable } from './revocable.tsx'
import type { Shown } from './section.ts'
import { Unread } from './unread.tsx'

/** What compliance tooling signs in with. */
export function KeysSection({ office, boot: { org } }: Shown) {
  const { value, trouble, again, put } = useRead<ComplianceKeyList>(office, '/admin/compliance-keys')
  if (!value) return <Unread trouble={trouble} again={again} />
  return (
    <>
      <KeyForm office={office} org={org} onMade={key => put({ keys: [key, ...value.keys] })} />
      {value.keys.length === 0 ? (
        <section class="empty">
          <h2>No compliance keys</h2>
          <p class="quiet">
            Tools that answer for your data, for discovery or data loss prevention, sign in with one at{' '}
            <code>{location.origin}/v1/compliance</code>.
          </p>
        </section>
      ) : (
        // biome-ignore lint/a11y/noRedundantRoles: without its bullets a list is none in Safari
        <ul class="rows" role="list">
          {value.keys.map(({ id, name, scopes, createdAt }) => (
            <Revocable
              key={id}
              name={name}
              label={name}
              sentences={[
                `Whatever signs in with “${name}” reaches nothing of ${org} from then on.`,
                'What it has read or deleted is not undone.',
              ]}
              work={() => office.send('DELETE', `/admin/compliance-keys/${encodeURIComponent(id)}`)}
            >
              <p class="quiet facts">
                {scopes.map((scope: ComplianceScope) => (
                  <span key={scope}>{scopeWords[scope]}</span>
                ))}
                <Ago at={Date.parse(createdAt)} before="made " />
              </p>
            </Revocable>
          ))}
        </ul>
      )}
    </>
  )
}
