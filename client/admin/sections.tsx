import type { ComponentType } from 'preact'
import type { AdminSection } from '../../shared/admin-sections.ts'
import { DeletedSection } from './deleted.tsx'
import type { Office } from './office.ts'
import { RetentionSection } from './retention.tsx'
import { SettingsSection } from './settings.tsx'

/** From the server, in the page (server/http/screens.ts). */
export interface Boot {
  section: AdminSection
  /** The organisation's name. */
  org: string
  /** Whoever sits here. */
  memberId: string
}

export interface Shown {
  office: Office
  boot: Boot
}

/** What is in each. */
export const sections: Readonly<Record<AdminSection, ComponentType<Shown>>> = {
  settings: SettingsSection,
  retention: RetentionSection,
  deleted: DeletedSection,
}
