import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { Problem } from '../../shared/api.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import { newId } from '../../shared/ids.ts'
import { limits, MiB } from '../../shared/limits.ts'
import { type Sent, startTestApp, type TestApp } from '../app.ts'
import { type Answer, onTheWire, problemOf } from './wire.ts'

/** Quickly: the bombs of these tests are large before they are small. */
const brotli = (bytes: Uint8Array): Uint8Array =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
const gzip = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 1 })

const sizes = '16 MiB (16777216 bytes)'

describe('what bad input gets over HTTP', () => {
  let app: TestApp
  before(async () => {
    app = await startTestApp()
  })
  after(() => app.close())

  const publish = (sent: Sent, query = '') =>
    app.request(`/api/v1/artifacts${query}`, {
      method: 'POST',
      token: app.owner.token,
      ...sent,
      headers: { 'Content-Type': 'text/html', ...sent.headers },
    })
  const pages = async (): Promise<number> => {
    const answer = await app.request('/api/v1/artifacts', { token: app.owner.token })
    return ((await answer.json()) as { artifacts: unknown[] }).artifacts.length
  }
  const bearer = (more: Record<string, string | number>) => ({
    Authorization: `Bearer ${app.owner.token}`,
    'Content-Type': 'text/html',
    ...more,
  })

  async function refused(answer: Promise<Response>, status: number, code: ErrorCode, sentence: RegExp | string) {
    const got = await answer
    const problem = await problemOf(got)
    expect({ status: got.status, code: problem.code }, problem.detail).to.deep.equal({ status, code })
    if (typeof sentence === 'string') expect(problem.detail).to.equal(sentence)
    else expect(problem.detail).to.match(sentence)
    return { answer: got, problem }
  }

  function refusedOnTheWire({ status, headers, body }: Answer, code: ErrorCode): Problem {
    const problem = JSON.parse(body) as Problem
    expect(headers['content-type']).to.match(/^application\/problem\+json/)
    expect(problem).to.include({ status, code })
    return problem
  }

  afterEach('nothing is half-kept', async () => expect(await pages()).to.equal(0))

  describe('a page that is too large', () => {
    it('is refused at once when its size was declared, with both sizes', async () => {
      const answer = await onTheWire(
        app,
        '/api/v1/artifacts',
        { headers: bearer({ 'Content-Length': 17 * MiB }) },
        () => {},
      )
      expect(answer.status).to.equal(413)
      const problem = refusedOnTheWire(answer, 'page_too_large')
      expect(problem).to.include({ size: 17 * MiB, limit: limits.sourceBytes })
      expect(problem.detail).to.equal(`The page has ${17 * MiB} bytes; ${sizes} are allowed. Make it smaller.`)
    })

    it('is refused one byte over the limit, to a sender that sends it all', async () => {
      const body = new Uint8Array(limits.sourceBytes + 1).fill(0x2e)
      const { problem } = await refused(publish({ body }), 413, 'page_too_large', /16777217 bytes/)
      expect(problem).to.include({ size: 16 * MiB + 1, limit: 16 * MiB })
    })

    it('is cut off at the limit when its size was not declared', async () => {
      let sent = 0
      const answer = await onTheWire(
        app,
        '/api/v1/artifacts',
        { headers: bearer({ 'Transfer-Encoding': 'chunked' }) },
        body => {
          const chunk = new Uint8Array(MiB).fill(0x2e)
          for (; sent < 20; sent++) body.write(chunk)
        },
      )
      expect(answer.status).to.equal(413)
      const problem = refusedOnTheWire(answer, 'page_too_large')
      expect(problem).to.include({ limit: limits.sourceBytes }).and.not.have.property('size')
      expect(problem.detail).to.equal(`The page has more than the ${sizes} that are allowed. Make it smaller.`)
    })

    for (const [encoding, compress] of [
      ['gzip', gzip],
      ['br', brotli],
    ] as const) {
      it(`is refused when it is one byte over once ${encoding} is taken off`, async () => {
        const body = new Uint8Array(compress(Buffer.alloc(limits.sourceBytes + 1, '.')))
        await refused(
          publish({ headers: { 'Content-Encoding': encoding }, body }),
          413,
          'page_too_large',
          /more than the 16 MiB/,
        )
      })

      it(`is refused when it is a ${encoding} bomb`, async () => {
        const body = new Uint8Array(compress(Buffer.alloc(256 * MiB)))
        await refused(
          publish({ headers: { 'Content-Encoding': encoding }, body }),
          413,
          'page_too_large',
          /more than the 16 MiB/,
        )
      })

      it(`is refused at once when its ${encoding} size is over the limit`, async () => {
        const headers = bearer({ 'Content-Length': 17 * MiB, 'Content-Encoding': encoding })
        const answer = await onTheWire(app, '/api/v1/artifacts', { headers }, () => {})
        expect(refusedOnTheWire(answer, 'page_too_large').size).to.equal(17 * MiB)
      })
    }

    it('is refused when only what is rendered from it is over the limit, with both sizes', async () => {
      const body = '.'.repeat(limits.sourceBytes)
      const { problem } = await refused(publish({ body }), 413, 'page_too_large', /^Rendered, the page has \d+ bytes/)
      expect(problem.size).to.be.greaterThan(limits.pageBytes)
    })
  })

  describe('a page of the wrong kind', () => {
    for (const type of ['text/plain', 'application/json', 'image/png', 'text/html; charset=latin1', '']) {
      it(`is refused as ${type || 'nothing'}`, () =>
        refused(
          publish({ headers: { 'Content-Type': type }, body: '<p>' }),
          415,
          'unsupported_type',
          /^A page is HTML or Markdown in UTF-8/,
        ))
    }

    it('is refused in another Content-Encoding', () =>
      refused(
        publish({ headers: { 'Content-Encoding': 'zstd' }, body: '<p>' }),
        415,
        'unsupported_encoding',
        /gzip or br/,
      ))

    it('is refused when it is not in the encoding that it says', () =>
      refused(publish({ headers: { 'Content-Encoding': 'gzip' }, body: '<p>plain' }), 400, 'bad_encoding', /\(gzip\)/))

    it('is refused when it is not UTF-8', () =>
      refused(publish({ body: new Uint8Array([0x3c, 0x70, 0x3e, 0xe9]) }), 422, 'not_utf8', /not valid UTF-8/))

    for (const body of ['', ' \n ']) {
      it(`is refused when it is ${body ? 'blank' : 'empty'}`, () =>
        refused(publish({ body }), 422, 'empty_page', /empty/))
    }
  })

  describe('a request that says something impossible', () => {
    const bad: Record<string, [string, RegExp]> = {
      'an icon that is no emoji': ['?icon=X', /exactly one emoji/],
      'an icon of two emoji': [`?icon=${encodeURIComponent('📈📉')}`, /exactly one emoji/],
      'an empty title': ['?title=', /^"title": This must not be empty\.$/],
      'a title beyond the limit': [
        `?title=${'x'.repeat(limits.titleChars + 1)}`,
        /^"title": This may have 200 characters at most\.$/,
      ],
      'a title with a control character': [`?title=${encodeURIComponent('a\u0000b')}`, /^"title": Leave out control/],
      'a title of two lines': ['?title=a%0Ab', /^"title": Leave out control/],
      'a title that turns its direction': [
        `?title=${encodeURIComponent('report\u202egpj.exe')}`,
        /^"title": Leave out/,
      ],
      'a description with an escape': ['?description=a%1Bb', /^"description": Leave out/],
      'a note with a C1 control character': [`?note=${encodeURIComponent('a\u009bb')}`, /^"note": Leave out/],
      'provenance with an isolate': [`?host=${encodeURIComponent('a\u2066b')}`, /^"host": Leave out/],
      'a title twice': ['?title=a&title=b', /^"title": This must be text, given once\.$/],
      'what is no part of it': ['?titel=a&tool=x', /^There is nothing called "titel" here\.$/],
    }
    for (const [what, [query, sentence]] of Object.entries(bad)) {
      it(`is refused: ${what}`, () => refused(publish({ body: '<p>' }, query), 400, 'invalid_request', sentence))
    }

    it('is refused: an If-Match or Idempotency-Key that is not well-formed', async () => {
      const path = `/api/v1/artifacts/${newId('artifact', () => new Uint8Array(32))}/versions`
      const post = (headers: Record<string, string>) =>
        app.request(path, {
          method: 'POST',
          token: app.owner.token,
          headers: { 'Content-Type': 'text/html', ...headers },
          body: '<p>',
        })
      await refused(post({ 'If-Match': '3' }), 400, 'invalid_request', /If-Match: "3"/)
      await refused(post({ 'Idempotency-Key': 'two words' }), 400, 'invalid_request', /Idempotency-Key/)
    })

    it('is refused: a JSON body that is none, of another type, compressed, too large or of another shape', async () => {
      const post = (sent: Sent) => app.request('/api/v1/tokens', { method: 'POST', token: app.owner.token, ...sent })
      const json = { 'Content-Type': 'application/json' }
      await refused(post({ headers: json, body: '{' }), 400, 'invalid_request', 'The body is not JSON.')
      await refused(
        post({ headers: json, body: new Uint8Array([0x22, 0xff, 0x22]) }),
        400,
        'invalid_request',
        'The body is not JSON.',
      )
      await refused(post({ body: '{}' }), 415, 'unsupported_type', /Content-Type: application\/json/)
      const bomb = new Uint8Array(brotli(Buffer.alloc(64 * MiB)))
      await refused(
        post({ headers: { ...json, 'Content-Encoding': 'br' }, body: bomb }),
        415,
        'unsupported_encoding',
        /Content-Encoding/,
      )
      await refused(post({ headers: json, body: ' '.repeat(limits.jsonBytes + 1) }), 413, 'body_too_large', /65536/)
      await refused(
        post({ json: { name: 'x', scope: 'everything', expiresIn: 60 } }),
        400,
        'invalid_request',
        /^"scope": This must be one of publish, read, full\.$/,
      )
      await refused(
        post({ json: { name: 'CI\u0007', scope: 'full', expiresIn: 60 } }),
        400,
        'invalid_request',
        /^"name": Leave out/,
      )
      await refused(
        post({ json: { name: 'x', scope: 'full', expiresIn: 10 ** 12 } }),
        400,
        'invalid_request',
        /^"expiresIn": This may be 31622400 at most\.$/,
      )
    })

    it('is refused: JSON with something missing, of another kind, or too small', async () => {
      const fields = { name: 'x', scope: 'full', expiresIn: 60 }
      const faults: [unknown, string][] = [
        [{ ...fields, name: undefined }, '"name": This is needed.'],
        [{ ...fields, expiresIn: '60' }, '"expiresIn": This must be a whole number.'],
        [{ ...fields, expiresIn: 0 }, '"expiresIn": This must be greater than 0.'],
        [[], 'This must be a JSON object.'],
      ]
      for (const [json, sentence] of faults) {
        const answer = app.request('/api/v1/tokens', { method: 'POST', token: app.owner.token, json })
        await refused(answer, 400, 'invalid_request', sentence)
      }
      for (const limit of ['0', 'many', '1.5']) {
        const answer = app.request(`/api/v1/artifacts?limit=${limit}`, { token: app.owner.token })
        await refused(answer, 400, 'invalid_request', /^"limit": This must be /)
      }
    })

    it('is refused: an address that is not well-formed', () =>
      refused(app.request('/api/v1/artifacts/%ff', { token: app.owner.token }), 400, 'invalid_request', /well-formed/))
  })

  it('an unknown address of the API is not found', () =>
    refused(app.request('/api/v1/nothing', { token: app.owner.token }), 404, 'not_found', /nothing at this address/))

  it('a method that is not done here gets 405 and those that are', async () => {
    const put = app.request('/api/v1/artifacts', { method: 'PUT', token: app.owner.token })
    const { answer } = await refused(put, 405, 'method_not_allowed', 'PUT is not done here. What is: GET, POST, HEAD.')
    expect(answer.headers.get('Allow')).to.equal('GET, POST, HEAD')
  })

  it('without any credential gets 401 and the scheme', async () => {
    const { answer } = await refused(app.request('/api/v1/me'), 401, 'not_signed_in', /^Sign in first/)
    expect(answer.headers.get('WWW-Authenticate')).to.equal('Bearer realm="Galley"')
  })
})

