import { expect } from 'chai'
import { isDocument, wrapFragment, wrapMarkdown } from '../../server/render/shell.ts'
import { titleOf } from '../../server/render/title.ts'

describe('the shell', () => {
  it('keeps what is a document already', () => {
    const documents = [
      '<!doctype html><p>x',
      '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">',
      '\uFEFF\n <!-- made by hand -->\n<html lang="en">',
      '<?xml version="1.0"?><!-- x --><!-- y --><HTML>',
      '<head><title>x</title>',
      '<body class="a">',
      `${' '.repeat(10_000)}<html>`,
    ]
    for (const html of documents) expect(isDocument(html), html.slice(0, 30)).to.equal(true)
  })

  it('knows a fragment from it', () => {
    for (const html of ['<h1>x</h1>', 'text', '<header>x', '<bodyguard>', '<!-- never closed <html>', '', '<htmlx>']) {
      expect(isDocument(html), html).to.equal(false)
    }
  })

  it('makes a fragment a whole document, with its title safe', () => {
    const html = wrapFragment('<p id="mine">x</p>', { title: 'A </title><script>x & y' })
    expect(html).to.match(/^<!doctype html>\n<html lang="en">/)
    expect(html)
      .to.contain('<meta charset="utf-8">')
      .and.contain('width=device-width')
      .and.contain('<p id="mine">x</p>')
    expect(titleOf(html)).to.equal('A </title><script>x & y')
    expect(html.match(/<script/g)).to.equal(null)
  })

  /** WCAG 2.2, relative luminance. */
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map(at => {
      const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: string, b: string): number => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }

  it('has text of enough contrast in Markdown, light and dark', () => {
    const css = wrapMarkdown('', { title: 'x' })
    const schemes = [...css.matchAll(/:root \{[^}]*--ground[^}]*\}/g)].map(
      ([block]) =>
        new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name = '', hex = '']) => [name, hex])),
    )
    const [light, dark] = schemes
    for (const scheme of [light, dark]) {
      const texts = [...(scheme ?? [])].filter(([name]) => !['ground', 'raised', 'line', 'mark'].includes(name))
      expect(texts.length).to.be.above(14)
      for (const [name, colour] of texts) {
        for (const ground of ['ground', 'raised']) {
          expect(contrast(colour, scheme?.get(ground) ?? ''), `${name} on ${ground}`).to.be.at.least(4.5)
        }
      }
      expect(contrast(scheme?.get('text') ?? '', scheme?.get('mark') ?? '')).to.be.at.least(4.5)
    }
  })
})
