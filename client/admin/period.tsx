import { limits } from '../../shared/limits.ts'
import { daysOf, type PeriodDraft } from './period-draft.ts'

const most = limits.retentionDaysMost

interface PeriodProps {
  name: string
  title: string
  hint: string
  draft: PeriodDraft
  onDraft: (draft: PeriodDraft) => void
}

/** For ever, or so many days. */
export function Period({ name, title, hint, draft, onDraft }: PeriodProps) {
  const isWrong = daysOf(draft) === undefined
  return (
    <fieldset class="period" aria-describedby={`${name}-hint`}>
      <legend>{title}</legend>
      <p class="quiet" id={`${name}-hint`}>
        {hint}
      </p>
      <label class="line">
        <input type="radio" name={name} checked={draft.forEver} onChange={() => onDraft({ ...draft, forEver: true })} />
        <span>Keep until somebody deletes them</span>
      </label>
      <div class="line">
        <input
          type="radio"
          name={name}
          aria-label="Delete some days after the last publish"
          checked={!draft.forEver}
          onChange={() => onDraft({ ...draft, forEver: false })}
        />
        <span aria-hidden="true">Delete</span>
        <input
          type="text"
          inputMode="numeric"
          autocomplete="off"
          maxLength={String(most).length}
          value={draft.days}
          aria-label={`${title}: days after the last publish`}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? `${name}-wrong` : undefined}
          onInput={event => onDraft({ forEver: false, days: event.currentTarget.value })}
        />
        <span aria-hidden="true">days after the last publish</span>
      </div>
      {isWrong && (
        <p class="trouble" role="alert" id={`${name}-wrong`}>
          Give a whole number of days, from 1 to {most.toLocaleString('en')}.
        </p>
      )}
    </fieldset>
  )
}
