import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { guidePath, transcriptIn } from './guide.ts'
import { walk } from './walk.ts'

describe('the guide to the terminal', () => {
  // Beside the walk itself there are a packing and an installation.
  it('shows what a stranger sees, from the tarball on (with the better-sqlite3 that was built for the tests)', async () => {
    const seen = await walk({ build: false })
    const guide = transcriptIn(readFileSync(guidePath, 'utf8'))
    // After a change that is meant: npm run transcript
    expect(Object.fromEntries(seen)).to.deep.equal(Object.fromEntries(guide))
  }).timeout(300_000)
})
