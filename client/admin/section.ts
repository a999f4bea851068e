import type { AdminSection } from '../../shared/admin-sections.ts'
import type { Office } from './office.ts'

/** From the server, in the page (server/http/screens.ts). */
export interface Boot {
  section: AdminSection
  /** The organisation's name. */
  org: string
  /** Whoever sits here. */
  memberId: string
  /** People sign in here by link, and not at a provider. */
  byLink: boolean
}

export interface Shown {
  office: Office
  boot: Boot
}
