import { createHash } from 'node:crypto'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { contentHandler, documentVersion } from '../../server/http/content.ts'

const appOrigin = 'https://galley.example'
const frame = '<!doctype html><title>Page</title><script>bridge()</script>'
const still = '<!doctype html><title>Page</title><script>draw()</script>'
const asFrame = { 'Sec-Fetch-Dest': 'iframe' }

describe('A content origin', () => {
  let server: Server
  let origin: string

  before(async () => {
    server = createServer(contentHandler({ appOrigin, frame, still }))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  after(() => {
    server.closeAllConnections()
    server.close()
  })

  /** Not `fetch`, which says a Sec-Fetch-Dest of its own. */
  const get = (path: string, headers: Record<string, string> = asFrame, method = 'GET') =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
      const sent = request(origin, { path, headers, method }, answer => {
        let body = ''
        answer.setEncoding('utf8').on('data', piece => {
          body += piece
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
      })
      sent.on('error', reject).end()
    })

  it('serves the frame, walled in', async () => {
    const { status, headers, body } = await get('/frame')
    expect({ status, body }).to.deep.equal({ status: 200, body: frame })
    expect(headers['content-security-policy']).to.equal(
      "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data:; style-src 'unsafe-inline' data: blob:; " +
        'img-src data: blob:; font-src data:; media-src data: blob:; worker-src blob:; connect-src data: blob:; ' +
        "base-uri 'none'; form-action 'none'; frame-ancestors https://galley.example; sandbox allow-scripts allow-forms; webrtc 'block'",
    )
    expect(headers).to.include({
      'connection-allowlist': '()',
      'x-dns-prefetch-control': 'off',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'origin-agent-cluster': '?1',
    })
    expect(headers).not.to.have.property('set-cookie')
    const granted = String(headers['permissions-policy'])
      .split(', ')
      .filter(feature => !feature.endsWith('=()'))
    expect(granted).to.deep.equal(['clipboard-write=*'])
  })

  it('serves the document of stills, in which its own script runs and no other', async () => {
    const { status, headers, body } = await get('/still')
    expect({ status, body }).to.deep.equal({ status: 200, body: still })
    const hash = createHash('sha256').update('draw()').digest('base64')
    expect(headers['content-security-policy']).to.equal(
      `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline' data:; img-src data:; font-src data:; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors https://galley.example; sandbox allow-scripts; webrtc 'block'",
    )
    expect(headers).to.include({ 'connection-allowlist': '()', 'x-dns-prefetch-control': 'off' })
    expect(headers).not.to.have.property('set-cookie')
    expect(String(headers['permissions-policy']).split(', ')).to.satisfy((all: string[]) =>
      all.every(feature => feature.endsWith('=()')),
    )
    expect((await get('/still', { 'Sec-Fetch-Dest': 'document' })).status).to.equal(404)
  })

  it('lets browsers keep this very frame for good, and asks them to check any other', async () => {
    const version = documentVersion(frame)
    const { headers } = await get(`/frame?v=${version}`)
    expect(headers['cache-control']).to.equal('public, max-age=31536000, immutable')
    expect(headers.vary).to.equal('Sec-Fetch-Dest')
    expect((await get('/frame?v=0123456789abcdef')).headers['cache-control']).to.equal('no-cache')
    const again = await get('/frame', { ...asFrame, 'If-None-Match': String(headers.etag) })
    expect({ status: again.status, body: again.body }).to.deep.equal({ status: 304, body: '' })
  })

  it('is not a page of its own, where the browser says what it loads', async () => {
    for (const destination of ['document', 'object', 'embed', 'empty', 'script']) {
      expect((await get('/frame', { 'Sec-Fetch-Dest': destination })).status).to.equal(404)
    }
    expect((await get('/frame', {})).status).to.equal(200)
  })

  it('has nothing else, and never leads elsewhere', async () => {
    for (const path of [
      '/',
      '/frame/',
      '//frame',
      '/frame/../frame',
      '/api/v1/me',
      '//[',
      '/frame%00',
      '/favicon.ico',
    ]) {
      const { status, headers } = await get(path)
      expect(status, path).to.equal(404)
      expect(headers, path).not.to.have.property('location')
    }
    expect((await get('/frame', asFrame, 'POST')).status).to.equal(404)
    expect(await get('/frame', asFrame, 'HEAD')).to.include({ status: 200, body: '' })
  })
})
