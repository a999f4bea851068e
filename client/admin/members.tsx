import { useState } from 'preact/hooks'
import type { OrgMember, OrgMemberList, RoleList } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { Search } from '../elements/search.tsx'
import { Invite } from './invite.tsx'
import { useList } from './list.ts'
import { MemberRow } from './member.tsx'
import { More } from './more.tsx'
import { useRead } from './read.ts'
import type { Shown } from './section.ts'
import { Unread } from './unread.tsx'
import { counted } from './words.ts'

const membersOf = ({ members }: OrgMemberList) => members

/** Who is in the organisation, as what, and the way in and out. */
export function MembersSection({ office, boot }: Shown) {
  const [q, setQ] = useState('')
  const list = useList<OrgMemberList, OrgMember>(office, `/admin/members?q=${encodeURIComponent(q.trim())}`, membersOf)
  const roles = useRead<RoleList>(office, '/admin/roles')
  return (
    <>
      <Invite office={office} org={boot.org} onInvited={member => list.edit(rows => [member, ...rows])} />
      <div class="over-list">
        <Search q={q} label="Search by name or address" maxLength={limits.nameChars} onSearch={setQ} />
      </div>
      <p class="sr" role="status">
        {q !== '' && list.rows && !list.isReading && `${counted(list.rows.length, 'member')} found`}
      </p>
      {list.rows && roles.value ? (
        <>
          {list.rows.length === 0 && (
            <section class="empty">
              <h2>
                Nobody’s name or address has “<bdi>{q.trim()}</bdi>” in it
              </h2>
            </section>
          )}
          {list.rows.length > 0 && (
            // biome-ignore lint/a11y/noRedundantRoles: without its bullets a list is none in Safari
            <ul class="rows" role="list" aria-busy={list.isReading}>
              {list.rows.map(member => (
                <MemberRow
                  key={member.id}
                  member={member}
                  roles={roles.value?.roles ?? []}
                  office={office}
                  org={boot.org}
                  isSelf={member.id === boot.memberId}
                  byLink={boot.byLink}
                  onChanged={changed => list.edit(rows => rows.map(row => (row.id === changed.id ? changed : row)))}
                />
              ))}
            </ul>
          )}
          <More list={list} words="More members" />
        </>
      ) : (
        <Unread
          trouble={list.trouble || roles.trouble}
          again={() => {
            if (!list.rows) list.again()
            if (!roles.value) roles.again()
          }}
        />
      )}
    </>
  )
}
