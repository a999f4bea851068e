import type { Audience, Sharing } from '../../../shared/api.ts'
import type { Desk } from './desk.ts'
import { forAudience } from './edits.ts'
import { audienceNames, audienceWords, chosenWords } from './words.ts'

/** From none to all. */
const audiences: readonly Audience[] = ['private', 'people', 'org']

/** Buttons, not radios: an arrow key on its way past must let nobody in. */
export function AudienceChoice({ sharing, desk }: { sharing: Sharing; desk: Desk }) {
  const names = audienceNames(sharing)
  return (
    <section aria-labelledby="audience">
      <h3 id="audience">Who can open it</h3>
      <div class="choice">
        {audiences.map(audience => (
          <button
            type="button"
            key={audience}
            aria-pressed={sharing.audience === audience}
            aria-describedby={`audience-${audience}`}
            onClick={() =>
              sharing.audience !== audience && desk.change(forAudience(audience), chosenWords(sharing, audience))
            }
          >
            <span class="tick" />
            <b>{names[audience]}</b>
            <span class="quiet" id={`audience-${audience}`}>
              {audienceWords(sharing, audience)}
            </span>
          </button>
        ))}
      </div>
    </section>
  )
}
