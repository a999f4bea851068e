import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const version = (body: string, head = '') =>
  `<!doctype html><html><head><meta charset="utf-8"><title>Page</title>${head}</head><body>${body}</body></html>`

/** Pages that do what no page should, and a viewer who is to notice nothing of it. */
describe('A viewer is shown the newest version', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: TestBrowser
  let stage: Stage | undefined

  const show = async (body: string, head?: string): Promise<Stage> => {
    stage = await openStage(app, browser, version(body, head))
    return stage
  }

  before(async () => {
    ;[app, browser] = await Promise.all([startTestApp(), openBrowser('chromium')])
  })
  afterEach(async () => {
    await stage?.close()
    stage = undefined
  })
  after(async () => {
    await browser?.close()
    await app?.close()
  })

  const odd: Record<string, string> = {
    'takes the animation frames away': '<script>window.requestAnimationFrame = undefined</script>',
    'takes the timers and the listeners away':
      '<script>window.setTimeout = window.addEventListener = document.addEventListener = undefined</script>',
    'stops its own loading': '<script>window.stop()</script>',
    'waits for itself for ever': '<script type="module">await new Promise(() => {})</script>',
    'writes itself anew': '<script>document.open();document.write("<p>anew");document.close()</script>',
    'has no root': '<script>document.documentElement.remove()</script>',
    'names its forms as the document its members': [
      ...['querySelectorAll', 'addEventListener', 'hidden', 'body', 'activeElement', 'documentElement'],
      ...['adoptedStyleSheets', 'elementFromPoint', 'write', 'close', 'hasFocus'],
    ]
      .map(name => `<form name="${name}"><input name="parentElement"><input name="matches"></form>`)
      .join(''),
    'has a hash that is no address': '<script>location.hash = "x".repeat(1_900_000)</script>',
  }
  for (const [what, body] of Object.entries(odd)) {
    it(`when a page ${what}`, async () => {
      const { update, frame } = await show('<p>first</p>')
      await update(version(`<p>odd</p>${body}`))
      await update(version('<p id="after">after</p>'))
      expect(await (await frame()).$('#after')).not.to.equal(null)
    })
  }

  it('whatever the version before hands on', async () => {
    const { update, frame } = await show(`<script>
      const post = MessagePort.prototype.postMessage
      MessagePort.prototype.postMessage = function (message, ...rest) {
        return post.call(this, message?.type === 'answer' ? { ...message, text: 'garbage' } : message, ...rest)
      }
      const stringify = JSON.stringify
      JSON.stringify = () => '{"hash":{},"local":{"a":{"toString":1}},"fields":7,"scrolled":{}}'
    </script>`)
    await update(version('<p id="fixed">fixed</p>'))
    await update(version('<p id="again">fixed again</p>'))
    expect(await (await frame()).$('#again')).not.to.equal(null)
  })

  it('of a page that reloads itself, again and again, and never an error in its place', async () => {
    const { page, frame, update } = await show(
      `<p id="stays">here</p><button onclick="localStorage.left = Number(localStorage.left ?? 0) + 1; location.reload()">Reload</button>`,
    )
    for (let times = 1; times <= 3; times++) {
      await (await frame()).click('button')
      await eventually(async () => {
        const inside = await frame()
        expect(await inside.$eval('#stays', element => element.textContent)).to.equal('here')
        expect(await inside.evaluate(() => localStorage.left)).to.equal(String(times))
      })
      expect(await page.$('.beside')).to.equal(null)
    }
    await update(version('<p id="next">next</p>'))
    expect(await (await frame()).$('#next')).not.to.equal(null)
  })

  it('and no refresh that the page asks for takes what they typed', async () => {
    const { page, frame } = await show(
      '<input id="typed"><textarea><meta http-equiv="refresh" content="1"></textarea>',
      '<meta charset="utf-8"><META content=1 HTTP-EQUIV=refresh>',
    )
    const sample = await (await frame()).$eval('textarea', field => field.value)
    expect(sample).to.equal('<meta http-equiv="refresh" content="1">')
    await (await frame()).click('#typed')
    await page.keyboard.type('kept')
    await new Promise(resolve => setTimeout(resolve, 2_000))
    expect(await (await frame()).$eval('#typed', field => (field as HTMLInputElement).value)).to.equal('kept')
  })

  it('with thousands of fields as they were, and what was typed', async () => {
    const rows = Array.from(
      { length: 4_600 },
      (_, n) => `<tr><td><input type="checkbox" ${n % 2 ? 'name="row"' : ''} value="${n}"></td><td>row ${n}</td></tr>`,
    ).join('')
    const body = (n: number) => `<h1>Version ${n}</h1><input id="typed"><button id="all" onclick="
      for (const box of document.querySelectorAll('[type=checkbox]')) box.checked = true">All</button><table>${rows}</table>`
    const { page, frame, update } = await show(body(1))
    await (await frame()).click('#typed')
    await page.keyboard.type('typed')
    await (await frame()).click('#all')
    await (await frame()).evaluate(() => scrollTo(0, 3000))
    await update(version(body(2)))
    const now = await (await frame()).evaluate(() => ({
      typed: document.querySelector<HTMLInputElement>('#typed')?.value,
      ticked: document.querySelectorAll(':checked').length,
      scrolled: scrollY,
    }))
    expect(now).to.deep.equal({ typed: 'typed', ticked: 4_600, scrolled: 3000 })
  })

  it('with what was typed where the page leaves its viewer hardly a moment', async () => {
    const body = (n: number) => `<h1>Version ${n}</h1><input id="typed"><script>
      setInterval(() => { for (const end = performance.now() + 1300; performance.now() < end; ); }, 1500)</script>`
    const { page, frame, update } = await show(body(1))
    await (await frame()).click('#typed')
    await page.keyboard.type('typed')
    await update(version(body(2)))
    expect(await (await frame()).$eval('#typed', field => (field as HTMLInputElement).value)).to.equal('typed')
  })

  it('with all that fits into its storage; what does not is refused as by a browser', async () => {
    const { frame, update } = await show(`<script>
      localStorage.setItem('small', 'kept')
      try { localStorage.setItem('large', 'x'.repeat(1_200_000)) } catch ({ name }) { sessionStorage.refused = name }
      localStorage.setItem('half', '\\n'.repeat(300_000))
      try { localStorage.more = '\\n'.repeat(300_000) } catch ({ name }) { sessionStorage.again = name }
      localStorage.removeItem('half')
      localStorage.half = '\\n'.repeat(400_000)
    </script>`)
    await update(version('<p>next</p>'))
    const stored = await (await frame()).evaluate(() => [
      { ...localStorage, half: localStorage.getItem('half')?.length },
      { ...sessionStorage },
    ])
    const name = 'QuotaExceededError'
    expect(stored).to.deep.equal([
      { small: 'kept', half: 400_000 },
      { refused: name, again: name },
    ])
  })
})
