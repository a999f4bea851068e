import type { ComponentType } from 'preact'
import type { AdminSection } from '../../shared/admin-sections.ts'
import { AuditSection } from './audit.tsx'
import { DeletedSection } from './deleted.tsx'
import { KeysSection } from './keys.tsx'
import { MembersSection } from './members.tsx'
import { RetentionSection } from './retention.tsx'
import { RolesSection } from './roles.tsx'
import type { Shown } from './section.ts'
import { SettingsSection } from './settings.tsx'
import { TokensSection } from './tokens.tsx'

/** What is in each. */
export const sections: Readonly<Record<AdminSection, ComponentType<Shown>>> = {
  settings: SettingsSection,
  retention: RetentionSection,
  deleted: DeletedSection,
  members: MembersSection,
  roles: RolesSection,
  audit: AuditSection,
  tokens: TokensSection,
  keys: KeysSection,
}
