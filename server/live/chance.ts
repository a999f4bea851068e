import type { Random } from '../core/ports.ts'

/** Evenly from 0 up to, not including, 1. */
export const fraction = (random: Random): number => Buffer.from(random(4)).readUInt32BE() / 2 ** 32
