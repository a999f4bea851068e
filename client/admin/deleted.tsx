import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { DeletedArtifact, DeletedList } from '../../shared/admin.ts'
import { Ago } from '../elements/ago.tsx'
import { useList } from './list.ts'
import { More } from './more.tsx'
import type { Office } from './office.ts'
import type { Shown } from './section.ts'
import { Unread } from './unread.tsx'
import { counted } from './words.ts'

const artifactsOf = ({ artifacts }: DeletedList) => artifacts

/** What is deleted and not erased yet, and the way back. */
export function DeletedSection({ office }: Shown) {
  const list = useList<DeletedList, DeletedArtifact>(office, '/admin/deleted', artifactsOf)
  if (!list.rows) return <Unread trouble={list.trouble} again={list.again} />
  if (list.rows.length === 0) {
    return (
      <section class="empty">
        <h2>Nothing is deleted</h2>
        <p class="quiet">
          What people delete is here for a day, and what retention deletes for a week. Until it is erased, an owner can
          restore it.
        </p>
      </section>
    )
  }
  return (
    <>
      <p class="quiet">
        What is restored is back with its author, and with those it was shared with. Its retention begins anew.
      </p>
      {/* biome-ignore lint/a11y/noRedundantRoles: without its bullets a list is none in Safari */}
      <ul class="rows" role="list">
        {list.rows.map(artifact => (
          <Row key={artifact.id} artifact={artifact} office={office} />
        ))}
      </ul>
      <More list={list} words="More deleted pages" />
    </>
  )
}

type State = { kind: 'deleted'; trouble: string } | { kind: 'restoring' } | { kind: 'restored' }

/** Stays where it is once it is restored, and says so: rows that move under a hand get the wrong click. */
function Row({ artifact, office }: { artifact: DeletedArtifact; office: Office }) {
  const [state, setState] = useState<State>({ kind: 'deleted', trouble: '' })
  const { id, title, author, by, deletedAt, erasedAt } = artifact
  const outcome = useRef<HTMLParagraphElement>(null)
  useLayoutEffect(() => {
    // The button that had the focus is gone: from here, Tab leads on.
    if (state.kind === 'restored' && document.activeElement === document.body) outcome.current?.focus()
  }, [state.kind])
  const restore = async () => {
    if (state.kind !== 'deleted') return
    setState({ kind: 'restoring' })
    const said = await office.send('POST', `/admin/deleted/${encodeURIComponent(id)}/restore`)
    if (said.ok) setState({ kind: 'restored' })
    else setState({ kind: 'deleted', trouble: said.code === 'not_found' ? gone : said.why })
  }
  return (
    <li class="row">
      <div class="what">
        <p class="name">
          <bdi>{title}</bdi>
        </p>
        <p class="quiet">
          by <bdi>{author.name}</bdi>
          {author.email !== author.name && (
            <>
              {' '}
              (<bdi>{author.email}</bdi>)
            </>
          )}
        </p>
        <p class="quiet">
          {by === 'retention' ? 'Its retention was over' : 'Somebody deleted it'}, <Ago at={Date.parse(deletedAt)} />
          {state.kind !== 'restored' && <> · erased {until(Date.parse(erasedAt), Date.now())}</>}
        </p>
        <p role="status" class="good" ref={outcome} tabIndex={-1}>
          {state.kind === 'restored' && 'Restored.'}
        </p>
        {state.kind === 'deleted' && state.trouble && (
          <p role="alert" class="trouble">
            {state.trouble}
          </p>
        )}
      </div>
      {state.kind !== 'restored' && (
        <button
          type="button"
          aria-label={`Restore ${title}`}
          aria-disabled={state.kind === 'restoring'}
          onClick={() => void restore()}
        >
          {state.kind === 'restoring' ? 'Restoring …' : 'Restore'}
        </button>
      )}
    </li>
  )
}

const gone = 'It is not there any more: it was restored, or erased, meanwhile.'

const hour = 60 * 60_000
const day = 24 * hour

/** How long there is. */
function until(at: number, now: number): string {
  const left = at - now
  if (left < hour) return 'within the hour'
  return left < 2 * day
    ? `in ${counted(Math.floor(left / hour), 'hour')}`
    : `in ${counted(Math.floor(left / day), 'day')}`
}
