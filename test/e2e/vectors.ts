import type { Sink } from './sink.ts'

/** Ways out of a page. Each is tried by itself and says its name in what arrives at the sink. */
export interface Attempts {
  /** The page that tries all those which leave it where it is. */
  passive: string
  /** A page for each of those that need a click: the element covers all of it. */
  clicked: Record<string, string>
  /** Those of them that a sandbox lets do nothing at all, side by side: no more than these labels, in cells of `cell`. */
  futile: { page: string; labels: readonly string[] }
}

/** In CSS pixels; ten to a row. */
export const cell = { width: 90, height: 60 }

/** They would open another window or move one that is not the page's. */
const futile =
  /^(app-)?(a-(blank|top|parent|named|ping)|form-(blank|top)|open|open-(noopener|blank)|(top|parent|opener|sibling)-.*)$/

/** Strings in scripts stand between backquotes or in JSON, those in markup between double quotes. */
const markup = (to: (label: string) => string): Record<string, string> => ({
  img: `<img src="${to('img')}">`,
  srcset: `<img srcset="${to('srcset')} 2x, ${to('srcset')} 1x">`,
  picture: `<picture><source srcset="${to('picture')}"><img alt=""></picture>`,
  'input-image': `<input type="image" src="${to('input-image')}">`,
  background: `<table background="${to('background')}"><tr><td>x</table>`,
  video: `<video src="${to('video')}" preload="auto"></video>`,
  poster: `<video poster="${to('poster')}"></video>`,
  audio: `<audio src="${to('audio')}" preload="auto"></audio>`,
  source: `<video preload="auto"><source src="${to('source')}"></video>`,
  track: `<video crossorigin src="data:video/mp4,"><track default kind="subtitles" src="${to('track')}"></video>`,
  'svg-image': `<svg><image href="${to('svg-image')}" width="9" height="9"/></svg>`,
  'svg-use': `<svg><use href="${to('svg-use')}#x"/></svg>`,
  'svg-filter': `<svg><filter id="f"><feImage href="${to('svg-filter')}"/></filter><rect filter="url(#f)" width="9" height="9"/></svg>`,
  'svg-script': `<svg><script href="${to('svg-script')}"></script></svg>`,
  object: `<object data="${to('object')}"></object>`,
  embed: `<embed src="${to('embed')}">`,
  pdf: `<embed type="application/pdf" src="${to('pdf')}">`,
  iframe: `<iframe src="${to('iframe')}"></iframe>`,
  'iframe-srcdoc': `<iframe srcdoc="<img src='${to('iframe-srcdoc')}'>"></iframe>`,
  'iframe-data': `<iframe src="data:text/html,<img src='${to('iframe-data')}'>"></iframe>`,
  script: `<script src="${to('script')}"></script>`,
  module: `<script type="module" src="${to('module')}"></script>`,
  stylesheet: `<link rel="stylesheet" href="${to('stylesheet')}">`,
  modulepreload: `<link rel="modulepreload" href="${to('modulepreload')}">`,
  'preload-image': `<link rel="preload" as="image" href="${to('preload-image')}">`,
  'preload-script': `<link rel="preload" as="script" href="${to('preload-script')}">`,
  'preload-style': `<link rel="preload" as="style" href="${to('preload-style')}">`,
  'preload-font': `<link rel="preload" as="font" crossorigin href="${to('preload-font')}">`,
  'preload-fetch': `<link rel="preload" as="fetch" crossorigin href="${to('preload-fetch')}">`,
  prefetch: `<link rel="prefetch" href="${to('prefetch')}">`,
  prerender: `<link rel="prerender" href="${to('prerender')}">`,
  icon: `<link rel="icon" href="${to('icon')}">`,
  manifest: `<link rel="manifest" href="${to('manifest')}">`,
  dictionary: `<link rel="compression-dictionary" href="${to('dictionary')}">`,
  speculation: `<script type="speculationrules">{"prefetch":[{"urls":["${to('speculation')}"],"eagerness":"immediate"}]}</script>`,
  prerendering: `<script type="speculationrules">{"prerender":[{"urls":["${to('prerendering')}"],"eagerness":"immediate"}]}</script>`,
  'css-import': `<style>@import "${to('css-import')}";</style>`,
  'css-url': `<p style="background:url(${to('css-url')})">x</p>`,
  'css-image-set': `<p style="background:image-set('${to('css-image-set')}' 1x)">x</p>`,
  'css-list': `<li style="list-style-image:url(${to('css-list')})">x</li>`,
  'css-border': `<p style="border:9px solid;border-image-source:url(${to('css-border')})">x</p>`,
  'css-mask': `<p style="mask-image:url(${to('css-mask')})">x</p>`,
  'css-filter': `<p style="filter:url(${to('css-filter')}#f)">x</p>`,
  'css-cursor': `<p style="cursor:url(${to('css-cursor')}),auto">x</p>`,
  'css-content': `<style>#content::before { content: url(${to('css-content')}) }</style><p id="content">x</p>`,
  'css-shape': `<p style="float:left;shape-outside:url(${to('css-shape')})">x</p>`,
  'css-font': `<style>@font-face { font-family: far; src: url(${to('css-font')}) }</style><p style="font-family:far">x</p>`,
  'css-attribute': `<style>[value^="s"] { background: url(${to('css-attribute')}) }</style><input value="secret">`,
})

