import { type AdminSection, adminTitles } from '../../shared/admin-sections.ts'
import { limits } from '../../shared/limits.ts'
import type { Member, Org } from '../core/records.ts'
import { type Html, html } from './html.ts'
import { startOf } from './next.ts'

/** What a page loads: addresses from the build, and the nonce that lets its script run. */
export interface Loads {
  script?: string
  /** Scripts that this one imports: asked for together with it, not after it. */
  imports?: readonly string[]
  styles: readonly string[]
  nonce: string
}

/** A sheet with a live dot. Inlined where it is shown, and the tab's icon of screens without one of their own. */
const sheet = html`<rect x="5" y="3" width="14" height="18" rx="2"/><path d="M9 8h6M9 12h6"/><circle cx="9.75" cy="16.5" r="1.25"/>`

const mark = html`<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">${sheet}</svg>`

const tabIcon = `data:image/svg+xml,${encodeURIComponent(
  html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#0e7490" stroke-width="2" stroke-linecap="round">${sheet}</svg>`
    .text,
)}`

function shell(title: string, loads: Loads, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${tabIcon}">
${loads.styles.map(href => html`<link rel="stylesheet" href="${href}">`)}
${(loads.imports ?? []).map(href => html`<link rel="modulepreload" href="${href}" nonce="${loads.nonce}">`)}
${loads.script === undefined ? undefined : html`<script type="module" src="${loads.script}" nonce="${loads.nonce}"></script>`}
</head>
<body>${body}</body>
</html>
`.text
}

/** The same whether the artifact exists or not: everything that depends on it comes to the script, after its own check. */
export const viewerScreen = (loads: Loads, boot: object): string =>
  shell(
    'Galley',
    loads,
    html`<div id="viewer" data-boot="${JSON.stringify(boot)}"></div>
<noscript>Galley shows live pages, and needs JavaScript for that.</noscript>`,
  )

/** A page with little on it: one card under the name. */
const card = (title: string, loads: Loads, content: Html): string =>
  shell(
    title,
    loads,
    html`
<header class="bar"><a class="brand" href="/">${mark}Galley</a></header>
<main class="card">${content}</main>`,
  )

export interface SignIn {
  /** A path of this origin. */
  next: string
  /** Who is signed in already. */
  name: string | undefined
  publicUrl: string
  /** The identity provider's name; undefined: people sign in by link alone. */
  provider: string | undefined
}

/** The link's secret is in the fragment, which only the script can see: both cases are here, and it shows the right one. */
export const signInScreen = (loads: Loads, { next, name, publicUrl, provider }: SignIn): string =>
  card(
    'Sign in · Galley',
    loads,
    html`
<div id="sign-in" data-next="${next}">
  <section id="with-link" hidden>
    <h1>Sign in to Galley</h1>
    <p>Your link signs this browser in to <b>${new URL(publicUrl).host}</b>. It works once.</p>
    <p id="whose" hidden>Sign in as <b><bdi data-of="name"></bdi></b> (<bdi data-of="email"></bdi>), <bdi data-of="org"></bdi>.</p>
    ${name === undefined ? undefined : html`<p>You are signed in as <b><bdi>${name}</bdi></b>; this replaces it.</p>`}
    <p id="unreachable" role="alert" hidden>The server could not be reached. Try again in a moment.</p>
    <button type="button" class="primary" disabled>Sign in</button>
  </section>
  <section id="refused" role="alert" hidden>
    <h1>That did not work</h1>
    <p id="why"></p>
    <p class="quiet">Ask the owner of this Galley for a new link. The owner makes one where the server runs:</p>
    <pre tabindex="0">galley member link you@example.com</pre>
  </section>
  <section id="without-link">
    ${
      name === undefined && provider !== undefined
        ? html`<h1>Sign in to Galley</h1>
    <p>Your organisation signs you in.</p>
    <div class="actions">
      <a class="button primary" href="${startOf(next)}">Sign in with ${provider}</a>
      <a class="button" href="${startOf(next, { anew: true })}">Use another account</a>
    </div>
    <p class="quiet">A one-time link that was made for you signs you in too: open it in this browser.</p>`
        : name === undefined
          ? html`<h1>Sign in with a link</h1>
    <p>Galley keeps no passwords. You sign in by opening a link that was made for you and works once.</p>
    <p class="quiet">Ask the owner of this Galley for one. The owner makes it where the server runs:</p>
    <pre tabindex="0">galley member link you@example.com</pre>
    ${next === '/' ? undefined : html`<p class="quiet">Once you are signed in, reload this page to go on.</p>`}`
          : html`<h1>You are signed in</h1>
    <p>This browser is signed in as ${name}.</p>
    <a class="button primary" href="${next}">Continue</a>`
    }
  </section>
</div>
<noscript><p>Signing in needs JavaScript: the link's secret stays in the browser until you press the button.</p></noscript>`,
  )

