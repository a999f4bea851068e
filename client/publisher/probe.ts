import { z } from 'zod'

/** How a server answers, or why it does not and what to do about that. Times are milliseconds. */
export type Probed =
  | { answered: true; took: number /** This machine's clock, of the server's. */; ahead: number }
  | { answered: false; fault: string; advice: string }

const health = z.object({ status: z.literal('ok') })

/** Asks a server whether it is well, without saying who asks. */
export async function probe(url: string, signal: AbortSignal): Promise<Probed> {
  const begun = performance.now()
  try {
    const answer = await fetch(`${url}/healthz`, { redirect: 'manual', signal })
    const took = Math.round(performance.now() - begun)
    const isWell = answer.ok && health.safeParse(await answer.json().catch(() => undefined)).success
    if (!isWell) return { answered: false, ...notGalley(answer) }
    // RFC 9110 §6.6.1: to the second, so on average half of one late.
    const date = Date.parse(answer.headers.get('Date') ?? '')
    return { answered: true, took, ahead: Number.isNaN(date) ? 0 : Date.now() - date - 500 }
  } catch (error) {
    return { answered: false, ...faultOf(error, new URL(url)) }
  }
}

interface Fault {
  fault: string
  advice: string
}

function notGalley({ status, headers }: Response): Fault {
  const to = headers.get('Location')
  if (status >= 300 && status < 400 && to !== null) {
    return {
      fault: `it sends elsewhere, to ${to}`,
      advice: 'A proxy, or its sign-in, stands in front of it: name what is behind.',
    }
  }
  if (status >= 500)
    return { fault: `it is not well (status ${status}).`, advice: 'Try again later, or ask who runs it.' }
  return { fault: `what answers there is not Galley (status ${status}).`, advice: 'Check the address, and its port.' }
}

/** By the codes of Node's errno(3) faults, of its TLS (OpenSSL's X509_V_ERR_…), and of undici. */
function faultOf(error: unknown, { hostname, protocol }: URL): Fault {
  const { code, message } = deepest(error)
  const network = 'Check your network, VPN and firewall, and that it runs.'
  switch (code) {
    case 'ECONNREFUSED':
      return { fault: 'nothing listens there.', advice: 'Start it (galley serve), or check the address and its port.' }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        fault: `the name ${hostname} is not known here.`,
        advice: 'Check how it is written, your network and VPN.',
      }
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return {
        fault: `its certificate is not valid now (${message}).`,
        advice: 'Ask who runs it to renew it; check your clock.',
      }
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        fault: `its certificate is for another name (${message}).`,
        advice: 'Check the address; ask who runs it.',
      }
  }
  if (/SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|CERT_/.test(code)) {
    const advice = 'If your organisation has a certificate authority of its own, name its file in NODE_EXTRA_CA_CERTS.'
    return { fault: `its certificate is not trusted here (${message}).`, advice }
  }
  if (/^(?:ERR_SSL|EPROTO|ERR_TLS)/.test(code)) {
    return {
      fault: `it does not speak TLS there (${message}).`,
      advice: 'Check the address and its port: http or https?',
    }
  }
  if (error instanceof Error && error.name === 'TimeoutError') return { fault: 'it does not answer.', advice: network }
  return { fault: `${message}.`, advice: protocol === 'http:' ? `${network} Does it want https?` : network }
}

/** fetch says only that it failed; why is in its cause, and with several addresses in theirs. */
function deepest(error: unknown): { code: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return deepest(error.errors[0])
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  if (error.cause !== undefined) return deepest(error.cause)
  // OpenSSL puts its reason between numbers, file and line.
  const message = /^\S*error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? error.message
  return { code: 'code' in error ? String(error.code) : '', message }
}
