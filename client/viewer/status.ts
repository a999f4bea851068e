import { connectionWords } from '../network/words.ts'
import type { View } from './view.ts'

/** Beside the dot. */
export const statusWords: Record<View['status'], string> = {
  ...connectionWords,
  failed: 'Not updated',
}

/** What can be done about a state, where the viewer can do anything. */
export type Remedy = 'retry' | 'reload' | 'sign-in' | 'home'

export interface Explanation {
  title: string
  text: string
  remedy?: Remedy
}

/** With these the page itself is taken off the screen: it is no longer this viewer's to see. */
export const isOver = (status: View['status']): boolean =>
  status === 'signed_out' || status === 'not_found' || status === 'deleted' || status === 'closed'

/** The same for a page that is not there and for one that is not shared: what is known of it is nothing. */
export const noAccess = {
  title: 'You can’t see this page',
  text: 'It does not exist, or it is not shared with you.',
}

/** What fills the place of the page while there is none, or none any more. Undefined: it is on its way. */
export function instead({ status, message }: View): Explanation | undefined {
  switch (status) {
    case 'connecting':
    case 'live':
    case 'polling':
      return undefined
    case 'reconnecting':
      return {
        title: 'Galley cannot be reached',
        text: 'It may be restarting. This page opens by itself as soon as it answers.',
        remedy: 'retry',
      }
    case 'offline':
      return { title: 'You are offline', text: 'This page opens by itself when your device has a network again.' }
    case 'outdated':
      return { title: 'Galley was updated', text: 'Load this page again to see it.', remedy: 'reload' }
    case 'failed':
      return {
        title: 'This page could not be shown',
        text: message ?? 'Something went wrong on the way.',
        remedy: 'retry',
      }
    case 'signed_out':
      return {
        title: 'You are signed out',
        text: 'Sign in to see this page. You come back here afterwards.',
        remedy: 'sign-in',
      }
    // Until there is the one in no-access.tsx.
    case 'not_found':
      return { ...noAccess, remedy: 'home' }
    case 'closed':
      return {
        title: 'Closed for now',
        text: 'The owners of your organisation have closed its pages. They are kept, and this one comes back by itself.',
      }
    case 'deleted':
      return {
        title: 'This page was deleted',
        text: 'Its author took it down.',
        remedy: 'home',
      }
  }
}

/** Said below a page that is on the screen and may not be the newest. Undefined: all is as it should be. */
export function beside({ status, message, number }: View): Explanation | undefined {
  const version = number === undefined ? 'the last version that arrived' : `version ${number}`
  switch (status) {
    case 'reconnecting':
      return {
        title: 'Connection lost.',
        text: `This is ${version}. Galley is trying again by itself.`,
        remedy: 'retry',
      }
    case 'offline':
      return { title: 'You are offline.', text: `This is ${version}. It catches up when you are back.` }
    case 'polling':
      return {
        title: 'Live updates are limited.',
        text: 'Your network blocks live connections, so new versions arrive a few seconds late.',
      }
    case 'outdated':
      return {
        title: 'Galley was updated.',
        text: 'Load this page again to go on seeing new versions.',
        remedy: 'reload',
      }
    case 'failed':
      return {
        title: 'Another version could not be shown.',
        text: message ?? `This is still ${version}.`,
        remedy: 'retry',
      }
    default:
      return undefined
  }
}
