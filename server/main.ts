import { constants } from 'node:os'
import { type App, startApp } from './app.ts'
import { readConfig } from './config.ts'
import { placeOf } from './store/open.ts'

/**
 * `galley serve`: until a signal asks it to end; a second one, or one before it serves, ends it at once.
 * @throws ConfigError, and what startApp throws
 */
export async function serve(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readConfig(env)
  const atOnce = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal])
  let answer: (signal: NodeJS.Signals) => void = atOnce
  // From the first moment on: a container's first process is not ended by a signal that it has no handler for.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => answer(signal))
  const app = await startApp(config)
  answer = () => {
    answer = atOnce
    if (process.stderr.isTTY)
      process.stderr.write('\nEnding, once what is under way is done. Ctrl-C again does not wait.\n')
    void app.close().finally(() => process.exit())
  }
  process.stdout.write(welcome(app, placeOf(config)))
}

/** What whoever starts it wants to know. The first line is for scripts too. */
function welcome({ url, ownerLink }: App, place: string): string {
  const lines = [`Galley is at ${url}`, `Its data are in ${place}`, '']
  if (ownerLink) {
    lines.push('Nobody has signed in yet. This link signs the owner in, once:', '', `  ${ownerLink}`, '')
  }
  lines.push('To publish from a terminal:', '', `  galley login ${url}`, '  galley publish report.html', '')
  return `${lines.join('\n')}\n`
}
