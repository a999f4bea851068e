import type { Picture } from './browser.ts'

const colours = [
  [11, 110, 79],
  [90, 40, 140],
] as const
const colourOf = (version: number) => colours[version % 2] ?? colours[0]

/** A page of about so many bytes that is nothing without its script. Even and odd versions differ in colour. */
export function scriptedPage(version: number, bytes: number): string {
  const row = (n: number) =>
    `<tr><td>${n}</td><td>build ${(n * 7919) % 10_000}</td><td>${'passed '.repeat(20 + (n % 5))}</td><td class="t">${(n * 31) % 997} ms</td></tr>\n`
  let rows = ''
  for (let n = 1; rows.length < bytes - 3_000; n++) rows += row(n)
  return `<!doctype html><html><head><meta charset="utf-8"><title>Scripted</title><style>
    html { scroll-behavior: smooth }
    body { margin: 0 30% 0 10px; background: rgb(${colourOf(version).join()}); font: 13px sans-serif }
    #box { height: 80px; width: 200px; overflow: auto } #part { padding-top: 40px }
  </style></head><body>
  <p>Version <b id="version">${version}</b>, <span id="ticks">0</span> ticks</p>
  <p><a id="jump" href="#part">Part</a></p>
  <details id="more"><summary id="summary">More</summary><p>Inside</p></details>
  <p><input type="checkbox" id="tick"><select id="pick"><option>red<option>green<option>blue</select>
  <input type="range" id="slider" min="0" max="100" value="50"> <output id="computed"></output></p>
  <canvas id="drawing" width="100" height="10"></canvas>
  <div id="box">${'<p>line</p>'.repeat(40)}</div><div style="height:500px"></div>
  <h2 id="part">Part</h2><p><input id="typed" size="40"></p><p contenteditable id="note">note</p>
  <table>${rows}</table>
  <script>
    const slider = document.getElementById('slider')
    const redraw = () => {
      document.getElementById('computed').textContent = slider.value + ' percent'
      const pen = document.getElementById('drawing').getContext('2d')
      pen.clearRect(0, 0, 100, 10)
      pen.fillRect(0, 0, slider.value, 10)
    }
    slider.addEventListener('input', redraw)
    redraw()
    let ticks = 0
    const began = performance.now()
    window.starts = (window.starts ?? 0) + 1
    setInterval(() => { document.getElementById('ticks').textContent = ++ticks; window.tickLength = (performance.now() - began) / ticks }, 50)
  </script></body></html>`
}

/** What a viewer of the scripted page sees and has done. Runs in the page, so without a named function: the loader of the tests would call a helper that is not there. */
export function readViewerState() {
  const { typed, tick, pick, slider, computed, drawing, more, note, box } = Object.fromEntries(
    [...document.querySelectorAll<HTMLInputElement>('[id]')].map(element => [element.id, element]),
  )
  const pen = (drawing as unknown as HTMLCanvasElement).getContext('2d')
  return {
    typed: typed?.value,
    caret: [typed?.selectionStart, typed?.selectionEnd],
    focused: document.activeElement?.id,
    ticked: tick?.checked,
    chosen: pick?.value,
    slider: slider?.value,
    /** Written by the page's script from the slider. */
    computed: computed?.textContent,
    /** Columns of the canvas that the page's script has coloured, from the slider. */
    drawn: pen?.getImageData(0, 0, 100, 1).data.filter((value, index) => index % 4 === 3 && value > 0).length,
    open: (more as unknown as HTMLDetailsElement).open,
    note: note?.textContent,
    box: box?.scrollTop,
    scrolled: Math.round(scrollY),
    hash: location.hash,
  }
}

/** How much of the picture has the colour of the even and of the odd versions, 0 to 1. */
function sharesOf({ rgb, width, height }: Picture): { even: number; odd: number } {
  const share = (colour: readonly number[]) => {
    let near = 0
    for (let at = 0; at < rgb.length; at += 3) {
      if (colour.every((value, channel) => Math.abs((rgb[at + channel] ?? 0) - value) < 12)) near++
    }
    return near / (width * height)
  }
  return { even: share(colours[0]), odd: share(colours[1]) }
}

/**
 * @returns how many of the pictures are blank, be it only over a quarter of them: there neither version's colour is where
 * it commonly is, whatever is there instead. And how often the colour changed from one version's to the other's.
 */
export function judge(pictures: readonly Picture[]): { frames: number; blank: number; changes: number } {
  const seen = pictures.map(sharesOf)
  const covered = seen.map(({ even, odd }) => even + odd)
  const mostly = covered.filter(share => share > 0.5).sort((one, other) => one - other)
  // The rest of it is text.
  const commonly = mostly[Math.floor(mostly.length / 2)] ?? 1
  const whole = seen.filter((_, index) => (covered[index] ?? 0) > commonly - 0.25)
  const shown = whole.map(({ even, odd }) => even > odd)
  return {
    frames: seen.length,
    blank: seen.length - whole.length,
    changes: shown.filter((isEven, index) => index > 0 && isEven !== shown[index - 1]).length,
  }
}