const scripts = (to: (label: string) => string): Record<string, string> => ({
  fetch: `fetch("${to('fetch')}")`,
  'fetch-keepalive': `fetch("${to('fetch-keepalive')}", { keepalive: true, mode: "no-cors", method: "POST", body: "x" })`,
  'fetch-later': `fetchLater("${to('fetch-later')}", { activateAfter: 0 })`,
  xhr: `const xhr = new XMLHttpRequest(); xhr.open("GET", "${to('xhr')}"); xhr.send()`,
  websocket: `new WebSocket("${to('websocket')}")`,
  eventsource: `new EventSource("${to('eventsource')}")`,
  beacon: `navigator.sendBeacon("${to('beacon')}", "x")`,
  image: `new Image().src = "${to('image')}"`,
  fontface: `new FontFace("far", "url(${to('fontface')})").load()`,
  wasm: `WebAssembly.instantiateStreaming(fetch("${to('wasm')}"))`,
  import: `import("${to('import')}")`,
  'import-eval': `eval('import("${to('import-eval')}")')`,
  'import-data': `import('data:text/javascript,import "${to('import-data')}"')`,
  'import-blob': `import(URL.createObjectURL(new Blob(['import "${to('import-blob')}"'], { type: "text/javascript" })))`,
  worker: `new Worker("${to('worker')}")`,
  'worker-data': `new Worker('data:text/javascript,fetch("${to('worker-data')}")')`,
  'worker-blob': `new Worker(blob('fetch("${to('worker-blob')}")'))`,
  'worker-xhr': `new Worker(blob('const xhr = new XMLHttpRequest(); xhr.open("GET", "${to('worker-xhr')}"); xhr.send()'))`,
  'worker-import': `new Worker(blob('importScripts("${to('worker-import')}")'))`,
  'worker-module': `new Worker(blob('import "${to('worker-module')}"'), { type: "module" })`,
  'worker-websocket': `new Worker(blob('new WebSocket("${to('worker-websocket')}")'))`,
  'worker-eventsource': `new Worker(blob('new EventSource("${to('worker-eventsource')}")'))`,
  'worker-worker': `new Worker(blob('new Worker(URL.createObjectURL(new Blob([\\'fetch("${to('worker-worker')}")\\'])))'))`,
  'shared-worker': `new SharedWorker(blob('fetch("${to('shared-worker')}")'))`,
  'service-worker': `navigator.serviceWorker.register("${to('service-worker')}")`,
  'audio-worklet': `new OfflineAudioContext(1, 1, 8000).audioWorklet.addModule("${to('audio-worklet')}")`,
  'paint-worklet': `CSS.paintWorklet.addModule("${to('paint-worklet')}")`,
  'iframe-blob': `add("iframe").src = blob('<img src="${to('iframe-blob')}">', "text/html")`,
  'iframe-write': `add("iframe").contentDocument.write('<img src="${to('iframe-write')}">')`,
  'iframe-fetch': `add("iframe").contentWindow.fetch("${to('iframe-fetch')}")`,
  'iframe-location': `add("iframe").contentWindow.location = "${to('iframe-location')}"`,
  'iframe-form': `const form = add("form"); add("iframe").name = form.target = "${to('inner').replaceAll(/\W/g, '')}"; form.action = "${to('iframe-form')}"; form.submit()`,
  'iframe-script': `add("iframe").src = 'javascript:fetch("${to('iframe-script')}")'`,
  'object-blob': `add("object").data = blob('<img src="${to('object-blob')}">', "text/html")`,
  xslt: `const sheet = new DOMParser().parseFromString('<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:import href="${to('xslt')}"/></x:stylesheet>', "text/xml");
    new XSLTProcessor().importStylesheet(sheet)`,
  'media-session': `navigator.mediaSession.metadata = new MediaMetadata({ title: "x", artwork: [{ src: "${to('media-session')}" }] })`,
  notification: `new Notification("x", { icon: "${to('notification')}" })`,
  payment: `new PaymentRequest([{ supportedMethods: "${to('payment')}" }], { total: { label: "x", amount: { currency: "EUR", value: "1" } } }).canMakePayment()`,
  credential: `navigator.credentials.get({ identity: { providers: [{ configURL: "${to('credential')}", clientId: "x" }] } })`,
})

