import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The files under these folders (and these files) whose path fits, path → text. */
export function read(places: readonly string[], fits: RegExp): ReadonlyMap<string, string> {
  const paths = places.flatMap(place =>
    fits.test(place)
      ? [place]
      : readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).map(path => `${place}/${path}`),
  )
  return new Map(paths.filter(path => fits.test(path)).map(path => [path, readFileSync(join(root, path), 'utf8')]))
}
