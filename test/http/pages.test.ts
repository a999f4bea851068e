import { expect } from 'chai'
import type { Choice } from '../../shared/choice.ts'
import { startTestApp, type TestApp } from '../app.ts'

describe('The screens', () => {
  let app: TestApp
  let cookie: string
  let page: string

  before(async () => {
    app = await startTestApp()
    cookie = await app.signIn(app.owner.member)
    page = (await app.publish('<title>Secret plans</title><p>x', { query: `icon=${encodeURIComponent('🚢')}` })).id
  })
  after(() => app.close())

  const get = async (path: string, sent: { cookie?: string; headers?: Record<string, string> } = { cookie }) => {
    const answer = await app.request(path, sent)
    return { answer, text: await answer.text() }
  }
  const policyOf = (answer: Response): Map<string, string[]> =>
    new Map(
      (answer.headers.get('Content-Security-Policy') ?? '').split('; ').map(directive => {
        const [name = '', ...values] = directive.split(' ')
        return [name, values]
      }),
    )

  describe('for those who are signed out', () => {
    it('lead to the sign-in and from there back', async () => {
      for (const [path, next] of [
        [`/a/${page}`, `/a/${page}`],
        [`/a/${page}?x=1`, `/a/${page}?x=1`],
        ['/', '/'],
      ] as const) {
        const { answer } = await get(path, {})
        expect(answer.status).to.equal(303)
        expect(answer.headers.get('Location')).to.equal(`/sign-in?next=${encodeURIComponent(next)}`)
        expect(answer.headers.get('Cache-Control')).to.equal('no-store')
      }
    })

    it('say the same of a page that exists and of one that does not', async () => {
      const missing = await get('/a/cart_0000000000000000000000', {})
      expect(missing.answer.status).to.equal(303)
    })

    it('do not take an access token for a session', async () => {
      const { answer } = await get(`/a/${page}`, { headers: { Authorization: `Bearer ${app.owner.token}` } })
      expect(answer.status).to.equal(303)
    })

    it('treat a forged cookie as none', async () => {
      const { answer } = await get(`/a/${page}`, {
        cookie: cookie.replace(/.(?=.{20}$)/, one => (one === 'A' ? 'B' : 'A')),
      })
      expect(answer.status).to.equal(303)
    })

    it('are told when another link would replace who they are', async () => {
      expect((await get('/sign-in', {})).text).not.to.contain('this replaces it')
      const { text } = await get('/sign-in')
      expect(text).to.contain(`You are signed in as <b><bdi>${app.owner.member.name}</bdi></b>; this replaces it.`)
    })

    it('are told how to get a link', async () => {
      const { answer, text } = await get('/sign-in', {})
      expect(answer.status).to.equal(200)
      expect(text).to.contain('galley member link')
    })

    it('go nowhere else after signing in', async () => {
      for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/.//evil.example']) {
        const { text } = await get(`/sign-in?next=${encodeURIComponent(next)}`, {})
        expect(text).to.contain('data-next="/"')
      }
      const { text } = await get(`/sign-in?next=${encodeURIComponent('/a/"><script>alert(1)</script>')}`, {})
      expect(text).to.contain('data-next="/a/%22%3E%3Cscript%3Ealert(1)%3C/script%3E"')
    })
  })

  describe('the viewer page', () => {
    it('is the same for a page that exists, for one that may not be seen and for one that does not', async () => {
      const stranger = await app.signIn((await app.addMember('sam@acme.example')).member)
      const same = async (id: string, as: string): Promise<string> => {
        const { answer, text } = await get(`/a/${id}`, { cookie: as })
        expect(answer.status).to.equal(200)
        return text.replaceAll(id, 'ID').replace(/nonce="[^"]+"/g, 'NONCE')
      }
      const mine = await same(page, cookie)
      expect(await same(page, stranger)).to.equal(mine)
      expect(await same('cart_0000000000000000000000', cookie)).to.equal(mine)
      expect(mine).not.to.contain('Secret plans')
    })

    it('cannot be made to hold markup by its address', async () => {
      const { text } = await get(`/a/${encodeURIComponent('"><script>alert(1)</script>')}`)
      expect(text).not.to.contain('<script>alert')
    })

    it('may load its own script, frame the content origins, and nothing else', async () => {
      const { answer, text } = await get(`/a/${page}`)
      const policy = policyOf(answer)
      const nonce = /<script type="module" src="\/assets\/[\w.-]+" nonce="([^"]+)">/.exec(text)?.[1]
      expect(policy.get('script-src')).to.deep.equal([`'nonce-${nonce}'`])
      expect(policy.get('frame-src')).to.deep.equal([...app.contentUrls])
      expect(policy.get('frame-ancestors')).to.deep.equal(["'none'"])
      expect(policy.get('connect-src')).to.deep.equal(["'self'", app.url.replace('http', 'ws')])
      for (const directive of ['base-uri', 'object-src']) expect(policy.get(directive)).to.deep.equal(["'none'"])
      expect(policy.get('require-trusted-types-for')).to.deep.equal(["'script'"])
      expect(answer.headers.get('Permissions-Policy')).to.contain('clipboard-write=*')
      expect(answer.headers.get('Cross-Origin-Opener-Policy')).to.equal('same-origin')
      expect(answer.headers.get('X-Content-Type-Options')).to.equal('nosniff')
      expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    })

    it('has a nonce that nobody can foresee', async () => {
      const policies = await Promise.all([1, 2, 3].map(async () => policyOf((await get('/sign-in', {})).answer)))
      expect(new Set(policies.map(policy => policy.get('script-src')?.[0])).size).to.equal(3)
    })
  })

  describe('the list of your pages', () => {
    interface Boot {
      list: { artifacts: { title: string }[]; nextCursor: string | null }
      choice: Choice
      publicUrl: string
      email: string
      org: string
      stillUrl: string
    }
    const entities: Record<string, string> = { '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' }
    const bootIn = (text: string): Boot => {
      const boot = /data-boot="([^"]*)"/.exec(text)?.[1] ?? ''
      return JSON.parse(boot.replace(/&(quot|#39|lt|gt|amp);/g, entity => entities[entity] ?? entity))
    }

    it('comes with the newest pages of yours, as text, and nobody else’s', async () => {
      const { member, token } = await app.addMember('hana@acme.example')
      const title = '<img src=x onerror=alert(1)>"\'&'
      await app.publish('<h1>x', { query: `title=${encodeURIComponent(title)}`, token })
      for (let n = 1; n <= 50; n++) await app.publish(`<title>Page ${n}.</title>`, { token })
      await app.publish('<h1>x', { query: `title=${encodeURIComponent(title)}`, token })
      const { text } = await get('/', { cookie: await app.signIn(member) })
      expect(text).not.to.contain('<img')
      expect(text).not.to.contain('Secret plans')
      const { list, ...other } = bootIn(text)
      expect(list.artifacts).to.have.length(50)
      expect(list.artifacts.slice(0, 2).map(artifact => artifact.title)).to.deep.equal([title, 'Page 50.'])
      expect(list.nextCursor).to.be.a('string')
      const { stillUrl, ...rest } = other
      expect(stillUrl).to.match(new RegExp(`^${app.contentUrls[0]}/still\\?v=[0-9a-f]{16}$`))
      const choice = { list: 'mine', q: '', sort: 'updated' }
      expect(rest).to.deep.equal({ choice, barred: null, publicUrl: app.url, email: 'hana@acme.example', org: 'Acme' })
    })

    it('comes with the list that its address says, and takes what makes no sense for nothing said', async () => {
      const { token } = await app.addMember('iris@acme.example')
      const { id } = await app.publish('<title>For all</title>', { token })
      const json = { audience: 'org', people: [], groups: [], version: 'latest' }
      await app.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', token, json })
      const titlesAt = async (query: string) => {
        const { list, choice } = bootIn((await get(`/?${query}`)).text)
        return { choice, titles: list.artifacts.map(artifact => artifact.title) }
      }
      expect(await titlesAt('list=org&q=ALL&sort=title')).to.deep.equal({
        choice: { list: 'org', q: 'ALL', sort: 'title' },
        titles: ['For all'],
      })
      expect((await titlesAt('list=nothing&sort=&q=%00')).choice).to.deep.include({ list: 'mine', sort: 'updated' })
    })

    it('says who is signed in, and where', async () => {
      const { text } = await get('/')
      expect(text).to.contain(`<bdi>${app.owner.member.name}</bdi>`).and.contain('<bdi>Acme</bdi>')
    })

    it('asks for all of its scripts at once, behind the same wall', async () => {
      const { answer, text } = await get('/')
      const policy = policyOf(answer)
      const nonces = [...text.matchAll(/(?:src|href)="\/assets\/[\w.-]+\.js" nonce="([^"]+)"/g)].map(
        ([, nonce]) => nonce,
      )
      expect(nonces).to.have.length.of.at.least(2)
      for (const nonce of nonces) expect(policy.get('script-src')).to.deep.equal([`'nonce-${nonce}'`])
      expect(policy.get('frame-src')).to.deep.equal([app.contentUrls[0]])
      expect(policy.get('frame-ancestors')).to.deep.equal(["'none'"])
      expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    })
  })

  describe('what is not there', () => {
    it('is a page that says so, behind the same wall', async () => {
      for (const path of ['/nothing', '/assets/none.js', '/a', '/assets/..%2f..%2fpackage.json']) {
        const { answer, text } = await get(path)
        expect(answer.status, path).to.equal(404)
        expect(answer.headers.get('Content-Type')).to.equal('text/html; charset=utf-8')
        expect(text).to.contain('No such page')
        expect(policyOf(answer).get('frame-src')).to.deep.equal(["'none'"])
      }
    })

    it('is told from an address that makes no sense', async () => {
      expect((await get('/a/%ff')).answer.status).to.equal(400)
    })

    it('stays a problem in JSON under the API', async () => {
      const { answer } = await get('/api/v1/nothing')
      expect(answer.headers.get('Content-Type')).to.contain('application/problem+json')
    })
  })

  it('load files that never change under their names, compressed', async () => {
    const { text } = await get(`/a/${page}`)
    const files = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(match => match[1] ?? '')
    expect(files).to.have.length(3)
    for (const file of files) {
      const answer = await app.request(file, { headers: { 'Accept-Encoding': 'br' } })
      expect(answer.status).to.equal(200)
      expect(answer.headers.get('Content-Encoding')).to.equal('br')
      expect(answer.headers.get('Cache-Control')).to.contain('immutable')
      expect(answer.headers.get('Content-Type')).to.match(/^text\/(javascript|css)/)
      const plain = await app.request(file, { headers: { 'Accept-Encoding': 'identity' } })
      expect(plain.headers.get('Content-Encoding')).to.equal(null)
      expect(await plain.text()).to.equal(await answer.text())
    }
  })
})