/** Below HTTP: connections, datagrams, names. */
const beneath = ({ tcp, udp, name }: Sink): string => `
  <link rel="preconnect" href="http://${tcp('preconnect')}/">
  <link rel="dns-prefetch" href="http://${name('dns-prefetch')}/">
  <link rel="preconnect" href="http://${name('preconnect')}/">
  <script>
    for (const server of ['stun:${udp('stun')}', 'turn:${udp('turn')}', 'turn:${tcp('turn-tcp')}?transport=tcp', 'stun:${name('stun')}']) attempt(async () => {
      const peer = new RTCPeerConnection({ iceServers: [{ urls: server, username: 'loot', credential: 'loot' }] })
      peer.createDataChannel('x')
      await peer.setLocalDescription(await peer.createOffer())
      ;(window.peers ??= []).push(peer)
    })
    attempt(() => new WebTransport('https://${udp('webtransport')}/'))
    attempt(() => fetch('http://${name('fetch')}/'))
  </script>`

const tools = `<script>
  const attempt = async run => { try { await run() } catch {} }
  const blob = (text, type = 'text/javascript') => URL.createObjectURL(new Blob([text], { type }))
  const add = name => document.body.appendChild(document.createElement(name))
</script>`

const asScripts = (codes: Record<string, string>): string =>
  Object.values(codes)
    .map(code => `<script>attempt(async () => { ${code} })</script>`)
    .join('\n')

const attribute = (html: string): string => html.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

function allPassive(to: (label: string) => string): string {
  return `${tools}${Object.values(markup(to)).join('\n')}${asScripts(scripts(to))}`
}

const cover = 'style="position:fixed;inset:0;width:100%;height:100%;display:block;font-size:50px"'

const links = (to: (label: string) => string): Record<string, string> => ({
  'a-self': `<a ${cover} href="${to('a-self')}">x</a>`,
  'a-blank': `<a ${cover} target="_blank" href="${to('a-blank')}">x</a>`,
  'a-top': `<a ${cover} target="_top" href="${to('a-top')}">x</a>`,
  'a-parent': `<a ${cover} target="_parent" href="${to('a-parent')}">x</a>`,
  'a-named': `<a ${cover} target="elsewhere" href="${to('a-named')}">x</a>`,
  'a-ping': `<a ${cover} ping="${to('a-ping')}" href="#x">x</a>`,
  'a-download': `<a ${cover} download href="${to('a-download')}">x</a>`,
  'a-base': `<base href="${to('')}"><a ${cover} href="a-base">x</a>`,
  'a-svg': `<svg ${cover}><a href="${to('a-svg')}"><rect width="2000" height="2000"/></a></svg>`,
  'form-get': `<form action="${to('form-get')}"><button ${cover}>x</button></form>`,
  'form-post': `<form method="post" action="${to('form-post')}"><input name="a" value="b"><button ${cover}>x</button></form>`,
  'form-blank': `<form target="_blank" action="${to('form-blank')}"><button ${cover}>x</button></form>`,
  'form-top': `<form target="_top" action="${to('form-top')}"><button ${cover}>x</button></form>`,
  formaction: `<form><button ${cover} formmethod="post" formaction="${to('formaction')}">x</button></form>`,
})

