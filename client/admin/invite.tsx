import { useRef, useState } from 'preact/hooks'
import type { InvitedMember, OrgMember } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { useAct } from './act.ts'
import type { Office } from './office.ts'
import { SignInLink } from './sign-in-link.tsx'

interface Inviting {
  office: Office
  org: string
  onInvited: (member: OrgMember) => void
}

const blank = { email: '', name: '', role: 'member' as OrgMember['role'] }

/** Makes somebody a member. What was typed stays until that is done. */
export function Invite({ office, org, onInvited }: Inviting) {
  const [typed, setTyped] = useState(blank)
  const [invited, setInvited] = useState<InvitedMember>()
  const { isBusy, trouble, act } = useAct()
  const address = useRef<HTMLInputElement>(null)
  const invite = async () => {
    const { email, name, role } = typed
    const json = { email: email.trim(), role, ...(name.trim() && { name: name.trim() }) }
    const done = await act(() => office.send<InvitedMember>('POST', '/admin/members', json))
    if (!done) return address.current?.focus()
    setInvited(done.value)
    setTyped(blank)
    onInvited(done.value.member)
  }
  return (
    <section class="group" aria-labelledby="invite">
      <h2 id="invite">Add a member</h2>
      <form
        class="fields"
        onSubmit={event => {
          event.preventDefault()
          void invite()
        }}
      >
        <label>
          Address
          <input
            ref={address}
            type="email"
            required
            maxLength={limits.emailChars}
            placeholder="ada@example.com"
            autocomplete="off"
            value={typed.email}
            aria-describedby={trouble ? 'invite-trouble' : undefined}
            onInput={event => setTyped({ ...typed, email: event.currentTarget.value })}
          />
        </label>
        <label>
          Name, if you like
          <input
            type="text"
            maxLength={limits.nameChars}
            autocomplete="off"
            value={typed.name}
            onInput={event => setTyped({ ...typed, name: event.currentTarget.value })}
          />
        </label>
        <label>
          As
          <select
            value={typed.role}
            onChange={event => setTyped({ ...typed, role: event.currentTarget.value as OrgMember['role'] })}
          >
            <option value="member">Member</option>
            <option value="owner">Owner</option>
          </select>
        </label>
        <button type="submit" class="primary" aria-disabled={isBusy}>
          {isBusy ? 'Adding …' : 'Add'}
        </button>
      </form>
      <p class="quiet hint">
        {typed.role === 'owner'
          ? `An owner administers ${org} as you do: settings, members, tokens, and the audit log. Pages that are private to others stay closed to them.`
          : `A member sees what is shared with everyone at ${org}, or with them, and publishes if their role allows it.`}
      </p>
      {trouble && (
        <p class="trouble" role="alert" id="invite-trouble">
          {trouble}
        </p>
      )}
      <div role="status">
        {invited && (
          <>
            <p class="good">
              <bdi>{invited.member.name}</bdi> is {invited.member.role === 'owner' ? 'an owner' : 'a member'} now.
            </p>
            {invited.signInUrl === null ? (
              <p class="quiet">They sign in at {location.host}, as everybody here does.</p>
            ) : (
              <SignInLink url={invited.signInUrl} name={invited.member.name} />
            )}
          </>
        )}
      </div>
    </section>
  )
}
