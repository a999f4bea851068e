import type { GrantedRole, Sharing } from '../../../shared/api.ts'
import { Ago } from '../../elements/ago.tsx'
import { Initials } from '../../elements/initials.tsx'
import type { Desk } from './desk.ts'

type Request = Sharing['requests'][number]

/** Those who ask to be let in, first of all: somebody waits. */
export function Requests({ sharing: { requests }, desk }: { sharing: Sharing; desk: Desk }) {
  if (requests.length === 0) return null
  const answer = (request: Request, role: GrantedRole | null) => {
    const done = { viewer: 'can see this page now', editor: 'can see and publish this page now' }
    desk.answer(request, role, role === null ? `${request.name} was declined.` : `${request.name} ${done[role]}.`)
  }
  return (
    <section class="requests" aria-labelledby="requests">
      <h3 id="requests">
        {requests.length === 1 ? 'Somebody asks for access' : `${requests.length} people ask for access`}
      </h3>
      <ul>
        {requests.map(request => (
          <li key={request.memberId} class="entry">
            <Initials name={request.name} />
            <span class="who">
              <bdi>{request.name}</bdi>
              <span class="quiet">
                <bdi>{request.email}</bdi> · <Ago at={Date.parse(request.askedAt)} />
              </span>
            </span>
            <span class="answers">
              <Answer name="Allow" request={request} class="primary" onClick={() => answer(request, 'viewer')} />
              <Answer name="Allow as editor" request={request} onClick={() => answer(request, 'editor')} />
              <Answer name="Decline" request={request} onClick={() => answer(request, null)} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Read out, it says whom it answers. */
const Answer = (props: { name: string; request: Request; class?: string; onClick: () => void }) => (
  <button type="button" class={props.class ?? ''} onClick={props.onClick}>
    {props.name}
    <span class="sr">: {props.request.name}</span>
  </button>
)
