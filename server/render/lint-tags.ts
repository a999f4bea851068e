import { type Finding, leavesPage, shown } from './finding.ts'
import { type Attribute, attribute, type Tag } from './tags.ts'

type Say = (url: string, tag: Tag) => { rule: string; message: string }

const image: Say = url => ({
  rule: 'image',
  message: `The image "${shown(url)}" will not load. Put it into the page as a data: URI.`,
})
const media: Say = (url, tag) => ({
  rule: 'media',
  message: `The ${tag.name} file "${shown(url)}" will not load. Put it into the page as a data: URI.`,
})
const script: Say = url => ({
  rule: 'script',
  message: `The script "${shown(url)}" will not load. Put its code between <script> and </script>.`,
})
const frame: Say = url => ({
  rule: 'frame',
  message: `The frame "${shown(url)}" will stay empty. Put its content into the page, or into the frame's srcdoc.`,
})
const embed: Say = url => ({
  rule: 'embed',
  message: `"${shown(url)}" will not be embedded. Put the content into the page itself, or link to it.`,
})
const form: Say = url => ({
  rule: 'form',
  message: `A form cannot be sent to "${shown(url)}". Handle its submit event in the page's own script.`,
})

type ByName<T> = Readonly<Record<string, T>>

/** Attributes that load something, by element. */
const loading: ByName<ByName<Say>> = {
  script: { src: script, href: script, 'xlink:href': script },
  img: { src: image, srcset: image },
  input: { src: image, formaction: form },
  button: { formaction: form },
  image: { href: image, 'xlink:href': image },
  feimage: { href: image, 'xlink:href': image },
  use: { href: image, 'xlink:href': image },
  source: { src: media, srcset: image },
  video: { src: media, poster: image },
  audio: { src: media },
  track: { src: media },
  iframe: { src: frame },
  frame: { src: frame },
  object: { data: embed },
  embed: { src: embed },
  form: { action: form },
  body: { background: image },
  table: { background: image },
  td: { background: image },
}

/** Pages name what they like, also what every object has: `<constructor create>`. */
const own = <T>(of: ByName<T>, name: string): T | undefined => (Object.hasOwn(of, name) ? of[name] : undefined)

/** Even inline URLs do not go into frames, plug-ins and form targets. */
const neverInline = new Set<Say>([frame, embed])

export function* attributeFindings(tag: Tag): Generator<Finding> {
  const says = own(loading, tag.name)
  for (const attribute of says ? tag.attributes : []) {
    const say = says && own(says, attribute.name)
    const url = say && blocked(attribute, neverInline.has(say))
    if (say && url !== undefined) yield { at: attribute.start, ...say(url, tag) }
  }
  if (tag.name === 'a' || tag.name === 'area') yield* linkFindings(tag)
  else if (tag.name === 'link') yield* resourceFindings(tag)
  else if (tag.name === 'base' && attribute(tag, 'href') !== undefined) {
    yield { at: tag.start, rule: 'base', message: '<base> has no effect. Write whole addresses into the links.' }
  } else if (tag.name === 'meta' && isRedirect(tag)) {
    yield {
      at: tag.start,
      rule: 'refresh',
      message:
        'The page cannot reload itself or lead elsewhere. Publish a new version instead: open pages show it at once.',
    }
  }
}

/** @returns the first address that will not load; undefined when all is well. */
function blocked({ name, value }: Attribute, evenInline: boolean): string | undefined {
  if (name !== 'srcset') {
    const inline = /^\s*(?:data|blob):/i.test(value)
    return leavesPage(value) || (evenInline && inline) ? value : undefined
  }
  // A data: URI holds a comma of its own, but never white space.
  for (const candidate of value.split(/,\s+|\s+/)) {
    if (leavesPage(candidate) && !/^[\d.]+[wxh],?$/.test(candidate)) return candidate
  }
  return undefined
}

function* linkFindings(tag: Tag): Generator<Finding> {
  for (const { name, value, start } of tag.attributes) {
    if (name === 'ping' && value.trim() !== '') {
      yield { at: start, rule: 'ping', message: 'The ping attribute has no effect: the page may not send anything.' }
    }
    // External links are fine: the viewer asks, then opens them.
    if (name === 'href' && leavesPage(value) && !/^\s*(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(value)) {
      yield {
        at: start,
        rule: 'relative-link',
        message: `The link "${shown(value)}" leads nowhere: there are no files beside the page. Write the whole address, or #id for a place in the page.`,
      }
    }
  }
}

function* resourceFindings(tag: Tag): Generator<Finding> {
  const href = tag.attributes.find(({ name }) => name === 'href')
  const rel = (attribute(tag, 'rel') ?? '').toLowerCase().split(/\s+/)
  if (!href || href.value.trim() === '') return
  const url = shown(href.value)
  if (rel.includes('stylesheet')) {
    if (!leavesPage(href.value)) return
    yield {
      at: href.start,
      rule: 'stylesheet',
      message: `The style sheet "${url}" will not load. Put its rules between <style> and </style>.`,
    }
  } else if (rel.includes('manifest')) {
    yield {
      at: href.start,
      rule: 'manifest',
      message: 'The manifest will not load. The page needs none: remove the link.',
    }
  } else if (rel.some(word => /^(?:preload|prefetch|modulepreload|preconnect|dns-prefetch|prerender)$/.test(word))) {
    yield { at: href.start, rule: 'preload', message: `"${url}" will not be fetched ahead. Remove the link.` }
  } else if (rel.some(word => /(?:^|-)icon$/.test(word)) && leavesPage(href.value)) {
    yield {
      at: href.start,
      rule: 'image',
      message: `The icon "${url}" will not load. Give the artifact an emoji as its icon.`,
    }
  }
}

const isRedirect = (tag: Tag): boolean =>
  attribute(tag, 'http-equiv')?.trim().toLowerCase() === 'refresh' && attribute(tag, 'content') !== undefined