const moves = (to: (label: string) => string): Record<string, string> => ({
  location: `location = "${to('location')}"`,
  'location-assign': `location.assign("${to('location-assign')}")`,
  'location-replace': `location.replace("${to('location-replace')}")`,
  'location-blob': `location = blob('<img src="${to('location-blob')}">', "text/html")`,
  'location-data': `location = 'data:text/html,<img src="${to('location-data')}">'`,
  'location-script': `location = 'javascript:"<img src=${to('location-script')}>"'`,
  navigate: `navigation.navigate("${to('navigate')}")`,
  'meta-refresh': `document.head.insertAdjacentHTML("beforeend", '<meta http-equiv="refresh" content="0;url=${to('meta-refresh')}">')`,
  open: `window.open("${to('open')}")`,
  'open-self': `window.open("${to('open-self')}", "_self")`,
  'open-noopener': `window.open("${to('open-noopener')}", "_blank", "noopener")`,
  'open-blank': `window.open("").location = "${to('open-blank')}"`,
  'top-location': `top.location = "${to('top-location')}"`,
  'parent-location': `parent.location.href = "${to('parent-location')}"`,
  'top-script': `top.location = 'javascript:fetch("${to('top-script')}")'`,
  'opener-location': `(opener ?? top).location = "${to('opener-location')}"`,
  'sibling-location': `for (let n = 0; n < parent.length; n++) if (parent[n] !== window) parent[n].location = "${to('sibling-location')}"`,
})

/** Tells whoever listens in the topmost page, and asks nothing of it. */
const telling = (label: string, body: string): string =>
  `<div onclick="top.postMessage('tried ${label}', '*')">${body}</div>`

/** Written once more by itself, so that nothing which the viewer's script had put there is left: no listener, no shim. */
const unbridged = (body: string): string =>
  whole(`<script>
  addEventListener('load', () => {
    const html = ${JSON.stringify(`<style>body { margin: 0 }</style>${tools}${body}`).replaceAll('</', '<\\/')}
    setTimeout(() => { document.open(); document.write(html); document.close() })
  }, { once: true })
</script>`)

/** @param app origins of Galley's own, and addresses there whose answer is the page's own bytes: to be out of reach, too. */
export function attempts(sink: Sink, app: { url: string; bytes: readonly string[] }): Attempts {
  const http = (label: string) => sink.http(label)
  const toApp = (label: string) => sink.http(`app-${label}`, app.url)
  const nested = (label: string) => sink.http(`nested-${label}`)
  const passive = `<!doctype html><title>Page</title><body>${allPassive(http)}${beneath(sink)}
    <iframe srcdoc="${attribute(allPassive(nested))}"></iframe>
    ${asScripts(scripts(toApp))}
    <script>top.postMessage('tried passive', '*')</script>`
  const pages = { ...links(http), ...pressed(moves(http)), ...prefixed('app-', pressed(someMoves(toApp))) }
  app.bytes.forEach((url, n) => {
    Object.assign(pages, pressed({ [`bytes-${n}`]: `location = "${url}"` }))
  })
  const clicked = Object.entries(pages).map(([label, body]): [string, string] => [label, armed(label, body)])
  const cells = clicked.filter(([label]) => futile.test(label))
  return {
    passive,
    clicked: Object.fromEntries(
      clicked.map(([label, body]) => [label, /^(a|form)-/.test(label) ? unbridged(body) : whole(body)]),
    ),
    futile: { page: unbridged(cells.map(([, body]) => inCell(body)).join('')), labels: cells.map(([label]) => label) },
  }
}

