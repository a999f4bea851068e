import { startApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'

/**
 * `galley serve`, but for its end: when it has kept a second version of anything and is about to say so, it is killed.
 * Neither its publisher nor its viewers hear of that version.
 */
const app = await startApp(readConfig(process.env), {
  announcing: live => ({
    announce(announcement) {
      if (announcement.kind === 'changed' && announcement.head.latest.number > 1) process.kill(process.pid, 'SIGKILL')
      live.announce(announcement)
    },
  }),
})
process.stdout.write(`Galley is at ${app.url}\n`)
