import { startApp } from './app.ts'
import { readConfig } from './config.ts'

/**
 * `galley serve`: until a signal asks it to end; a second one does not wait.
 * @throws ConfigError, and what startApp throws
 */
export async function serve(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const app = await startApp(readConfig(env))
  process.stdout.write(`Galley is at ${app.url}\n`)
  if (app.ownerLink) {
    process.stdout.write(`Nobody has signed in yet. This link signs the owner in, once:\n\n  ${app.ownerLink}\n\n`)
  }
  const end = () => {
    void app.close().finally(() => process.exit())
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end)
}