const whole = (body: string): string => `<!doctype html><title>Page</title><body>${tools}${body}`

/** A frame within the page has the browser's own `open`. */
const armed = (label: string, body: string): string =>
  label.includes('open')
    ? `<iframe ${cover} srcdoc="${attribute(tools + telling(label, body))}"></iframe>`
    : telling(label, body)

/** What covers all of a page is held by the nearest element that contains its painting. */
const inCell = (body: string): string =>
  `<div style="float:left;contain:paint;width:${cell.width}px;height:${cell.height}px">${body}</div>`

const prefixed = (prefix: string, pages: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(pages).map(([label, page]) => [prefix + label, page]))

const someMoves = (to: (label: string) => string): Record<string, string> => {
  const { location = '', open = '', 'top-location': top = '' } = moves(to)
  return { location, open, 'top-location': top }
}

const pressed = (codes: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(codes).map(([label, code]) => [label, `<button ${cover} onclick="${attribute(code)}">x</button>`]),
  )

/** What a document at an address of its own could have. Each tells the topmost page when it got something. */
const treasures: Record<string, string> = {
  cookie: 'document.cookie = "loot=1"; return document.cookie',
  'local-storage': 'localStorage.loot = 1; return true',
  'session-storage': 'sessionStorage.loot = 1; return true',
  indexeddb: 'return new Promise(got => { indexedDB.open("loot").onsuccess = got })',
  caches: 'return caches.open("loot")',
  'file-system': 'return navigator.storage.getDirectory()',
  'storage-access': 'await document.requestStorageAccess(); return document.cookie',
  lock: 'return navigator.locks.request("loot", () => true)',
  'parent-document': 'return parent.document',
  'top-document': 'return top.document',
  'top-address': 'return top.location.href',
  'top-name': 'return top.name',
  'frame-element': 'return frameElement',
  opener: 'return top.opener ?? opener',
  siblings:
    'for (let n = 0; n < top.length; n++) if (top[n] !== parent) try { if (top[n].document) return true } catch {}',
  'document-domain': 'document.domain = "localhost"; return true',
  'clipboard-text': 'return navigator.clipboard.readText()',
  clipboard: 'return navigator.clipboard.read()',
  camera: 'return navigator.mediaDevices.getUserMedia({ video: true })',
  microphone: 'return navigator.mediaDevices.getUserMedia({ audio: true })',
  screen: 'return navigator.mediaDevices.getDisplayMedia()',
  place: 'return new Promise(got => navigator.geolocation.getCurrentPosition(got))',
  notifications: 'return await Notification.requestPermission() === "granted"',
  fullscreen: 'await document.documentElement.requestFullscreen(); return true',
  pointer: 'await document.body.requestPointerLock(); await pause(); return document.pointerLockElement',
  keyboard: 'await navigator.keyboard.lock(); return true',
  'wake-lock': 'return navigator.wakeLock.request()',
  midi: 'return navigator.requestMIDIAccess()',
  usb: 'return navigator.usb.requestDevice({ filters: [] })',
  serial: 'return navigator.serial.requestPort()',
  hid: 'return navigator.hid.requestDevice({ filters: [] })',
  bluetooth: 'return navigator.bluetooth.requestDevice({ acceptAllDevices: true })',
  motion: 'const sensor = new Accelerometer(); return new Promise(got => { sensor.onreading = got; sensor.start() })',
  passkey:
    'return navigator.credentials.create({ publicKey: { challenge: new Uint8Array(8), rp: { name: "x" }, user: { id: new Uint8Array(8), name: "x", displayName: "x" }, pubKeyCredParams: [] } })',
  share: 'return navigator.share({ text: "x" }).then(() => true)',
  'open-file': 'return showOpenFilePicker()',
  'save-file': 'return showSaveFilePicker()',
  folder: 'return showDirectoryPicker()',
  fonts: 'return (await queryLocalFonts()).length',
  confirm: 'alert("loot"); print(); return confirm("loot") || prompt("loot")',
}

