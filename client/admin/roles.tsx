import { useRef, useState } from 'preact/hooks'
import type { CustomRole, RoleList, RoleUpdate } from '../../shared/admin.ts'
import { Confirm } from './confirm.tsx'
import type { Office } from './office.ts'
import { useRead } from './read.ts'
import { RoleForm } from './role-form.tsx'
import { deleting, groupsWords } from './role-words.ts'
import type { Shown } from './section.ts'
import { Unread } from './unread.tsx'
import { counted } from './words.ts'

/** Roles that the organisation has made for itself: each says whether whoever has it may publish. */
export function RolesSection({ office }: Shown) {
  const { value, trouble, again, put } = useRead<RoleList>(office, '/admin/roles')
  const [isAdding, setAdding] = useState(false)
  const add = useRef<HTMLButtonElement>(null)
  if (!value) return <Unread trouble={trouble} again={again} />
  const { roles } = value
  const close = () => {
    setAdding(false)
    requestAnimationFrame(() => add.current?.focus())
  }
  return (
    <>
      <p class="quiet">
        A role says whether whoever has it may publish. People have it because you gave it to them, under Members, or
        because their identity provider puts them into a group that carries it; what was given comes first. Owners may
        publish in any case.
      </p>
      {roles.length === 0 && !isAdding && (
        <section class="empty">
          <h2>No roles yet</h2>
          <p class="quiet">
            Without any, members publish, or not, as it says under Settings. With a role, some may who otherwise could
            not, or the other way round.
          </p>
        </section>
      )}
      {roles.length > 0 && (
        // biome-ignore lint/a11y/noRedundantRoles: without its bullets a list is none in Safari
        <ul class="rows" role="list">
          {roles.map(role => (
            <RoleRow
              key={role.id}
              role={role}
              office={office}
              onChanged={changed => put({ roles: roles.map(one => (one.id === changed.id ? changed : one)) })}
              onDeleted={() => {
                put({ roles: roles.filter(({ id }) => id !== role.id) })
                add.current?.focus()
              }}
            />
          ))}
        </ul>
      )}
      {isAdding ? (
        <RoleForm
          before={undefined}
          save={update => office.send<CustomRole>('POST', '/admin/roles', update)}
          onSaved={role => {
            put({ roles: [...roles, role] })
            close()
          }}
          onCancel={close}
        />
      ) : (
        <p class="older">
          <button type="button" class="primary" ref={add} onClick={() => setAdding(true)}>
            Add a role
          </button>
        </p>
      )}
    </>
  )
}

interface RoleRowProps {
  role: CustomRole
  office: Office
  onChanged: (role: CustomRole) => void
  onDeleted: () => void
}

function RoleRow({ role, office, onChanged, onDeleted }: RoleRowProps) {
  const [mode, setMode] = useState<'shown' | 'changing' | 'deleting'>('shown')
  const row = useRef<HTMLLIElement>(null)
  const path = `/admin/roles/${encodeURIComponent(role.id)}`
  const close = () => {
    setMode('shown')
    row.current?.focus()
  }
  return (
    <li class="row" ref={row} tabIndex={-1}>
      <div class="what">
        <p class="name">
          <bdi>{role.name}</bdi>
        </p>
        <p class="quiet facts">
          <span>{role.publish ? 'May publish' : 'May not publish'}</span>
          <span>given to {counted(role.members, 'member')}</span>
          {role.groups.length > 0 && <span>{groupsWords(role.groups)}</span>}
        </p>
      </div>
      <div class="acts">
        <button
          type="button"
          aria-label={`Change ${role.name}`}
          aria-expanded={mode === 'changing'}
          onClick={() => setMode(mode === 'changing' ? 'shown' : 'changing')}
        >
          Change
        </button>
        <button
          type="button"
          aria-label={`Delete ${role.name}`}
          aria-expanded={mode === 'deleting'}
          onClick={() => setMode(mode === 'deleting' ? 'shown' : 'deleting')}
        >
          Delete
        </button>
      </div>
      {mode === 'changing' && (
        <RoleForm
          before={role}
          save={(update: RoleUpdate) => office.send<CustomRole>('PUT', path, update)}
          onSaved={changed => {
            onChanged(changed)
            close()
          }}
          onCancel={close}
        />
      )}
      {mode === 'deleting' && (
        <Confirm
          sentences={deleting(role)}
          confirm={`Delete ${role.name}`}
          work={() => office.send('DELETE', path)}
          onDone={onDeleted}
          onCancel={close}
        />
      )}
    </li>
  )
}
