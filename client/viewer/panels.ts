import type { ComponentType } from 'preact'
import type { DialogProps } from './dialogs.tsx'
import type { HistoryProps } from './history/history.tsx'
import type { NoAccessProps } from './no-access.tsx'
import type { ShareProps } from './share/dialog.tsx'

/** Each in a script of its own: whoever only looks at the page never loads them. They reject when that fails. */
export const loadDialog = async (): Promise<ComponentType<DialogProps>> => (await import('./dialogs.tsx')).Dialog

export const loadShareDialog = async (): Promise<ComponentType<ShareProps>> =>
  (await import('./share/dialog.tsx')).ShareDialog

export const loadHistory = async (): Promise<ComponentType<HistoryProps>> =>
  (await import('./history/history.tsx')).History

export const loadNoAccess = async (): Promise<ComponentType<NoAccessProps>> =>
  (await import('./no-access.tsx')).NoAccess
