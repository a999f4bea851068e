import { ago } from '../../shared/ago.ts'
import type { Artifact } from '../../shared/api.ts'
import type { Member, Org } from '../core/records.ts'
import { type Html, html } from './html.ts'

/** What a page loads: addresses from the build, and the nonce that lets its script run. */
export interface Loads {
  script?: string
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
}

/** The link's secret is in the fragment, which only the script can see: both cases are here, and it shows the right one. */
export const signInScreen = (loads: Loads, { next, name, publicUrl }: SignIn): string =>
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
      name === undefined
        ? html`<h1>Sign in with a link</h1>
    <p>Galley keeps no passwords. You sign in by opening a link that was made for you and works once.</p>
    <p class="quiet">Ask the owner of this Galley for one. The owner makes it where the server runs:</p>
    <pre tabindex="0">galley member link you@example.com</pre>`
        : html`<h1>You are signed in</h1>
    <p>This browser is signed in as ${name}.</p>
    <a class="button primary" href="${next}">Continue</a>`
    }
  </section>
</div>
<noscript><p>Signing in needs JavaScript: the link's secret stays in the browser until you press the button.</p></noscript>`,
  )

export interface Home {
  member: Member
  org: Org
  artifacts: readonly Artifact[]
  /** Of the page of the list after this one. */
  nextCursor: string | null
  publicUrl: string
  now: number
}

export const homeScreen = (loads: Loads, { member, org, artifacts, nextCursor, publicUrl, now }: Home): string =>
  shell(
    'Your pages · Galley',
    loads,
    html`
<header class="bar">
  <a class="brand" href="/" aria-current="page">${mark}Galley</a>
  <span class="who">${member.name}<span class="quiet"> · ${org.name}</span></span>
  <button type="button" id="sign-out">Sign out</button>
</header>
<main class="list">
  <h1>Your pages</h1>
  ${
    artifacts.length > 0
      ? html`<ul class="artifacts">${artifacts.map(artifact => row(artifact, now))}</ul>`
      : firstSteps(publicUrl, member.email)
  }
  ${nextCursor === null ? undefined : html`<a class="button" href="/?cursor=${nextCursor}">Older pages</a>`}
</main>`,
  )

const row = ({ id, icon, title, shown, updatedAt }: Artifact, now: number): Html => html`
<li><a href="/a/${id}">
  <span class="icon" aria-hidden="true">${icon}</span>
  <span class="title"><bdi>${title}</bdi></span>
  <span class="quiet">version ${shown.number}</span>
  <time class="quiet" datetime="${updatedAt}">updated ${ago(Date.parse(updatedAt), now).words}</time>
</a></li>`

const firstSteps = (publicUrl: string, email: string): Html => html`
<section class="empty">
  <h2>Publish your first page</h2>
  <p>A page is one HTML or Markdown file. It gets a private address, and whoever has it open sees each new version in place.</p>
  <ol>
    <li>Make an access token, where the server runs:
      <pre tabindex="0">galley token create --member ${email} --scope publish</pre></li>
    <li>Say where to publish, and as whom:
      <pre tabindex="0">export GALLEY_URL=${publicUrl}
export GALLEY_TOKEN=<i>the token</i></pre></li>
    <li>Publish. The command prints the page's address.
      <pre tabindex="0">galley publish report.html</pre></li>
    <li>Update the page in place, in front of whoever has it open. Without <code>--to</code>, it would be another page.
      <pre tabindex="0">galley publish report.html --to <i>the page's address</i></pre></li>
  </ol>
</section>`

export interface Mishap {
  status: number
  title: string
  message: string
  /** For the owner to find it in the log. */
  requestId: string
}

export const mishapScreen = (loads: Loads, { status, title, message, requestId }: Mishap): string =>
  card(
    `${title} · Galley`,
    loads,
    html`
<p class="status">${status}</p>
<h1>${title}</h1>
<p>${message}</p>
${status < 500 ? undefined : html`<p class="quiet">Request <code>${requestId}</code></p>`}
<a class="button" href="/">Your pages</a>`,
  )