interface Signed {
  member: Member
  org: Org
  boot: object
}

/** Of the gallery and of administration. `here`: which of the two. */
const bar = ({ member, org }: Signed, here: 'gallery' | 'admin'): Html => html`
<header class="bar">
  <a class="brand" href="/" ${here === 'gallery' ? html`aria-current="page"` : undefined}>${mark}Galley</a>
  <span class="who"><bdi>${member.name}</bdi><span class="quiet"> · <bdi>${org.name}</bdi></span></span>
  ${member.role === 'owner' ? html`<a class="to-admin" href="/admin" ${here === 'admin' ? html`aria-current="true"` : undefined}>Administration</a>` : undefined}
  <button type="button" id="sign-out">Sign out</button>
</header>`

/** What is in the list, and how it changes, is the script's to show. */
export const galleryScreen = (loads: Loads, signed: Signed): string =>
  shell(
    'Pages · Galley',
    loads,
    html`${bar(signed, 'gallery')}
<main id="gallery" class="list" data-boot="${JSON.stringify(signed.boot)}"></main>
<noscript><p class="list">Galley shows your pages as they change, and needs JavaScript for that.</p></noscript>`,
  )

/** Everything on it comes from the API, which asks anew each time whether an owner is asking. */
export const adminScreen = (loads: Loads, section: AdminSection, signed: Signed): string =>
  shell(
    `${adminTitles[section]} · Galley`,
    loads,
    html`${bar(signed, 'admin')}
<main id="admin" data-boot="${JSON.stringify(signed.boot)}"></main>
<noscript><p class="admin-script">Administration needs JavaScript.</p></noscript>`,
  )

/** Its script asks what waits under the code, and shows it; here is only who would let it in. */
export const deviceScreen = (loads: Loads, { member, org }: { member: Member; org: Org }): string =>
  card(
    'Sign in a device · Galley',
    loads,
    html`
<div id="device" data-administers="${member.role === 'owner' ? org.name : ''}">
  <section id="entry">
    <h1 tabindex="-1">Sign in a device</h1>
    <p>Your terminal shows a code. Type it here to see what asks, and from where.</p>
    <form id="form">
      <label for="code">Code</label>
      <input id="code" name="code" required maxlength="${limits.userCodeChars}" placeholder="XXXX-XXXX" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="wrong">
      <p id="wrong" role="alert" hidden></p>
      <button type="submit" class="primary">Continue</button>
    </form>
  </section>
  <section id="asking" hidden>
    <h1 tabindex="-1">Let this device in?</h1>
    <p class="code" id="shown-code"></p>
    <dl>
      <dt>Device</dt><dd><b><bdi id="device-name"></bdi></b></dd>
      <dt>From</dt><dd id="address"></dd>
      <dt>Asked</dt><dd id="asked"></dd>
      <dt>Signs in as</dt><dd><bdi>${member.name}</bdi> (<bdi>${member.email}</bdi>), <bdi>${org.name}</bdi></dd>
      <dt>May</dt><dd id="powers"></dd>
      <dt>Until</dt><dd id="until"></dd>
    </dl>
    <p class="caution">Only go on if you started this yourself, and your terminal shows this same code.</p>
    <p id="failed" role="alert" hidden></p>
    <div class="actions">
      <button type="button" class="primary" id="approve">Approve</button>
      <button type="button" id="deny">Deny</button>
    </div>
  </section>
  <section id="done" hidden>
    <h1 tabindex="-1" id="outcome"></h1>
    <p id="after"></p>
  </section>
</div>
<noscript><p>Signing in a device needs JavaScript: it shows what asks before you say yes.</p></noscript>`,
  )

export interface Mishap {
  status: number
  title: string
  message: string
  /** For the owner to find it in the log. */
  requestId: string
  /** What to do about it; the first is what most will want. */
  ways: readonly WayOn[]
}

export interface WayOn {
  label: string
  href: string
}

export const mishapScreen = (loads: Loads, { status, title, message, requestId, ways }: Mishap): string =>
  card(
    `${title} · Galley`,
    loads,
    html`
<p class="status">${status}</p>
<h1>${title}</h1>
<p>${message}</p>
${status < 500 ? undefined : html`<p class="quiet">Request <code>${requestId}</code></p>`}
<div class="actions">${ways.map(({ label, href }) => html`<a class="button" href="${href}">${label}</a>`)}</div>`,
  )
