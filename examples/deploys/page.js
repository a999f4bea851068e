/** The fleet as one self-contained page. */
import { readFileSync } from 'node:fs'
import { stageOf, stageProgress, stages } from './fleet.js'

const part = name => readFileSync(new URL(name, import.meta.url), 'utf8')
const style = part('./style.css')
const script = part('./script.js')

const clock = at => new Date(at).toLocaleTimeString('en-GB')
const duration = ms => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`

export function deploysPage(fleet, now) {
  const of = state => fleet.deploys.filter(deploy => deploy.state === state)
  const ended = fleet.deploys.filter(deploy => deploy.endedAt)
  const mean = ended.reduce((sum, deploy) => sum + deploy.endedAt - deploy.startedAt, 0) / (ended.length || 1)
  const data = { latency: fleet.latency, deploys: fleet.deploys }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deploys</title>
<style>
${style}</style>
</head>
<body>
<main>
<header>
  <h1>Deploys</h1>
  <p>Everything on its way to production, as of <time>${clock(now)}</time>. Type, tick, drag, scroll: the page goes on changing under you, and what you did stays.</p>
</header>

<dl class="figures">
  ${figure('In flight', of('running').length)}
  ${figure('Done', fleet.made - of('running').length - of('failed').length)}
  ${figure('Failed lately', of('failed').length, of('failed').length > 0 ? 'bad' : 'good')}
  ${figure('Mean time', duration(mean))}
</dl>

<section aria-labelledby="latency">
  <div class="bar">
    <h2 id="latency">Response time <small>p95, ms</small></h2>
    <label class="slider">last <output id="span-shown">60</output> readings
      <input id="span" type="range" min="10" max="60" step="5" value="60"></label>
  </div>
  <canvas id="chart" role="img" aria-label="Response time of each service"></canvas>
  <div class="legend">
    ${fleet.latency.map(legend).join('\n    ')}
  </div>
</section>

<section aria-labelledby="table">
  <div class="bar">
    <h2 id="table">Latest</h2>
    <input id="filter" type="search" placeholder="Filter by service, change or author" aria-label="Filter" autocomplete="off">
  </div>
  <div class="scroller">
  <table>
    <thead><tr><th>#</th><th>Service</th><th>Change</th><th>Stages</th><th>Time</th></tr></thead>
    <tbody>
${fleet.deploys.map(deploy => row(deploy, now)).join('\n')}
    </tbody>
  </table>
  </div>
</section>

<section aria-labelledby="handover" class="handover">
  <div class="bar">
    <h2 id="handover">Hand over</h2>
    <button id="copy" type="button">Copy as prompt</button>
  </div>
  <textarea id="notes" rows="4" placeholder="What should whoever comes next look at?" aria-label="Notes"></textarea>
  <label><input id="with-failures" type="checkbox" checked> Put the failed deploys and their logs in the prompt</label>
</section>
</main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>
${script}</script>
</body>
</html>
`
}

const figure = (name, value, mood = '') => `<div class="${mood}"><dt>${name}</dt><dd>${value}</dd></div>`

const legend = ({ name, values }, index) =>
  `<label style="--line: var(--line-${index})"><input id="show-${name}" type="checkbox" checked data-service="${name}"> ${name} <b>${Math.round(values.at(-1))}</b></label>`

function row(deploy, now) {
  const bars = stageProgress(deploy).map(
    (done, index) => `<i title="${stages[index]}" style="--done: ${Math.round(done * 100)}%"></i>`,
  )
  const lines = deploy.log.map(({ at, line }) => `<li><time>${clock(at)}</time> ${line}</li>`)
  return `<tr id="deploy-${deploy.number}" class="${deploy.state}">
  <td>${deploy.number}</td>
  <td><b>${deploy.service}</b></td>
  <td><details id="log-${deploy.number}"><summary>${deploy.change}</summary><ol>${lines.join('')}</ol></details>
    <small><code>${deploy.commit}</code> by ${deploy.author}</small></td>
  <td><span class="stages">${bars.join('')}</span><small>${deploy.state === 'running' ? stageOf(deploy) : deploy.state}</small></td>
  <td>${duration((deploy.endedAt ?? now) - deploy.startedAt)}</td>
</tr>`
}
