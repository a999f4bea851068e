import { expect } from 'chai'
import { expiryWords } from '../../shared/expiry.ts'

const day = 24 * 60 * 60 * 1000
const now = Date.UTC(2030, 0, 1)
const wordsIn = (ms: number) => expiryWords(new Date(now + ms).toISOString(), now)

describe('how soon a page will be deleted', () => {
  it('is not said of one that is kept, or kept for more than a week yet', () => {
    expect(expiryWords(undefined, now)).to.equal(undefined)
    expect(wordsIn(7 * day + 1)).to.equal(undefined)
  })

  it('is said in whole days that are left', () => {
    expect(wordsIn(7 * day)).to.equal('Will be deleted in 7 days')
    expect(wordsIn(3 * day - 1)).to.equal('Will be deleted in 2 days')
    expect(wordsIn(day)).to.equal('Will be deleted in 1 day')
  })

  it('is soon, also when it was to be a while ago', () => {
    expect(wordsIn(day - 1)).to.equal('Will be deleted within a day')
    expect(wordsIn(-day)).to.equal('Will be deleted within a day')
  })
})
