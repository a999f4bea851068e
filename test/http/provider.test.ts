import { expect } from 'chai'
import { parseSetCookie } from 'cookie'
import { addMember, removeMember } from '../../server/core/people.ts'
import type { ArtifactList, Me, PeopleList, Sharing } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { type Organisations, startOrganisations } from '../provider/app.ts'
import { Person, type Walk } from '../provider/person.ts'

describe('signing in through an identity provider', () => {
  let here: Organisations
  let ahead = 0

  before(async () => {
    here = await startOrganisations({ clock: { now: () => Date.now() + ahead } })
  })
  beforeEach(() => {
    ahead = 0
  })
  after(() => here.close())

  const home = () => `${here.app.url}/`
  const get = async <Body>(who: Person, path: string): Promise<Body> => {
    const answer = await here.app.request(path, { cookie: who.cookie(home()) })
    return (await answer.json()) as Body
  }
  const me = (who: Person) => get<Me>(who, '/api/v1/me')
  const memberOf = async (who: Person) => {
    const { member, org } = await me(who)
    const found = await here.app.ground.store.member(org.id, member.id)
    if (!found) throw new Error('There is no such member.')
    return found
  }
  const isIn = async (who: Person) => 'member' in (await me(who))
  /** What the page says, and what it offers. */
  const saidOn = ({ answer, text }: Pick<Walk, 'answer' | 'text'>) => ({
    status: answer.status,
    title: /<h1>([^<]*)/.exec(text)?.[1],
    why: /<h1>[^<]*<\/h1>\s*<p>([^<]*)/
      .exec(text)?.[1]
      ?.replace(/&(quot|#39);/g, entity => (entity === '&quot;' ? '"' : "'")),
    ways: [...text.matchAll(/<a class="button[^"]*" href="([^"]*)"/g)].map(([, href = '']) =>
      href.replaceAll('&amp;', '&'),
    ),
  })
  /** As far as the address that the provider sends people back to. */
  const toCallback = async (who: Person, login: string, from = home()) => {
    const { url } = await who.signIn(from, login, { until: /\/sign-in\/callback/ })
    expect(url).to.contain(`${here.app.url}/sign-in/callback?`)
    return url
  }
  const asked = async (who: Person) => {
    const { url } = await who.go(home(), { until: /\/auth\?/ })
    return new URL(url)
  }

  it('leads to the page that was asked for, and makes whoever comes first a member, as claimed', async () => {
    const ada = new Person()
    const { way, answer } = await ada.signIn(`${here.app.url}/a/cart_0000000000000000000000?x=1`, 'ada')
    expect(way.at(-1)).to.equal(`${here.app.url}/a/cart_0000000000000000000000?x=1`)
    expect(answer.status).to.equal(200)
    const { member, org } = await me(ada)
    expect([member.name, member.email, member.role, org.name]).to.deep.equal([
      'Ada Lovelace',
      'ada@acme.example',
      'member',
      'Acme',
    ])
    const ben = new Person()
    await ben.signIn(home(), 'ben')
    const found = await get<PeopleList>(ben, '/api/v1/people?q=lovelace')
    expect(found.people).to.deep.include({ name: 'Ada Lovelace', email: 'ada@acme.example' })
    expect(await here.app.ground.store.groupsOf(org.id, member.id)).to.deep.equal(['engines'])
  })

  it('asks with PKCE, state and nonce, and keeps the attempt in a cookie that nobody else gets at', async () => {
    const query = Object.fromEntries((await asked(new Person())).searchParams)
    expect(query).to.include({ response_type: 'code', code_challenge_method: 'S256', client_id: 'galley' })
    expect(query.redirect_uri).to.equal(`${here.app.url}/sign-in/callback`)
    const secrets = [query.state, query.nonce, query.code_challenge]
    for (const secret of secrets) expect(secret).to.match(/^[\w-]{43}$/)
    const answer = await here.app.request('/sign-in/start')
    expect(answer.headers.get('Cache-Control')).to.equal('no-store')
    const [line = ''] = answer.headers.getSetCookie()
    const { value, ...attributes } = parseSetCookie(line)
    expect(attributes).to.deep.equal({
      name: '__Host-galley-attempt',
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
      maxAge: limits.signInAttempt / 1000,
    })
    expect(line).not.to.contain(secrets[0])
  })

  it('takes what is said beside the ID token as well', async () => {
    await here.provider.claimsAt('userinfo')
    await here.provider.knows({ eve: { email: 'eve@acme.example', email_verified: true, name: 'Eve', org: 'acme' } })
    const eve = new Person()
    await eve.signIn(home(), 'eve')
    await here.provider.claimsAt('token')
    expect((await me(eve)).member).to.include({ name: 'Eve', email: 'eve@acme.example' })
  })

  it('keeps name, address and groups as the provider has them, each time', async () => {
    const said = { email: 'ida@acme.example', email_verified: true, name: 'Ida', org: 'acme', groups: ['a', 'b'] }
    const groups: unknown[] = []
    let id: string | undefined
    for (const change of [{}, { groups: 'one' }, { groups: undefined }, { name: 'Ida B.', email: 'ib@acme.example' }]) {
      await here.provider.knows({ ida: { ...said, ...change } })
      const ida = new Person()
      await ida.signIn(home(), 'ida')
      const { member, org } = await me(ida)
      id ??= member.id
      expect(member.id).to.equal(id)
      groups.push((await here.app.ground.store.groupsOf(org.id, member.id)).join())
      if ('email' in change) expect(member).to.include({ name: 'Ida B.', email: 'ib@acme.example' })
    }
    expect(groups).to.deep.equal(['a,b', 'one', '', 'a,b'])
  })

  it('keeps two organisations of one server apart', async () => {
    const [ada, gus] = [new Person(), new Person()]
    await ada.signIn(home(), 'ada')
    await gus.signIn(home(), 'gus')
    expect((await me(gus)).org.name).to.equal('Globex')
    const token = await here.app.createToken(await memberOf(ada))
    const { id } = await here.app.publish('<title>Engine</title>', { token })
    const everyone = { audience: 'org', people: [], groups: [], version: 'latest' }
    await here.app.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', token, json: everyone })
    const seen = await here.app.request(`/api/v1/artifacts/${id}`, { cookie: gus.cookie(home()) })
    expect(seen.status).to.equal(404)
    expect((await get<ArtifactList>(gus, '/api/v1/artifacts')).artifacts).to.deep.equal([])
    expect((await get<PeopleList>(gus, '/api/v1/people?q=ada')).people).to.deep.equal([])
  })

  it('lets nobody in whose organisation is not set up, or not said, and tells them so', async () => {
    const said = { email: 'zoe@nowhere.example', email_verified: true }
    const claims: [unknown, RegExp][] = [
      ['umbrella', /^You are of "umbrella" where you signed in/],
      [['umbrella', 'initech'], /^You are of "umbrella", "initech" where/],
      [undefined, /^Nothing was said of your organisation/],
      [null, /^Nothing was said/],
      [7, /^Nothing was said/],
      ['', /^Nothing was said/],
    ]
    for (const [org, why] of claims) {
      await here.provider.knows({ zoe: { ...said, org } })
      const zoe = new Person()
      const page = saidOn(await zoe.signIn(home(), 'zoe'))
      expect(page).to.include({ status: 403, title: 'Your organisation isn’t set up here' })
      expect(page.why).to.match(why)
      expect(page.ways).to.deep.equal(['/sign-in/start?next=%2F', '/sign-in/start?anew&next=%2F'])
      expect(await isIn(zoe)).to.equal(false)
    }
    await here.provider.knows({ zoe: { ...said, org: ['umbrella', 'globex'] } })
    const zoe = new Person()
    await zoe.signIn(home(), 'zoe')
    expect((await me(zoe)).org.name).to.equal('Globex')
  })

  it('asks for a login again when somebody wants to be another', async () => {
    const uma = new Person()
    const { ways } = saidOn(await uma.signIn(home(), 'uma'))
    const again = saidOn(await uma.go(here.app.url + ways[0]))
    expect(again.title).to.equal('Your organisation isn’t set up here')
    const { url } = await uma.signIn(here.app.url + ways[1], 'ada')
    expect(url).to.equal(home())
    expect((await me(uma)).member.name).to.equal('Ada Lovelace')
  })

  it('says that a sign-in was cancelled, and where to go from there', async () => {
    const ada = new Person()
    const form = await ada.go(`${here.app.url}/device?code=ABCD`)
    const abort = /href="([^"]*\/abort)"/.exec(form.text)?.[1] ?? ''
    const page = saidOn(await ada.go(new URL(abort, form.url).href))
    expect(page).to.include({ status: 400, title: 'You are not signed in', why: 'The sign-in was cancelled.' })
    expect(page.ways[0]).to.equal(`/sign-in/start?next=${encodeURIComponent('/device?code=ABCD')}`)
  })

  describe('refuses', () => {
    const refused = async (who: Person, url: string, why: RegExp) => {
      const page = saidOn(await who.go(url))
      expect(page, url).to.include({ status: 400, title: 'You are not signed in' })
      expect(page.why, url).to.match(why)
      expect(await isIn(who)).to.equal(false)
    }
    const unfit = /^This sign-in does not fit the one begun in this browser/
    const notBegun = /^This sign-in was begun too long ago, or in another browser/

    it('who comes back without having been sent off, in another browser, or too late', async () => {
      const ada = new Person()
      const callback = await toCallback(ada, 'ada')
      await refused(new Person(), callback, notBegun)
      ahead = limits.signInAttempt + 60_000
      await refused(ada, callback, notBegun)
      ahead = 0
      expect((await ada.go(callback)).url).to.equal(home())
    })

    it('an answer that was given before', async () => {
      const ada = new Person()
      const callback = await toCallback(ada, 'ada')
      const cookie = ada.cookie(callback)
      expect((await ada.go(callback)).url).to.equal(home())
      await refused(new Person(), callback, notBegun)
      const replayed = await here.app.request(callback.slice(here.app.url.length), { headers: { Cookie: cookie } })
      expect(replayed.status).to.equal(400)
      expect(replayed.headers.getSetCookie()).to.deep.equal([])
      expect(saidOn({ answer: replayed, text: await replayed.text() }).why).to.match(unfit)
    })

    it('an answer to another question, or one that was changed on the way', async () => {
      const ada = new Person()
      const callback = new URL(await toCallback(ada, 'ada'))
      const changed = (change: (query: URLSearchParams) => void) => {
        const url = new URL(callback)
        change(url.searchParams)
        return url.href
      }
      await refused(
        ada,
        changed(query => query.set('state', 'another')),
        unfit,
      )
      await refused(
        ada,
        changed(query => query.delete('state')),
        unfit,
      )
      await refused(
        ada,
        changed(query => query.append('state', 'another')),
        unfit,
      )
      await refused(
        ada,
        changed(query => query.set('iss', 'https://evil.example')),
        unfit,
      )
      await refused(
        ada,
        changed(query => query.delete('iss')),
        unfit,
      )
      await refused(
        ada,
        changed(query => query.set('code', 'another')),
        unfit,
      )
      await refused(
        ada,
        changed(query => query.delete('code')),
        /./,
      )
      await refused(
        ada,
        changed(query => query.set('error', 'login_required')),
        /refused the sign-in \(login_required\)/,
      )
      await refused(ada, `${here.app.url}/sign-in/callback`, unfit)
      expect((await ada.go(callback.href)).url).to.equal(home())
    })

    for (const [what, parameter] of [
      ['an ID token for another question', 'nonce'],
      ['a code that another asked for', 'code_challenge'],
    ] as const) {
      it(what, async () => {
        const ada = new Person()
        const url = await asked(ada)
        url.searchParams.set(parameter, 'A'.repeat(43))
        await refused(ada, await toCallback(ada, 'ada', url.href), unfit)
      })
    }

    it('an address that nobody has verified, as long as nobody has', async () => {
      const { orgId } = here.app.owner.member
      const invited = await addMember(here.app.ground, { orgId, email: 'kim@acme.example', role: 'owner' })
      const { id } = await here.app.publish('<title>For Lea</title>')
      const pending = [{ email: 'lea@acme.example', role: 'viewer' }]
      const sharing = { audience: 'people', people: pending, groups: [], version: 'latest' }
      const path = `/api/v1/artifacts/${id}/sharing`
      await here.app.request(path, { method: 'PUT', token: here.app.owner.token, json: sharing })
      for (const login of ['kim', 'lea']) {
        const said = { email: `${login}@acme.example`, name: login, org: 'acme' }
        for (const email_verified of [false, undefined, 'no', 1]) {
          await here.provider.knows({ [login]: { ...said, email_verified } })
          await refused(new Person(), await toCallback(new Person(), login), notBegun)
          const page = saidOn(await new Person().signIn(home(), login))
          expect(page.why).to.match(new RegExp(`^Nobody has shown yet that ${said.email} is yours`))
        }
      }
      const before = (await (await here.app.request(path, { token: here.app.owner.token })).json()) as Sharing
      expect(before.people).to.deep.include({ ...pending[0], name: 'lea@acme.example', pending: true })

      await here.provider.knows({ lea: { email: 'lea@acme.example', email_verified: true, name: 'Lea', org: 'acme' } })
      await here.provider.knows({
        kim: { email: 'KIM@acme.example', email_verified: 'true', name: 'Kim', org: 'acme' },
      })
      const [kim, lea] = [new Person(), new Person()]
      await kim.signIn(home(), 'kim')
      await lea.signIn(home(), 'lea')
      expect((await me(kim)).member).to.include({ id: invited.id, role: 'owner', name: 'Kim' })
      const seen = await here.app.request(`/api/v1/artifacts/${id}`, { cookie: lea.cookie(home()) })
      expect(seen.status).to.equal(200)
      const after = (await (await here.app.request(path, { token: here.app.owner.token })).json()) as Sharing
      expect(after.people).to.deep.include({ ...pending[0], name: 'Lea', pending: false })
    })

    it('another person under a member’s address', async () => {
      await here.provider.knows({ ada2: { email: 'ada@acme.example', email_verified: true, org: 'acme' } })
      await new Person().signIn(home(), 'ada')
      const page = saidOn(await new Person().signIn(home(), 'ada2'))
      expect(page).to.include({ status: 403, title: 'You are not let in' })
      expect(page.why).to.match(/^The address ada@acme.example is another member's here/)
    })

    it('who was removed, until they are made a member anew', async () => {
      await here.provider.knows({ max: { email: 'max@acme.example', email_verified: true, name: 'Max', org: 'acme' } })
      const max = new Person()
      await max.signIn(home(), 'max')
      const member = await memberOf(max)
      await removeMember(here.app.ground, member)
      expect(await isIn(max)).to.equal(false)
      for (const who of [max, new Person()]) {
        const page = saidOn(await who.signIn(home(), 'max'))
        expect(page).to.include({ status: 403, why: 'You are no longer a member of this organisation.' })
        expect(await isIn(who)).to.equal(false)
      }
      const again = await addMember(here.app.ground, { orgId: member.orgId, email: member.email, role: 'member' })
      await max.signIn(home(), 'max')
      expect((await me(max)).member.id)
        .to.equal(again.id)
        .and.not.equal(member.id)
    })

    it('who does not say by which address they go', async () => {
      await here.provider.knows({ nobody: { org: 'acme' }, odd: { email: 'not an address', org: 'acme' } })
      for (const login of ['nobody', 'odd']) {
        const page = saidOn(await new Person().signIn(home(), login))
        expect(page).to.include({ status: 400, title: 'You are not signed in' })
        expect(page.why).to.match(/did not say enough about you: an e-mail address is needed/)
      }
    })
  })

  it('goes nowhere else afterwards', async () => {
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      `/${'x'.repeat(limits.nextChars)}`,
    ]) {
      const ada = new Person()
      const { url } = await ada.signIn(`${here.app.url}/sign-in/start?next=${encodeURIComponent(next)}`, 'ada')
      expect(url, next).to.equal(home())
    }
  })

  it('puts another session in place of the browser’s own, which is then over', async () => {
    const ada = new Person()
    await ada.signIn(home(), 'ada')
    const before = ada.cookie(home())
    await ada.signIn(`${here.app.url}/sign-in/start?anew`, 'ben')
    expect((await me(ada)).member.name).to.equal('Ben')
    expect((await here.app.request('/api/v1/me', { cookie: before })).status).to.equal(401)
  })

  it('is left for a page that does not lead back in by itself', async () => {
    const ada = new Person()
    await ada.signIn(home(), 'ada')
    await here.app.request('/api/v1/session', { method: 'DELETE', cookie: ada.cookie(home()) })
    const { text, way } = await ada.go(`${here.app.url}/sign-in`)
    expect(way).to.have.length(1)
    expect(text).to.contain(`href="/sign-in/start?next=%2F">Sign in with ${here.provider.name}</a>`)
    expect((await ada.go(home())).url).to.equal(home())
  })

  it('stands beside the one-time link', async () => {
    const cookie = await here.app.signIn(here.app.owner.member)
    expect(((await (await here.app.request('/api/v1/me', { cookie })).json()) as Me).member.role).to.equal('owner')
  })

  it('goes on while the provider’s keys change', async () => {
    const [ada, ben] = [new Person(), new Person()]
    await ada.signIn(home(), 'ada')
    await here.provider.rotateKeys()
    expect(await isIn(ada)).to.equal(true)
    await ben.signIn(home(), 'ben')
    expect(await isIn(ben)).to.equal(true)
  })

  it('ends after a month, and is then asked for again', async () => {
    const ada = new Person()
    await ada.signIn(home(), 'ada')
    ahead = limits.session - 60_000
    expect((await ada.go(home())).way).to.have.length(1)
    ahead = limits.session + 60_000
    expect(await isIn(ada)).to.equal(false)
    const { way, url } = await ada.go(`${here.app.url}/a/cart_1`)
    expect(way[1]).to.equal(`${here.app.url}/sign-in/start?next=%2Fa%2Fcart_1`)
    expect(url).to.equal(`${here.app.url}/a/cart_1`)
  })

  describe('without its provider', () => {
    const isUnavailable = (walk: Walk) => {
      const page = saidOn(walk)
      expect(page).to.deep.equal({
        status: 502,
        title: 'You are not signed in',
        why: `${here.provider.name} could not sign you in just now. Try again in a moment.`,
        ways: ['/sign-in/start?next=%2F', '/sign-in/start?anew&next=%2F'],
      })
    }
    afterEach(async () => {
      await here.provider.feels('well')
    })

    it('starts, says so to who comes, and signs in as soon as it is back', async () => {
      await here.provider.stop()
      await here.app.restart()
      const ada = new Person()
      isUnavailable(await ada.go(home()))
      await here.provider.start()
      await here.provider.feels('failing')
      isUnavailable(await ada.go(home()))
      await here.provider.feels('well')
      expect((await ada.signIn(home(), 'ada')).url).to.equal(home())
    })

    it('says so when it fails on the way', async () => {
      const ada = new Person()
      const callback = await toCallback(ada, 'ada')
      await here.provider.feels('failing')
      isUnavailable(await ada.go(callback))
      await here.provider.stop()
      isUnavailable(await ada.go(callback))
      await here.provider.start()
    })

    it('waits for it no longer than it said it would', async () => {
      const ada = new Person()
      const callback = await toCallback(ada, 'ada')
      await here.provider.feels('silent')
      isUnavailable(await ada.go(callback))
    })

    it('leaves in peace who is signed in', async () => {
      const ada = new Person()
      await ada.signIn(home(), 'ada')
      await here.provider.stop()
      for (const minutes of [5, 10, 16, 60]) {
        ahead = minutes * 60_000
        expect((await ada.go(home())).answer.status).to.equal(200)
      }
      await here.provider.start()
    })
  })
})
