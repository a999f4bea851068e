import { limits } from '../../shared/limits.ts'

/** A link out of the page, as it is shown to the viewer before it is opened. All of it is ASCII: hosts in punycode, the rest percent-encoded. */
export interface OutLink {
  kind: 'web' | 'mail'
  /** What is opened. */
  url: string
  /** Whom it leads to, whole: the host with its port, or the addresses a message would go to. */
  target: string
}

/**
 * The page may name any address; only those that a person can judge by reading them are offered.
 * @returns undefined for other schemes (`javascript:`, `data:`, `blob:`, `file:` …), relative links and nonsense.
 */
export function outLink(raw: string): OutLink | undefined {
  if (raw.length > limits.linkChars || !URL.canParse(raw)) return undefined
  const url = new URL(raw)
  // `https://your-bank.example@elsewhere.example/` reads like the bank.
  url.username = ''
  url.password = ''
  if (url.protocol === 'mailto:') return { kind: 'mail', url: url.href, target: url.pathname }
  if (url.protocol === 'http:' || url.protocol === 'https:') return { kind: 'web', url: url.href, target: url.host }
  return undefined
}

/** Long addresses lose their middle: the beginning says where it leads, the end often what is asked there. */
export function shortened(url: string, length = 280): string {
  if (url.length <= length) return url
  const tail = Math.floor(length / 4)
  return `${url.slice(0, length - tail - 1)}…${url.slice(-tail)}`
}
