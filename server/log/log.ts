import { pino } from 'pino'
import type { Log } from '../core/ports.ts'

/** JSON, a line each, to stderr: stdout is for people and for what scripts want. */
export const openLog = (level: string): Log => pino({ level, base: null }, pino.destination({ dest: 2, sync: true }))
