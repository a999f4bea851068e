import { useState } from 'preact/hooks'
import type { AuditPage, AuditRow } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { type AuditChoice, auditQuery, auditSearch, readAuditChoice } from './audit-choice.ts'
import { AuditExport } from './audit-export.tsx'
import { actorWords, auditWords, factsOf, subjectOf, wordsOf } from './audit-words.ts'
import { useList } from './list.ts'
import { More } from './more.tsx'
import type { Shown } from './section.ts'
import { Unread } from './unread.tsx'

const rowsOf = ({ rows }: AuditPage) => rows

/** Who did what, newest first. The address has what it is narrowed to, so that it can be sent on. */
export function AuditSection({ office }: Shown) {
  const [choice, setChoice] = useState(() => readAuditChoice(location.search))
  const query = auditQuery(choice)
  const list = useList<AuditPage, AuditRow>(office, `/admin/audit?${query}`, rowsOf)
  const choose = (chosen: AuditChoice) => {
    history.replaceState(null, '', location.pathname + auditSearch(chosen))
    setChoice(chosen)
  }
  return (
    <>
      <p class="quiet">
        Every change, sign-in, look and refusal, newest first. Nothing in it can be changed or deleted.
      </p>
      <Filter choice={choice} onChoose={choose} />
      <AuditExport office={office} query={query} />
      {list.rows ? (
        <>
          <p class="sr" role="status">
            {!list.isReading && list.rows.length === 0 && 'No such entry.'}
          </p>
          {list.rows.length === 0 ? (
            <section class="empty">
              <h2>No such entry</h2>
              <p class="quiet">Nothing in the log is like that. Take something of the filter back.</p>
            </section>
          ) : (
            // biome-ignore lint/a11y/noRedundantRoles: without its bullets a list is none in Safari
            <ul class="rows" role="list" aria-busy={list.isReading}>
              {list.rows.map(row => (
                <Entry key={row.id} row={row} />
              ))}
            </ul>
          )}
          <More list={list} words="Older entries" />
        </>
      ) : (
        <Unread trouble={list.trouble} again={list.again} />
      )}
    </>
  )
}

function Filter({ choice, onChoose }: { choice: AuditChoice; onChoose: (choice: AuditChoice) => void }) {
  const [draft, setDraft] = useState(choice)
  const field = (name: keyof AuditChoice) => ({
    value: draft[name],
    onInput: (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      setDraft({ ...draft, [name]: event.currentTarget.value }),
  })
  const all = readAuditChoice('')
  return (
    <form
      class="group fields"
      aria-label="Filter"
      onSubmit={event => {
        event.preventDefault()
        onChoose(draft)
      }}
    >
      <label>
        What
        <select {...field('type')}>
          <option value="">Everything</option>
          {Object.entries(auditWords).map(([type, words]) => (
            <option key={type} value={type}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        Who
        <input
          type="text"
          placeholder="Address or id"
          maxLength={limits.emailChars}
          spellcheck={false}
          {...field('actor')}
        />
      </label>
      <label>
        Page
        <input
          type="text"
          placeholder="Link or id"
          maxLength={limits.nextChars}
          spellcheck={false}
          {...field('artifact')}
        />
      </label>
      <label>
        From
        <input type="date" {...field('from')} />
      </label>
      <label>
        Up to
        <input type="date" {...field('to')} />
      </label>
      <button type="submit" class="primary">
        Filter
      </button>
      {auditSearch(choice) !== '' && (
        <button
          type="button"
          onClick={() => {
            setDraft(all)
            onChoose(all)
          }}
        >
          Show all
        </button>
      )}
    </form>
  )
}

/** A line, and all that is kept of it once it is opened. */
function Entry({ row }: { row: AuditRow }) {
  const { at, type, actor } = row
  return (
    <li>
      <details class="entry">
        <summary>
          <span>
            <b>
              <bdi>{actorWords(actor)}</bdi>
            </b>{' '}
            {wordsOf(type)} <bdi class="quiet">{subjectOf(row)}</bdi>
          </span>
          <time class="quiet" dateTime={at}>
            {new Date(at).toLocaleString()}
          </time>
        </summary>
        <dl>
          {factsOf(row).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  )
}
