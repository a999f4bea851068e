// Makes the pages of this folder: `node make.js OUT_DIR` in a scratch folder where the packages that README.md lists
// are installed. Not run by the tests, which read what it made. Each tool is run four times on an input that grows,
// as a job that publishes its report after every run would.
import { execSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { resolve } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const outDir = resolve(process.argv[2] ?? 'out')
const runs = [1, 2, 3, 4]

/** These tools exit 1 when what they report on has faults, which is what is wanted here. */
function run(command) {
  try {
    return execSync(`PATH="$PWD/node_modules/.bin:$PATH" ${command}`, { encoding: 'utf8', timeout: 120_000 })
  } catch (error) {
    return error.stdout
  }
}

const library = path => readFileSync(`node_modules/${path}`, 'utf8').replace(/<\/script/g, '<\\/script')
const script = path => `<script>${library(path)}</script>`
const range = (length, make) => Array.from({ length }, (_, i) => make(i))
const page = (title, head, body) =>
  `<!doctype html><html><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${body}</body></html>`

/** A small program that imports more of lodash at each run. */
function writeProgram(n) {
  const modules = { alpha: 'map', beta: 'groupBy', gamma: 'debounce', delta: 'merge', epsilon: 'chunk', zeta: 'zip' }
  const names = Object.keys(modules).slice(0, 2 + n)
  mkdirSync('src', { recursive: true })
  for (const name of names) {
    writeFileSync(
      `src/${name}.js`,
      `import { ${modules[name]} as f } from 'lodash-es'
export function ${name}(a) { var unused${n} = 1
  if (a == ${n}) { return f(a) }
  return a }
`,
    )
  }
  const imports = names.map(name => `import { ${name} } from './${name}.js'`).join('\n')
  writeFileSync('src/index.js', `${imports}\nconsole.log(${names.map(name => `${name}(${n})`).join(', ')})\n`)
}

async function webpack(options) {
  const { default: pack } = await import('webpack')
  const output = { path: resolve('build') }
  await new Promise((done, fail) =>
    pack({ mode: 'production', entry: './src/index.js', output, ...options }, error => (error ? fail(error) : done())),
  )
}

const makers = {
  async 'webpack-bundle-analyzer'(n, out) {
    writeProgram(n)
    const { BundleAnalyzerPlugin } = (await import('webpack-bundle-analyzer')).default
    const options = { analyzerMode: 'static', openAnalyzer: false, reportFilename: out, logLevel: 'error' }
    await webpack({ plugins: [new BundleAnalyzerPlugin(options)] })
    await new Promise(done => setTimeout(done, 1500))
  },

  async 'rollup-plugin-visualizer'(n, out) {
    writeProgram(n)
    const { rollup } = await import('rollup')
    const { visualizer } = await import('rollup-plugin-visualizer')
    const lodash = { name: 'lodash', resolveId: id => (id === 'lodash-es' ? resolve('node_modules/lodash-es/lodash.js') : null) }
    const bundle = await rollup({ input: 'src/index.js', plugins: [lodash, visualizer({ filename: out })] })
    await bundle.write({ file: 'build/rollup.js' })
  },

  async 'source-map-explorer'(n, out) {
    writeProgram(n)
    await webpack({ devtool: 'source-map' })
    run(`source-map-explorer build/main.js --html ${out} --no-border-checks`)
  },

  eslint(n, out) {
    writeProgram(n)
    const rules = `{ 'no-unused-vars': 2, eqeqeq: 1, 'no-var': 2, 'prefer-const': 1, 'no-console': 1 }`
    writeFileSync('eslint.config.mjs', `export default [{ rules: ${rules} }]`)
    run(`eslint -f html -o ${out} src`)
  },

  'dependency-cruiser'(n, out) {
    writeProgram(n)
    const forbidden = [
      { name: 'no-lodash', severity: 'warn', from: {}, to: { path: 'lodash' } },
      { name: 'not-these', severity: 'error', from: {}, to: { path: 'src/(epsilon|delta|zeta)' } },
    ]
    writeFileSync('cruiser.json', JSON.stringify({ forbidden, options: { doNotFollow: { path: 'node_modules' } } }))
    writeFileSync(out, run('depcruise --config cruiser.json --output-type err-html src'))
  },

  mochawesome(n, out) {
    const cases = range(10 * n, i => `it('case ${i}', () => { if (${i} % 7 === ${n}) throw new Error('boom ${i}') })`)
    writeFileSync('deploys.spec.cjs', `describe('Deploys', () => { ${cases.join('\n')} })`)
    const options = 'reportDir=report,reportFilename=mochawesome,inlineAssets=true,quiet=true,json=false,charts=true'
    run(`mocha deploys.spec.cjs --reporter mochawesome --reporter-options ${options}`)
    copyFileSync('report/mochawesome.html', out)
  },

  cucumber(n, out) {
    const scenarios = range(
      3 * n,
      i => `  Scenario: number ${i}
    Given a service ${i}
    When it is deployed ${i % (n + 1)} times
    Then it is up
`,
    )
    writeFileSync('deploys.feature', `Feature: Deploying\n${scenarios.join('\n')}`)
    writeFileSync(
      'steps.cjs',
      `const { Given, When, Then } = require('@cucumber/cucumber')
Given('a service {int}', () => {})
When('it is deployed {int} times', times => { if (times === ${n}) throw new Error('refused') })
Then('it is up', () => {})
`,
    )
    run(`cucumber-js deploys.feature --require steps.cjs --format html:${out}`)
  },

  playwright(n, out) {
    mkdirSync('specs', { recursive: true })
    writeFileSync(
      'specs/deploys.spec.mjs',
      `import { test, expect } from '@playwright/test'
for (let i = 0; i < ${8 * n}; i++) test('case ' + i, async () => {
  await test.step('step one', async () => {})
  expect(i % 9).not.toBe(${n})
})
`,
    )
    const reporter = `[['html', { open: 'never', outputFolder: 'report' }]]`
    writeFileSync('playwright.config.mjs', `export default { testDir: 'specs', workers: 1, reporter: ${reporter} }`)
    run('playwright test')
    copyFileSync('report/index.html', out)
  },

  marp(n, out) {
    const slides = range(4 + n, i => `## Slide ${i}\n\n- point one of ${n}\n- point two\n\n\`\`\`js\nconst a = ${i * n}\n\`\`\`\n`)
    writeFileSync('deck.md', `---\nmarp: true\ntheme: gaia\n---\n# Deck ${n}\n\nA live deck\n\n---\n${slides.join('\n---\n')}`)
    run(`marp deck.md --html -o ${out}`)
  },

  markmap(n, out) {
    const areas = range(3 + n, i => `## Area ${i}\n- item ${i}a\n  - part ${n}\n- item ${i}b`)
    writeFileSync('map.md', `# Plan ${n}\n${areas.join('\n')}`)
    run(`markmap --offline --no-open map.md -o ${out}`)
  },

  '0x'(n, out) {
    writeFileSync(
      'busy.cjs',
      `function fib(x) { return x < 2 ? x : fib(x - 1) + fib(x - 2) }
function work${n}() { for (let i = 0; i < ${n * 3}; i++) fib(27) }
work${n}()
const kept = []
for (let i = 0; i < ${n}e5; i++) kept.push(JSON.stringify({ i }))
`,
    )
    rmSync('flame', { recursive: true, force: true })
    run('0x -o false -D flame busy.cjs')
    copyFileSync('flame/flamegraph.html', out)
  },

  redoc(n, out) {
    const paths = range(n + 2, i => `  /thing${i}:\n    get: { summary: Get thing ${i}, responses: { '200': { description: ok } } }`)
    writeFileSync('api.yaml', `openapi: 3.0.0\ninfo: { title: API ${n}, version: '${n}' }\npaths:\n${paths.join('\n')}`)
    run(`redocly build-docs api.yaml -o ${out}`)
  },

  async lighthouse(n, out) {
    const body = `<h1>Page ${n}</h1>${'<img src=/x.png><p style="color:#ccc">faint</p><a href="/b">here</a>'.repeat(n)}`
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Page ${n}</title>${body}`)
    }).listen(0)
    const flags = '--chrome-flags=--headless --no-sandbox --disable-gpu --disable-background-networking'
    const url = `http://localhost:${server.address().port}/`
    const child = spawn('node_modules/.bin/lighthouse', [url, '--output=html', `--output-path=${out}`, '--quiet', flags])
    await new Promise(done => child.on('exit', done))
    server.close()
  },

  revealjs(n, out) {
    const theme = library('reveal.js/dist/theme/black.css').replace(/@import[^;]*;/g, '')
    const style = `<style>${library('reveal.js/dist/reveal.css')}</style><style>${theme.replace(/url\([^)]*\)/g, 'none')}</style>`
    const slides = range(
      4 + n,
      i => `<section id="s${i}"><h2>Slide ${i} of deck ${n}</h2><p class="fragment">revealed</p><p class="fragment">again</p></section>`,
    )
    const start = '<script>Reveal.initialize({ hash: true, controls: true, progress: true })</script>'
    const deck = `<div class="reveal"><div class="slides">${slides.join('')}</div></div>`
    writeFileSync(out, page(`Deck ${n}`, style, deck + script('reveal.js/dist/reveal.js') + start))
  },

  vega(n, out) {
    const spec = {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      title: `Failures, run ${n}`,
      width: 400,
      data: { values: range(6 + n, i => ({ day: `D${i}`, fails: ((i * 7 * n) % 23) + 1 })) },
      params: [{ name: 'top', value: 5 * n, bind: { input: 'range', min: 1, max: 40 } }],
      mark: { type: 'bar', tooltip: true },
      encoding: {
        x: { field: 'day', type: 'nominal' },
        y: { field: 'fails', type: 'quantitative' },
        color: { condition: { test: 'datum.fails > top', value: 'crimson' }, value: 'steelblue' },
      },
    }
    const libraries = ['vega/build/vega.min.js', 'vega-lite/build/vega-lite.min.js', 'vega-embed/build/vega-embed.min.js']
    const body = `<h1>Failures ${n}</h1><div id="vis"></div><script>vegaEmbed('#vis', ${JSON.stringify(spec)})</script>`
    writeFileSync(out, page(`Vega ${n}`, libraries.map(script).join(''), body))
  },

  mermaid(n, out) {
    const steps = range(3 + n, i => `  S${i}[Step ${i}] --> S${i + 1}[Step ${i + 1}]`).join('\n')
    const talk = `sequenceDiagram\n  Alice->>Bob: hello ${n}\n  Bob-->>Alice: hi`
    const charts = [`graph TD\n${steps}`, talk].map(chart => `<pre class="mermaid">${chart}</pre>`).join('')
    const start = '<script>mermaid.initialize({ startOnLoad: true })</script>'
    writeFileSync(out, page(`Flow ${n}`, '', `<h1>Flow ${n}</h1>${charts}${script('mermaid/dist/mermaid.min.js')}${start}`))
  },
}

mkdirSync(outDir, { recursive: true })
for (const [name, make] of Object.entries(makers)) {
  const pages = []
  for (const n of runs) {
    await make(n, resolve('page.html'))
    pages.push(readFileSync('page.html', 'utf8'))
  }
  const json = Buffer.from(JSON.stringify(pages))
  // Four versions of one page are nearly the same: a window over all of them keeps the last three almost for nothing.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 }
  writeFileSync(resolve(outDir, `${name}.json.br`), brotliCompressSync(json, { params }))
  console.log(`${name}: ${pages.map(page => page.length).join(', ')} characters`)
}
process.exit(0)
