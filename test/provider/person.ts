/** Somebody with a browser, without the browser: keeps cookies, follows redirects, fills in the provider's form. */
export class Person {
  /** By host and name: ports do not keep cookies apart (RFC 6265 §8.5). */
  private readonly cookies = new Map<string, Map<string, string>>()

  /** A Cookie header, as a browser would send it there. */
  cookie(url: string): string {
    const jar = this.cookies.get(new URL(url).hostname) ?? new Map<string, string>()
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** One request, and no further. */
  async ask(url: string, form?: Record<string, string>): Promise<Response> {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { Cookie: this.cookie(url) },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    const { hostname } = new URL(url)
    const jar = this.cookies.get(hostname) ?? new Map<string, string>()
    this.cookies.set(hostname, jar)
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /; *max-age=0/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }

  /**
   * Goes where it leads.
   * @param until an address that is not gone to any more
   * @returns the last answer, and the addresses on the way to it, its own last
   */
  async go(url: string, { form, until }: { form?: Record<string, string>; until?: RegExp } = {}): Promise<Walk> {
    let answer = await this.ask(url, form)
    const way = [url]
    while (answer.status >= 300 && answer.status < 400) {
      const next = new URL(answer.headers.get('Location') ?? '', way.at(-1)).href
      way.push(next)
      if (until?.test(next)) break
      if (way.length > 20) throw new Error(`Sent round in circles: ${way.join(' → ')}`)
      answer = await this.ask(next)
    }
    return { answer, text: await answer.text(), way, url: way.at(-1) ?? url }
  }

  /** Goes there, and types this login where the provider asks for one. */
  async signIn(url: string, login: string, options: { until?: RegExp } = {}): Promise<Walk> {
    let walk = await this.go(url, options)
    for (let form = formIn(walk); form; form = formIn(walk)) {
      const typed = form.fields.prompt === 'login' ? { login, password: 'any' } : {}
      const next = await this.go(form.action, { form: { ...form.fields, ...typed }, ...options })
      walk = { ...next, way: [...walk.way, ...next.way] }
    }
    return walk
  }
}

/** The provider's: its login, or one that its pages send off by themselves. */
function formIn({ text, url }: Walk): { action: string; fields: Record<string, string> } | undefined {
  const [, action] = /<form[^>]* action="([^"]+)"/.exec(text) ?? []
  if (action === undefined || !/ method="post"/.test(text)) return undefined
  const hidden = text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
  const fields = Object.fromEntries([...hidden].map(([, name, value]) => [name, value]))
  return { action: new URL(action.replaceAll('&amp;', '&'), url).href, fields }
}

export interface Walk {
  answer: Response
  text: string
  way: string[]
  url: string
}
