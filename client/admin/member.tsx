import { useRef, useState } from 'preact/hooks'
import type { CustomRole, OrgMember } from '../../shared/admin.ts'
import { useAct } from './act.ts'
import { Confirm } from './confirm.tsx'
import { MemberForm } from './member-form.tsx'
import { leaving } from './member-words.ts'
import type { Office } from './office.ts'
import { SignInLink } from './sign-in-link.tsx'

interface MemberRowProps {
  member: OrgMember
  roles: readonly CustomRole[]
  office: Office
  org: string
  isSelf: boolean
  /** They sign in by a link, which owners make. */
  byLink: boolean
  onChanged: (member: OrgMember) => void
}

type Mode = 'shown' | 'changing' | 'removing' | 'removed'

/** Stays in its place once they are removed, and says so. */
export function MemberRow({ member, roles, office, org, isSelf, byLink, onChanged }: MemberRowProps) {
  const [mode, setMode] = useState<Mode>('shown')
  const [link, setLink] = useState('')
  const linking = useAct()
  const row = useRef<HTMLLIElement>(null)
  const path = `/admin/members/${encodeURIComponent(member.id)}`
  const makeLink = async () => {
    const done = await linking.act(() => office.send<{ signInUrl: string }>('POST', `${path}/sign-in-link`))
    if (done) setLink(done.value.signInUrl)
  }
  const close = (mode: Mode) => {
    setMode(mode)
    row.current?.focus()
  }
  return (
    <li class="row" ref={row} tabIndex={-1}>
      <div class="what">
        <p class="name">
          <bdi>{member.name}</bdi>
          {isSelf && <span class="quiet"> (you)</span>}
          {member.role === 'owner' && <span class="tag">Owner</span>}
        </p>
        <p class="quiet">
          <bdi>{member.email}</bdi>
        </p>
        <Facts member={member} roles={roles} />
        <p role="status" class="good">
          {mode === 'removed' && 'Removed.'}
        </p>
        {linking.trouble && (
          <p role="alert" class="trouble">
            {linking.trouble}
          </p>
        )}
      </div>
      {mode !== 'removed' && (
        <div class="acts">
          <button
            type="button"
            aria-label={`Change ${member.name}`}
            aria-expanded={mode === 'changing'}
            onClick={() => setMode(mode === 'changing' ? 'shown' : 'changing')}
          >
            Change
          </button>
          {byLink && (
            <button
              type="button"
              aria-label={`Sign-in link for ${member.name}`}
              aria-disabled={linking.isBusy}
              onClick={() => void makeLink()}
            >
              Sign-in link
            </button>
          )}
          <button
            type="button"
            aria-label={`Remove ${member.name}`}
            aria-expanded={mode === 'removing'}
            onClick={() => setMode(mode === 'removing' ? 'shown' : 'removing')}
          >
            Remove
          </button>
        </div>
      )}
      <div class="below" role="status">
        {link !== '' && mode !== 'removed' && <SignInLink url={link} name={member.name} />}
      </div>
      {mode === 'changing' && (
        <MemberForm
          member={member}
          roles={roles}
          org={org}
          isSelf={isSelf}
          save={patch => office.send<OrgMember>('PATCH', path, patch)}
          onSaved={changed => {
            onChanged(changed)
            close('shown')
          }}
          onCancel={() => close('shown')}
        />
      )}
      {mode === 'removing' && (
        <Confirm
          sentences={leaving(member, isSelf)}
          confirm={`Remove ${member.name}`}
          work={() => office.send('DELETE', path)}
          onDone={() => close('removed')}
          onCancel={() => close('shown')}
        />
      )}
    </li>
  )
}

function Facts({ member: { roleId, groups, mayPublish }, roles }: { member: OrgMember; roles: readonly CustomRole[] }) {
  const role = roles.find(({ id }) => id === roleId)
  return (
    <p class="quiet facts">
      <span>{mayPublish ? 'May publish' : 'May not publish'}</span>
      {role && (
        <span>
          role <bdi>{role.name}</bdi>
        </span>
      )}
      {groups.length > 0 && (
        <span>
          {groups.length === 1 ? 'group' : 'groups'} <bdi>{groups.join(', ')}</bdi>
        </span>
      )}
    </p>
  )
}
