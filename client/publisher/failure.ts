import { CommanderError } from 'commander'
import { GalleyError } from '../../shared/errors.ts'
import { ApiError, UnreachableError } from '../sdk/client.ts'
import { messageOf } from './message.ts'
import { forTerminal, inJson } from './output.ts'
import { PublishingOffError, ToldError } from './refusal.ts'
import { InterruptedError, type Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

/** 0: done · 1: it did not work, and stderr says why · 2: wrong usage. Other programs of ours bring their own. */
const didNotWork = 1
const wrongUsage = 2

/**
 * The one place where a failure becomes words and an exit code: a sentence on stderr, or with `--json` one line
 * `{"error": {"code", "message", …facts}}`. `code` is the server's own (shared/errors.ts), or `unreachable`,
 * `usage`, `interrupted`, `failed`.
 * @returns the exit code
 */
export function reportFailure(error: unknown, { stderr }: Pick<Terminal, 'stderr'>, json: boolean): number {
  if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? 0 : wrongUsage
  const { code, facts } = kindOf(error)
  const message = sentenceOf(error)
  stderr.write(`${json ? inJson({ error: { ...facts, code, message } }) : forTerminal(message)}\n`)
  if (code === 'usage') return wrongUsage
  return hasExitCode(error) ? error.exitCode : didNotWork
}

/** Help and the version were printed; `galley` alone prints help too, and is no use. */
const isHelp = ({ code }: CommanderError): boolean => /^commander\.(?:help|version)/.test(code)

/** What kind of failure it is, as `--json` says it. */
export const codeOf = (error: unknown): string => kindOf(error).code

interface Kind {
  code: string
  facts: Readonly<Record<string, unknown>>
}

/** An error that gives advice wraps the one that says what happened. */
function kindOf(error: unknown): Kind {
  if (error instanceof ApiError) {
    const { type: _type, title: _title, detail: _detail, code, ...facts } = error.problem
    return { code, facts }
  }
  if (error instanceof GalleyError) return { code: error.code, facts: error.facts }
  if (error instanceof UnreachableError) return { code: 'unreachable', facts: {} }
  if (error instanceof UsageError || error instanceof CommanderError) return { code: 'usage', facts: {} }
  if (error instanceof InterruptedError) return { code: 'interrupted', facts: {} }
  if (error instanceof PublishingOffError) return { code: 'publishing_disabled', facts: {} }
  if (error instanceof ToldError) {
    const { code, facts } = kindOf(error.cause)
    return { code, facts: { ...facts, ...error.facts } }
  }
  return error instanceof Error && error.cause !== undefined ? kindOf(error.cause) : { code: 'failed', facts: {} }
}

/** What is to be read of any error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof CommanderError) return error.message.replace(/^error: /, '')
  if (error instanceof UnreachableError) return `${error.message} To look closer: galley doctor`
  return systemSentence(error) ?? messageOf(error)
}

/** What the operating system refuses (errno(3)) of a file that is ours, not the user's. */
function systemSentence(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return `The disk is full${path ? ` that ${path} is on` : ''}. Make room on it, and try again.`
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return `This user may not use ${path ?? 'a file that is needed'}. Change who may, and try again.`
    case 'ENOTDIR':
    case 'EEXIST':
      return `${path ?? 'What is needed'} is no folder, or within none. Move what is there, and try again.`
    default:
      return undefined
  }
}

const hasExitCode = (error: unknown): error is { exitCode: number } =>
  error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number'
