/** Run by `npm run transcript`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { guidePath, withTranscript } from './guide.ts'
import { walk } from './walk.ts'

const guide = readFileSync(guidePath, 'utf8')
writeFileSync(guidePath, withTranscript(guide, await walk({ build: true })))
