import { expect } from 'chai'
import { livePath } from '../../shared/events.ts'
import { startTestApp, type TestApp } from '../app.ts'

describe('the path of the live socket', () => {
  let app: TestApp
  before(async () => {
    app = await startTestApp()
  })
  after(() => app.close())

  it('is that one alone: what only begins like it is answered by the app, behind its headers', async () => {
    for (const path of [`${livePath}stream`, `${livePath}/x`, `${livePath}stream?EIO=4&transport=polling`, livePath]) {
      const answer = await app.request(path)
      expect(answer.status, path).to.equal(404)
      expect(answer.headers.get('Content-Security-Policy'), path).to.contain("frame-ancestors 'none'")
      expect(answer.headers.get('X-Content-Type-Options'), path).to.equal('nosniff')
    }
  })
})
