import { Ago } from './ago.tsx'

/** @param at milliseconds since 1970 */
export const Updated = ({ at }: { at: number }) => <Ago at={at} before="updated " />
