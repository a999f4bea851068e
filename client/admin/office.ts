import { call, type Http, isSignedOut } from '../network/http.ts'

/** `why` is a sentence to show; `code` the problem's own, or 'unreachable' where no Galley answered. */
export type Said<T> = { ok: true; value: T } | { ok: false; code: string; why: string }

/** How whoever sits here stands to the server; it shows in what the server answers, and in nothing else. */
export type Standing = 'owner' | 'signed_out' | 'no_owner'

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const unreachable = {
  ok: false,
  code: 'unreachable',
  why: 'Galley could not be reached. Try again in a moment.',
} as const

/** Where the pages of administration ask, and have things done: `/api/v1/admin/…`. Nothing here rejects. */
export class Office {
  private readonly http: Http
  private readonly heard: (standing: Standing) => void

  /** @param heard told of the standing with each answer that shows it */
  constructor(http: Http, heard: (standing: Standing) => void) {
    this.http = http
    this.heard = heard
  }

  /** @param path from `/admin` on, with its query. The answer's shape is the server's to vouch for: `shared/admin.ts`. */
  read<T>(path: string): Promise<Said<T>> {
    return this.ask(path)
  }

  /** Has something done. Where the answer has no body, `value` is undefined. */
  send<T>(method: Method, path: string, json?: unknown): Promise<Said<T>> {
    const headers = { 'Content-Type': 'application/json' }
    return this.ask(path, json === undefined ? { method } : { method, headers, body: JSON.stringify(json) })
  }

  private async ask<T>(path: string, options: Parameters<typeof call>[2] = {}): Promise<Said<T>> {
    try {
      const answer = await call(this.http, `/api/v1${path}`, options)
      if (!answer.ok) return this.refused(answer)
      // A proxy's own page, answered with 200, is not our server.
      const value = answer.response.status === 204 ? undefined : await answer.response.json()
      this.heard('owner')
      return { ok: true, value }
    } catch {
      return unreachable
    }
  }

  private refused({ code, detail }: { code: string; detail: string }): Said<never> {
    if (isSignedOut(code)) this.heard('signed_out')
    else if (code === 'forbidden') this.heard('no_owner')
    return { ok: false, code, why: detail }
  }
}
