import { pino, stdSerializers } from 'pino'
import { plain } from '../../shared/text.ts'
import type { Log } from '../core/ports.ts'

/**
 * To stderr: stdout is for people and for what scripts want. JSON, a line each; to somebody at a terminal only what is
 * wrong, unless a level is given, and in words.
 */
export function openLog(level: string | undefined): Log {
  if (!process.stderr.isTTY) {
    return pino({ level: level ?? 'info', base: null, serializers }, pino.destination({ dest: 2, sync: true }))
  }
  const formatters = { level: (label: string) => ({ level: label }) }
  return pino(
    { level: level ?? 'warn', base: null, serializers, formatters },
    { write: line => process.stderr.write(inWords(line)) },
  )
}

/**
 * Of an error what it is called and says, its causes too, and no more: libraries hang on it what they were at, a connection
 * with its password, a row, the form that was sent.
 */
const serializers = {
  err(error: unknown) {
    if (!(error instanceof Error)) return { message: String(error) }
    const { type, code, message, stack } = stdSerializers.err(error)
    return { type, code, message, stack, ...(error instanceof AggregateError && { errors: error.errors.map(String) }) }
  },
}

/** `12:30:59 warn: The sentence. name=value`, then the stack of an error. Nothing that the terminal would obey. */
function inWords(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as {
    level: string
    time: number
    msg: string
    err?: { message?: string; stack?: string }
  }
  const at = new Date(time).toTimeString().slice(0, 8)
  const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
  const cause = err ? `\n${err.stack ?? err.message}` : ''
  return `${plain(`${at} ${level}: ${msg}${facts.join('')}${cause}`)}\n`
}