/** Tried at a click, in a frame within the page, where nothing was lent or replaced. */
export const treasureHunt = `<!doctype html><title>Page</title><body><iframe ${cover} srcdoc="${attribute(`${tools}<button ${cover}>x</button><script>
  const pause = () => new Promise(resolve => setTimeout(resolve, 100))
  const hunts = {${Object.entries(treasures).map(([name, code]) => `'${name}': async () => { ${code} }`)}}
  document.querySelector('button').onclick = () => {
    top.postMessage('tried treasures', '*')
    new BroadcastChannel('loot').postMessage('loot')
    for (const [name, hunt] of Object.entries(hunts)) attempt(async () => { if (await hunt()) top.postMessage('got ' + name, '*') })
  }
</script>`)}"></iframe>`

/** What a page can set going, or be run by, without a script of its own. */
export function scriptless({ http, tcp, name }: Sink): string {
  const tell = attribute("top.postMessage('got handler', '*')")
  return `<!doctype html><title>Page</title><base href="${http('base')}/">
    <meta http-equiv="refresh" content="0;url=${http('refresh')}">
    <meta http-equiv="x-dns-prefetch-control" content="on"><meta http-equiv="Content-Security-Policy" content="default-src * data: 'unsafe-inline'">
    <body onload="${tell}" onpageshow="${tell}">${Object.values(markup(http)).join('\n')}
    <link rel="preconnect" href="http://${tcp('preconnect')}/"><link rel="preconnect" href="http://${name('preconnect')}/">
    <link rel="dns-prefetch" href="http://${name('dns-prefetch')}/"><a href="http://${name('fetch')}/">x</a>
    <link rel="stylesheet" href="data:text/css,@import '${http('sheet-import')}'; p { background: url(${http('sheet-url')}) }">
    <img src="x" onerror="${tell}"><svg onload="${tell}"><script>top.postMessage('got script', '*')</script>
      <animate attributeName="x" dur="1ms" onbegin="${tell}" onend="${tell}"/></svg>
    <details open ontoggle="${tell}">x</details><input autofocus onfocus="${tell}"><marquee onstart="${tell}">x</marquee>
    <p style="animation: x 1ms" onanimationstart="${tell}" onanimationend="${tell}">x</p><style>@keyframes x { to { left: 1px } }</style>
    <iframe src="javascript:${tell}"></iframe><object data="javascript:${tell}"></object><embed src="javascript:${tell}">
    <div><template shadowrootmode="open"><img src="${http('shadow')}" onerror="${tell}"></template></div>`
}

/** Takes every other frame of the viewer page for its own: reads it, moves it, and pretends to be the viewer to it. */
export const spy = `<!doctype html><title>Page</title><body><p>spy<script>
  setInterval(() => {
    for (let n = 0; n < parent.length; n++) {
      if (parent[n] === window) continue
      try { if (parent[n].document) top.postMessage('got sibling', '*') } catch {}
      try { parent[n].location = 'about:blank'; top.postMessage('got move', '*') } catch {}
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => top.postMessage('got port', '*')
      parent[n].postMessage(null, '*', [port2])
    }
  }, 5)
</script>`

/** At a click: what a frame may say to the viewer, from another window, in every wrong shape, and far too often. */
export const forgery = `<!doctype html><title>Page</title><body><iframe hidden srcdoc="<script>
  onmessage = ({ ports }) => { if (ports.length) top.postMessage('got port', '*') }
  top.postMessage('galley-frame-1', '*')
</script>"></iframe><button ${cover} onclick="forge()">x</button><script>
  onmessage = ({ ports }) => { if (ports.length) top.postMessage('got port', '*') }
  const link = { type: 'link', url: 'https://example.com/' }
  const save = { type: 'save', file: { name: 'loot', type: 'text/html', bytes: new ArrayBuffer(8) } }
  function forge() {
    top.postMessage('tried forgery', '*')
    for (const wrong of ['galley-frame-1', link, save, null, [], { type: 'link', url: 'x'.repeat(1e7) }, { type: '__proto__' }, { type: 'answer', id: {} }]) parent.postMessage(wrong, '*')
    setTimeout(() => { for (let n = 0; n < 20000; n++) parent.postMessage(link, '*') }, 300)
  }
</script>`
