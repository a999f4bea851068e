import { expect } from 'chai'
import fc from 'fast-check'
import { tabIcon } from '../../client/viewer/tab-icon.ts'

const svg = (icon: string): string => decodeURIComponent(tabIcon(icon).slice('data:image/svg+xml,'.length))

describe("The tab's icon", () => {
  it('holds the emoji, whatever it is joined from', () => {
    for (const icon of ['📈', '👩🏽‍🚀', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '#️⃣']) expect(svg(icon)).to.contain(`>${icon}</text>`)
  })

  it('stays one text element, whatever the publisher wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), icon => {
        expect(svg(icon)).to.match(/^<svg [^<>]*><text [^<>]*>[^<>]*<\/text><\/svg>$/)
        expect(svg(icon)).not.to.match(/[\p{Cc}\p{Cs}]/u)
      }),
    )
  })
})
