/**
 * The closed set of things that can go wrong, by stable code. Each edge maps the code once: HTTP to a status
 * (server/http/status.ts), the command to an exit code, the socket to a reply.
 */
export const errorCodes = [
  'invalid_request',
  'page_too_large',
  'page_too_complex',
  'body_too_large',
  'unsupported_type',
  'unsupported_encoding',
  'bad_encoding',
  'not_utf8',
  'empty_page',
  'not_found',
  'method_not_allowed',
  'version_conflict',
  'idempotency_key_reused',
  'unknown_base',
  'no_delta',
  'not_signed_in',
  'token_invalid',
  'token_expired',
  'token_revoked',
  'link_invalid',
  'sign_in_failed',
  'provider_unavailable',
  'unknown_org',
  'device_code_invalid',
  'insufficient_scope',
  'forbidden',
  'publishing_disabled',
  'bad_origin',
  'wrong_host',
  'too_slow',
  'rate_limited',
  'overloaded',
  'storage_full',
  'unsupported_protocol',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** Facts that go with a code, shown to the caller as members of the problem: sizes, the current version, … */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** The one error that crosses floors. `message` is a sentence for a person and says what to do. */
export class GalleyError extends Error {
  override readonly name = 'GalleyError'
  readonly code: ErrorCode
  readonly facts: ErrorFacts

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message)
    this.code = code
    this.facts = facts
  }
}

/** What does not exist and what may not be seen are told apart by nobody: one sentence, one code. */
export const notFound = (): GalleyError => new GalleyError('not_found', 'There is no such page, or you may not see it.')
