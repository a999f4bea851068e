import type { ComplianceScope } from '../../shared/admin.ts'

export const scopeWords: Readonly<Record<ComplianceScope, string>> = {
  'read:compliance_activities': 'reads the audit log',
  'read:compliance_user_data': 'reads every page',
  'delete:compliance_user_data': 'deletes any page',
}

/** What a key with these scopes can do, to be read before it is made. */
export function powers(scopes: readonly ComplianceScope[], org: string): string[] {
  if (scopes.length === 0) return []
  const recorded = [
    ...(scopes.includes('read:compliance_user_data') ? ['which page was read'] : []),
    ...(scopes.includes('delete:compliance_user_data') ? ['which was deleted'] : []),
  ]
  return [
    ...(scopes.includes('read:compliance_activities')
      ? [`Whoever has the key reads who did what at ${org}, with addresses and devices.`]
      : []),
    ...(scopes.includes('read:compliance_user_data')
      ? [
          `Whoever has the key reads every page and version at ${org}, those that are private to their author among them.`,
        ]
      : []),
    ...(scopes.includes('delete:compliance_user_data')
      ? [`Whoever has the key deletes any page at ${org}, for good: nobody can take that back.`]
      : []),
    'It is good until it is revoked.',
    ...(recorded.length > 0 ? [`The audit log says ${recorded.join(', and ')} with it.`] : []),
  ]
}
