import type { Published } from '../../shared/api.ts'
import { oneLine } from './table.ts'

/**
 * What the sandbox will block, a line each, as compilers have it.
 * @param file as the user named it
 */
export const warningLines = (
  { warnings, moreWarnings }: Pick<Published, 'warnings' | 'moreWarnings'>,
  file: string,
): string[] => [
  ...warnings.map(({ line, message }) => `${file === '-' ? 'standard input' : file}:${line}: ${oneLine(message)}`),
  ...(moreWarnings > 0 ? [`… and ${moreWarnings} more like these.`] : []),
]
