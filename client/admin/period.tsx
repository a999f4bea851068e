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
      <label>
        <input type="radio" name={name} checked={draft.forEver} onChange={() => onDraft({ ...draft, forEver: true })} />
        <span>Keep until somebody deletes them</span>
      </label>
      <label>
        <input
          type="radio"
          name={name}
          checked={!draft.forEver}
          onChange={() => onDraft({ ...draft, forEver: false })}
        />
        <span>Delete so many days after the last publish:</span>
      </label>
      <label class="days">
        <span class="sr">{title}: days</span>
        <input
          type="text"
          inputMode="numeric"
          autocomplete="off"
          maxLength={String(most).length}
          value={draft.days}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? `${name}-wrong` : undefined}
          onInput={event => onDraft({ forEver: false, days: event.currentTarget.value })}
        />
        <span aria-hidden="true">days</span>
      </label>
      {isWrong && (
        <p class="trouble" role="alert" id={`${name}-wrong`}>
          Give a whole number of days, from 1 to {most.toLocaleString('en')}.
        </p>
      )}
    </fieldset>
  )
}
