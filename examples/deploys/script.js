const { latency, deploys } = JSON.parse(document.getElementById('data').textContent)
const byId = id => document.getElementById(id)
const canvas = byId('chart')
const span = byId('span')
const filter = byId('filter')

function draw() {
  byId('span-shown').value = span.value
  const scale = window.devicePixelRatio
  const { width, height } = canvas.getBoundingClientRect()
  canvas.width = width * scale
  canvas.height = height * scale
  const pen = canvas.getContext('2d')
  pen.scale(scale, scale)
  const colours = getComputedStyle(document.body)
  const colour = name => {
    // A canvas does not know light-dark(); an element does.
    canvas.style.color = `var(${name})`
    return getComputedStyle(canvas).color
  }

  const shown = latency
    .map((service, index) => ({ ...service, index, values: service.values.slice(-Number(span.value)) }))
    .filter(({ name }) => byId(`show-${name}`).checked)
  const top = Math.ceil(Math.max(100, ...shown.flatMap(({ values }) => values)) / 50) * 50
  const left = 34
  const bottom = height - 6
  const x = (index, count) => left + (index / (count - 1)) * (width - left - 4)
  const y = value => bottom - (value / top) * (bottom - 10)

  pen.font = `12px ${colours.fontFamily}`
  pen.textBaseline = 'middle'
  pen.textAlign = 'right'
  for (let value = 0; value <= top; value += 50) {
    pen.fillStyle = colour('--soft')
    pen.fillText(value, left - 8, y(value))
    pen.strokeStyle = colour('--rule')
    pen.strokeRect(left, y(value), width - left, 0)
  }
  pen.lineWidth = 2
  pen.lineJoin = 'round'
  for (const { index, values } of shown) {
    pen.strokeStyle = colour(`--line-${index}`)
    pen.beginPath()
    values.forEach((value, at) => {
      pen.lineTo(x(at, values.length), y(value))
    })
    pen.stroke()
  }
}

function sift() {
  const wanted = filter.value.trim().toLowerCase()
  for (const row of document.querySelectorAll('tbody tr')) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted)
  }
}

function prompt() {
  const failed = byId('with-failures').checked ? deploys.filter(({ state }) => state === 'failed') : []
  return [
    'You look after our deploys. Here is what is under way:',
    ...deploys
      .filter(({ state }) => state === 'running')
      .map(each => `- #${each.number} ${each.service}: ${each.change}`),
    ...failed.flatMap(each => [
      `\n#${each.number} ${each.service} failed (${each.change}, commit ${each.commit}):`,
      ...each.log.map(({ line }) => `  ${line}`),
    ]),
    byId('notes').value && `\nNotes: ${byId('notes').value}`,
    '\nSay what to look at first, and why.',
  ]
    .filter(Boolean)
    .join('\n')
}

span.addEventListener('input', draw)
for (const box of document.querySelectorAll('[data-service]')) box.addEventListener('change', draw)
new ResizeObserver(draw).observe(canvas)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
filter.addEventListener('input', sift)
byId('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(prompt())
  byId('copy').textContent = 'Copied'
})
