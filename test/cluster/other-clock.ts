import { startApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'

/** `galley serve`, by a clock that is so many milliseconds ahead. */
const ahead = Number(process.argv[2])
const app = await startApp(readConfig(process.env), { clock: { now: () => Date.now() + ahead } })
process.stdout.write(`Galley is at ${app.url}\n`)
process.once('SIGTERM', () => void app.close().finally(() => process.exit()))
