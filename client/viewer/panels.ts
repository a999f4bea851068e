import type { ComponentType } from 'preact'
import type { Http } from '../network/http.ts'
import type { NoAccessProps } from './no-access.tsx'
import type { ViewedArtifact } from './view.ts'

/** What lies over the page until it is closed, and follows the artifact meanwhile. */
export interface PanelProps {
  artifact: ViewedArtifact
  http: Http
  onClose: () => void
}

export type Panel = ComponentType<PanelProps>

/** Each in a script of its own: whoever only looks at the page never loads them. They reject when that fails. */
export const panels = {
  share: async (): Promise<Panel> => (await import('./share/dialog.tsx')).ShareDialog,
}

export const loadNoAccess = async (): Promise<ComponentType<NoAccessProps>> =>
  (await import('./no-access.tsx')).NoAccess

export type PanelName = keyof typeof panels
