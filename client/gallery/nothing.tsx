import { galleryLists } from '../../shared/choice.ts'
import { CommandLine } from '../elements/command-line.tsx'
import { FirstSteps } from './first-steps.tsx'
import type { View } from './gallery.ts'
import { type Chosen, ListLink } from './tools.tsx'

interface Missing extends Chosen, Pick<View, 'closed' | 'barred'> {
  org: string
  publicUrl: string
  email: string
}

/** In the place of a list: why there is nothing in it, and how there comes to be. */
export function Nothing({ choice, choose, closed, barred, org, publicUrl, email }: Missing) {
  if (closed) {
    return (
      <section class="empty">
        <h2>Closed for now</h2>
        <p class="quiet">
          The owners of {org} have closed its pages. They are kept, and are back here by themselves once they are open.
        </p>
      </section>
    )
  }
  if (choice.q.trim() !== '') return <NotFound choice={choice} choose={choose} org={org} />
  if (choice.list === 'mine' && barred) {
    return (
      <section class="empty">
        <h2>You have no pages</h2>
        <p class="quiet">{barred}</p>
      </section>
    )
  }
  if (choice.list === 'mine') return <FirstSteps publicUrl={publicUrl} email={email} />
  if (choice.list === 'shared') {
    return (
      <section class="empty">
        <h2>Nothing is shared with you yet</h2>
        <p class="quiet">
          When somebody shares a page with you, or with a group that you are in, it appears here at once. Until then you
          see what everyone at {org} sees, and what is yours.
        </p>
        <p class="quiet">Have you been sent a link that does not open? It offers to ask its author to let you in.</p>
      </section>
    )
  }
  return (
    <section class="empty">
      <h2>No page is shared with everyone at {org} yet</h2>
      <p class="quiet">
        What is, appears here for every member at once. To share a page of yours, open it and choose Share, or say so in
        a terminal:
      </p>
      <CommandLine line="galley share report.html --org" />
    </section>
  )
}

function NotFound({ choice, choose, org }: Chosen & { org: string }) {
  const others = galleryLists.filter(list => list !== choice.list)
  return (
    <section class="empty">
      <h2>
        No title here has “<bdi>{choice.q.trim()}</bdi>” in it
      </h2>
      <p class="quiet">
        Look in{' '}
        {others.map((list, n) => (
          <>
            {n > 0 && ' or '}
            <ListLink list={list} choice={choice} org={org} choose={choose} />
          </>
        ))}
        , or take the search back.
      </p>
      <p>
        <button type="button" onClick={() => choose({ q: '' })}>
          Show all
        </button>
      </p>
    </section>
  )
}
