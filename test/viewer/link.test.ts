import { expect } from 'chai'
import fc from 'fast-check'
import { outLink, shortened } from '../../client/viewer/link.ts'
import { limits } from '../../shared/limits.ts'

describe('A link out of the page', () => {
  it('shows the whole host, with its port', () => {
    expect(outLink('https://docs.example:8443/a?b#c')).to.deep.equal({
      kind: 'web',
      url: 'https://docs.example:8443/a?b#c',
      target: 'docs.example:8443',
    })
  })

  it('shows a host of look-alike letters in punycode', () => {
    expect(outLink('https://аррӏе.com/')?.target).to.equal('xn--80ak6aa92e.com')
  })

  it('takes off a user name that reads like another host', () => {
    expect(outLink('https://bank.example:pw@evil.example/')).to.include({
      target: 'evil.example',
      url: 'https://evil.example/',
    })
  })

  it('shows to whom a message would go', () => {
    expect(outLink('mailto:ops@example.com?subject=Hi')).to.include({ kind: 'mail', target: 'ops@example.com' })
  })

  it('offers no other scheme, no relative link and nothing longer than the limit', () => {
    const refused = [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      ' \tjava\nscript:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'blob:https://galley.example/1',
      'file:///etc/passwd',
      'ftp://example.com/',
      'view-source:https://example.com',
      'ms-settings:',
      'x',
      '/a/b',
      '//example.com',
      '#part',
      '',
      `https://example.com/${'x'.repeat(limits.linkChars)}`,
    ]
    for (const url of refused) expect(outLink(url), url).to.equal(undefined)
  })

  it('is plain ASCII without controls, and opens nothing but what was shown', () => {
    const raw = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.constantFrom('http://', 'https://', 'mailto:', 'HTTP:\\\\'), fc.string({ unit: 'binary' }))
        .map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(raw, given => {
        const link = outLink(given)
        if (link === undefined) return
        expect(link.url).to.match(/^(https?|mailto):[\x20-\x7e]*$/)
        expect(link.target).to.match(/^[\x20-\x7e]*$/)
        const url = new URL(link.url)
        expect(link.kind === 'web' ? url.host : url.pathname).to.equal(link.target)
        expect(url.username + url.password).to.equal('')
      }),
      { numRuns: 2000 },
    )
  })

  it('loses its middle when it is long, never its beginning', () => {
    fc.assert(
      fc.property(fc.webUrl({ size: 'xlarge' }), url => {
        const short = shortened(url)
        expect(short.length).to.be.at.most(280)
        expect(short.startsWith(url.slice(0, 200))).to.equal(true)
      }),
    )
  })
})
