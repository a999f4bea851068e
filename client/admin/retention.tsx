import { useEffect, useRef, useState } from 'preact/hooks'
import type { SettingsView } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import type { Change } from './effects.ts'
import type { Office } from './office.ts'
import { Period } from './period.tsx'
import { daysOf, draftOf, type PeriodDraft } from './period-draft.ts'
import { Preview } from './preview.tsx'
import { useProposal } from './proposal.ts'
import { useRead } from './read.ts'
import type { Shown } from './section.ts'
import { Unread } from './unread.tsx'
import { counted } from './words.ts'

/** How long pages are kept. */
export function RetentionSection({ office }: Shown) {
  const { value, trouble, again, put } = useRead<SettingsView>(office, '/admin/settings')
  if (!value) return <Unread trouble={trouble} again={again} />
  return <Retention office={office} view={value} onSaved={put} />
}

interface Draft {
  private: PeriodDraft
  shared: PeriodDraft
}

function Retention({
  office,
  view: { settings },
  onSaved,
}: {
  office: Office
  view: SettingsView
  onSaved: (view: SettingsView) => void
}) {
  /** undefined: nothing was touched since. */
  const [draft, setDraft] = useState<Draft>()
  const form = useRef<HTMLFormElement>(null)
  const proposing = useProposal(office, settings, view => {
    setDraft(undefined)
    onSaved(view)
  })
  const { propose, drop } = proposing
  const shown = draft ?? draftsOf(settings)
  const patch = draft && changes(draft, settings)
  const asked = patch && JSON.stringify(patch)
  useEffect(() => {
    if (!draft) return
    drop()
    if (!patch || Object.keys(patch).length === 0) return
    const timer = setTimeout(() => propose(patch), limits.searchRest)
    return () => clearTimeout(timer)
  }, [asked])
  const lead = () => form.current?.querySelector('input')?.focus()
  const reset = () => {
    setDraft(undefined)
    lead()
  }
  return (
    <form ref={form} class="group retention" onSubmit={event => event.preventDefault()}>
      <p class="quiet">
        Counted in days from each page’s last publish. What is over is deleted by a run each hour, can be taken back for
        a while, and is then erased for good.
      </p>
      <Period
        name="private"
        title="Private pages"
        hint="Nobody but their author sees them."
        draft={shown.private}
        onDraft={period => setDraft({ ...shown, private: period })}
      />
      <Period
        name="shared"
        title="Shared pages"
        hint="Shared with people, with groups, or with everybody."
        draft={shown.shared}
        onDraft={period => setDraft({ ...shown, shared: period })}
      />
      <Preview
        proposing={proposing}
        savedWords={`Saved. ${keptWords('Private', settings.retentionPrivateDays)} ${keptWords('Shared', settings.retentionSharedDays)}`}
        onCancel={reset}
        onUndo={undo => setDraft(draftsOf({ ...settings, ...undo }))}
        leadBack={lead}
      />
    </form>
  )
}

const draftsOf = ({ retentionPrivateDays, retentionSharedDays }: SettingsView['settings']): Draft => ({
  private: draftOf(retentionPrivateDays),
  shared: draftOf(retentionSharedDays),
})

const keptWords = (kind: string, days: number | null): string =>
  days === null ? `${kind} pages are kept.` : `${kind} pages are kept for ${counted(days, 'day')}.`

/** undefined where what is typed is no period. */
function changes(draft: Draft, settings: SettingsView['settings']): Change | undefined {
  const retentionPrivateDays = daysOf(draft.private)
  const retentionSharedDays = daysOf(draft.shared)
  if (retentionPrivateDays === undefined || retentionSharedDays === undefined) return undefined
  return {
    ...(retentionPrivateDays !== settings.retentionPrivateDays && { retentionPrivateDays }),
    ...(retentionSharedDays !== settings.retentionSharedDays && { retentionSharedDays }),
  }
}
