import { ago } from '../../shared/ago.ts'
import { limits } from '../../shared/limits.ts'
import { ApiError, type GalleyClient } from '../sdk/client.ts'
import type { SendError } from './sending.ts'
import { InterruptedError } from './terminal.ts'

/** Publishing was turned off here, by the user or for a project. */
export class PublishingOffError extends Error {
  override readonly name = 'PublishingOffError'

  /** @param by `GALLEY_DISABLE`, or the path of a settings file */
  constructor(by: string) {
    super(`Publishing is turned off by ${by}.`)
  }
}

/** What happened, told with what to do about it. Its kind is its cause's; `facts` are more of them. */
export class ToldError extends Error {
  override readonly name = 'ToldError'
  readonly facts: Readonly<Record<string, string | number>>

  constructor(message: string, cause: unknown, facts: ToldError['facts'] = {}) {
    super(message, { cause })
    this.facts = facts
  }
}

/** What a publish was meant to update. */
export interface Aim {
  artifactId: string
  url: string
  /** The version it was made on top of, and the SHA-256 of its page. */
  version: number | undefined
  sha256: string | undefined
  /** That this is the page was remembered from when the file was published before. */
  fromMemory: boolean
}

/**
 * What somebody should read when a publish has not worked.
 * @param aim undefined for a new page
 * @returns InterruptedError · ToldError around ApiError or UnreachableError · or the cause itself, where it says enough
 */
export async function explained(
  { cause, mayBeKept }: SendError,
  { client, signal }: { client: GalleyClient; signal: AbortSignal },
  aim: Aim | undefined,
): Promise<unknown> {
  const look = aim ? `galley versions ${aim.url}` : 'galley list'
  const perhaps = `It may have been published all the same. See with: ${look}`
  if (signal.aborted) return new InterruptedError(mayBeKept ? `Interrupted. ${perhaps}` : 'Nothing was published.')
  if (aim && cause instanceof ApiError) {
    if (cause.problem.code === 'version_conflict') return conflict(cause, client, signal, aim)
    if (cause.problem.code === 'not_found' && aim.fromMemory) return gone(cause, aim)
  }
  return mayBeKept ? new ToldError(`${cause instanceof Error ? cause.message : cause}\n${perhaps}`, cause) : cause
}

const gone = (cause: ApiError, { url }: Aim): ToldError =>
  new ToldError(
    `The page that this file was published as is gone, or you may no longer see it: ${url}\nTo publish it as a new page, say --new.`,
    cause,
    { url },
  )

async function conflict(cause: ApiError, client: GalleyClient, signal: AbortSignal, aim: Aim): Promise<ToldError> {
  const soon = AbortSignal.any([signal, AbortSignal.timeout(limits.jsonDeadline)])
  // Who may publish may not always read the history; then the rest is told all the same.
  const history = await client.versions(aim.artifactId, { limit: 1 }, soon).catch(() => undefined)
  const latest = history?.versions[0]
  const current = latest?.number ?? Number(cause.problem.current)
  const made = latest
    ? ` by ${latest.author.name} <${latest.author.email}>, ${ago(Date.parse(latest.createdAt), Date.now()).words}`
    : ''
  return new ToldError(
    `Version ${current} was published${made}; what you published last, or knew of, is version ${aim.version}.\n` +
      `Look at it: ${aim.url}\nTo publish over it, say --force.`,
    cause,
    { current, url: aim.url, ...(latest && { by: latest.author.email, at: latest.createdAt }) },
  )
}
