/** The pages of administration, by the last part of their address, in the order in which they are listed. */
export const adminTitles = {
  settings: 'Settings',
  retention: 'Retention',
  deleted: 'Deleted pages',
  members: 'Members',
  roles: 'Roles',
  audit: 'Audit log',
  tokens: 'Access tokens',
  keys: 'Compliance keys',
} as const

export type AdminSection = keyof typeof adminTitles
export const adminSections = Object.keys(adminTitles) as readonly AdminSection[]

/** A path of the app. */
export const adminAddress = (section: AdminSection): string => (section === 'settings' ? '/admin' : `/admin/${section}`)
