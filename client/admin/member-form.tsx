import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { CustomRole, MemberPatch, OrgMember } from '../../shared/admin.ts'
import { useAct } from './act.ts'
import { changing } from './member-words.ts'
import type { Said } from './office.ts'

interface MemberFormProps {
  member: OrgMember
  roles: readonly CustomRole[]
  org: string
  isSelf: boolean
  save: (patch: MemberPatch) => Promise<Said<OrgMember>>
  onSaved: (member: OrgMember) => void
  onCancel: () => void
}

/** What somebody is, and what that will change. */
export function MemberForm({ member, roles, org, isSelf, save, onSaved, onCancel }: MemberFormProps) {
  const [role, setRole] = useState(member.role)
  const [roleId, setRoleId] = useState(member.roleId)
  const [isSure, setSure] = useState(false)
  const { isBusy, trouble, act } = useAct()
  const first = useRef<HTMLSelectElement>(null)
  const harmless = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => first.current?.focus(), [])
  useLayoutEffect(() => {
    if (isSure) harmless.current?.focus()
  }, [isSure])
  useEffect(() => setSure(false), [role, roleId])
  const isSame = role === member.role && roleId === member.roleId
  const { sentences, confirm } = changing(member, { role, roleId }, { roles, org, isSelf })
  const submit = async () => {
    if (confirm !== undefined && !isSure) return setSure(true)
    const done = await act(() => save({ role, roleId }))
    if (done) onSaved(done.value)
  }
  return (
    <form
      class="preview"
      aria-label={`Change ${member.name}`}
      onKeyDown={event => event.key === 'Escape' && onCancel()}
      onSubmit={event => {
        event.preventDefault()
        if (!isSame) void submit()
      }}
    >
      <div class="fields">
        <label>
          In {org}
          <select ref={first} value={role} onChange={event => setRole(event.currentTarget.value as OrgMember['role'])}>
            <option value="member">Member</option>
            <option value="owner">Owner</option>
          </select>
        </label>
        <label>
          Role
          <select value={roleId ?? ''} onChange={event => setRoleId(event.currentTarget.value || null)}>
            <option value="">None given</option>
            {roles.map(({ id, name, publish }) => (
              <option key={id} value={id}>
                {name}: {publish ? 'may publish' : 'may not publish'}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div role="status">
        {sentences.map(sentence => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div class="actions">
        {isSure && (
          <button type="button" key="cancel" ref={harmless} onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" key="save" class={isSure ? 'danger' : 'primary'} aria-disabled={isBusy || isSame}>
          {isBusy ? 'Saving …' : confirm === undefined ? 'Save' : isSure ? confirm : 'Save …'}
        </button>
        {!isSure && (
          <button type="button" key="cancel" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
    </form>
  )
}