describe('a body that does not arrive', () => {
  let app: TestApp
  before(async () => {
    app = await startTestApp({ deadlines: { upload: 200, json: 60_000 } })
  })
  after(() => app.close())

  const headers = () => ({ Authorization: `Bearer ${app.owner.token}`, 'Content-Type': 'text/html' })

  it('is given up after the deadline, dribbling or not', async () => {
    const answer = await onTheWire(
      app,
      '/api/v1/artifacts',
      { headers: { ...headers(), 'Content-Length': 1000 } },
      body => {
        const dribble = setInterval(() => body.write('.'), 20)
        setTimeout(() => clearInterval(dribble), 1000).unref()
      },
    )
    expect(answer.status).to.equal(408)
    expect(JSON.parse(answer.body)).to.include({
      code: 'too_slow',
      detail: 'The body did not arrive within 0.2 seconds. Send it again.',
    })
  })

  it('costs nothing more once the sender has hung up', async () => {
    const started = onTheWire(app, '/api/v1/artifacts', { headers: { ...headers(), 'Content-Length': 1000 } }, body => {
      body.write('half of it')
      setTimeout(() => (body as unknown as { destroy(): void }).destroy(), 50)
    })
    const end = await started.catch((error: Error) => error.message)
    expect(end).to.equal('socket hang up')
    expect((await app.request('/healthz')).status).to.equal(200)
  })
})
