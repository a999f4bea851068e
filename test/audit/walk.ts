import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { AuditType, Member } from '../../server/core/records.ts'
import type { Sent, TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'

/** Who does something, by what, and who they are in the audit log. */
export interface Doer {
  sends: Pick<Sent, 'cookie' | 'token' | 'headers'>
  type: 'user' | 'api' | 'system' | 'anonymous'
  id: string | null
}

export const as = (member: Pick<Member, 'id'>, sends: Doer['sends']): Doer => ({ sends, type: 'user', id: member.id })
export const nobody: Doer = { sends: {}, type: 'anonymous', id: null }
export interface Row {
  id: string
  org_id: string
  at: number
  type: AuditType
  actor_type: string
  actor_id: string | null
  ip: string | null
  user_agent: string | null
  artifact_id: string | null
  version_id: string | null
  details: string
}

/** As the log has it. */
export type Whose = Pick<Doer, 'type' | 'id'> & { ip: string | null; userAgent: string | null }

/** A command, or a job. */
export const system: Whose = { type: 'system', id: null, ip: null, userAgent: null }

interface Asked extends Sent {
  /** By this member, if not by who sends it: who signs in has no session yet. */
  by?: Pick<Member, 'id'>
  /** Not 200 to 299. */
  status?: number
  /** It is answered before anything is kept: so many milliseconds later it is. */
  keptAfter?: number
}

/** Content that no version names yet, jobs that were done, and who asked for what is not there: nobody's, or nothing. */
const notState = ['contents', 'content_pieces', 'meta', 'refusals']

/** Does things one after the other, and holds the audit log against each of them. */
export class Walk {
  /** By which anything was done: routes, events, commands, jobs. */
  readonly ways = new Set<string>()
  /** All that was recorded of it. */
  readonly rows: Row[] = []
  readonly secrets = new Set<string>()
  private readonly dataDir: string
  private readonly clock: { now: number } | undefined
  private readonly app: TestApp | undefined
  private readonly known: Set<string>
  private calls = 0

  /** @param clock the server's, where it is the test's */
  constructor(dataDir: string, { app, clock }: { app?: TestApp; clock?: { now: number } } = {}) {
    this.dataDir = dataDir
    this.app = app
    this.clock = clock
    this.known = new Set(this.all().map(({ id }) => id))
  }

  /** A call over HTTP: it leaves exactly these rows, of who made it and where from; and none while none can be written. */
  async call(route: string, who: Doer, types: readonly AuditType[], asked: Asked = {}): Promise<Response> {
    const [method = '', path = ''] = route.split(' ')
    const { by, status, keptAfter = 0, ...sent } = asked
    const from = { ip: `192.0.2.${++this.calls % 256}`, userAgent: `walk ${this.calls}` }
    const headers = { 'X-Forwarded-For': from.ip, 'User-Agent': from.userAgent, ...who.sends.headers, ...sent.headers }
    const send = () => this.send(path, { ...who.sends, method, ...sent, headers })
    const actor = by ? as(by, {}) : who
    const way = `${method} ${wayOf(path)}`
    if (types.length > 0) {
      await this.unrecorded(way, async () => {
        const answer = await send()
        if (keptAfter === 0) expect(answer.status, way).to.equal(500)
        await sleep(keptAfter)
      })
    }
    const answer = await this.recorded(way, { type: actor.type, id: actor.id, ...from }, types, send)
    const text = await answer.clone().text()
    expect(answer.status, `${way}: ${text}`).to.satisfy((is: number) =>
      status ? is === status : is >= 200 && is < 300,
    )
    this.keepSecrets(answer, text)
    return answer
  }

  /** A call that only reads, whatever the answer is: it leaves no row. */
  async read(route: string, who: Doer): Promise<void> {
    const [method = '', path = ''] = route.split(' ')
    const answer = await this.recorded(`${method} ${wayOf(path)}`, undefined, [], () =>
      this.send(path, { ...who.sends, method }),
    )
    expect(answer.status, route).to.be.below(500)
  }

  private send(path: string, sent: Sent): Promise<Response> {
    if (!this.app) throw new Error('There is no server on this walk.')
    return this.app.request(path, sent)
  }

  /** Whatever else is done. @param who undefined: several, or it is looked at otherwise */
  async recorded<T>(
    way: string,
    who: Whose | undefined,
    types: readonly AuditType[],
    work: () => Promise<T>,
  ): Promise<T> {
    this.ways.add(way)
    const at = this.clock && ++this.clock.now
    const begun = Date.now()
    const done = await work()
    const until = performance.now() + 5_000
    while (this.fresh().length < types.length && performance.now() < until) await sleep(10)
    const rows = this.fresh()
    expect(
      rows.map(({ type }) => type),
      way,
    ).to.deep.equal(types)
    for (const row of rows) {
      const { actor_type: type, actor_id: id, ip, user_agent: userAgent } = row
      if (who) expect({ type, id, ip, userAgent }, way).to.deep.equal(who)
      if (at === undefined) expect(row.at, way).to.be.within(begun, Date.now())
      else expect(row.at, way).to.equal(at)
    }
    this.rows.push(...rows)
    for (const { id } of rows) this.known.add(id)
    return done
  }

  /** Long enough that a row too many has come. */
  async end(): Promise<void> {
    await sleep(2_500)
    expect(this.fresh(), 'afterwards').to.deep.equal([])
    const log = JSON.stringify(this.rows)
    for (const secret of this.secrets) expect(log).to.not.include(secret)
  }

  /** The log and the change are one: where the log takes no row, nothing is changed. */
  private async unrecorded(way: string, work: () => Promise<unknown>): Promise<void> {
    const before = this.state()
    this.sql("create trigger takes_no_row before insert on audit begin select raise(abort, 'no row'); end")
    try {
      await work()
    } finally {
      this.sql('drop trigger takes_no_row')
    }
    for (const [table, rows] of Object.entries(this.state())) {
      expect(rows, `${table} after ${way}, unrecorded`).to.deep.equal(before[table])
    }
  }

  private state(): Record<string, unknown> {
    const tables = this.sql("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")
    const names = tables.map(({ name }) => String(name)).filter(name => !notState.includes(name))
    return Object.fromEntries(names.map(name => [name, this.sql(`select * from "${name}" order by rowid`)]))
  }

  private fresh(): Row[] {
    return this.all().filter(({ id }) => !this.known.has(id))
  }

  private all(): Row[] {
    return this.sql('select * from audit order by rowid') as unknown as Row[]
  }

  private sql(statement: string): Record<string, unknown>[] {
    return runOn(this.dataDir, statement)
  }

  private keepSecrets(answer: Response, text: string): void {
    const named = /"(?:token|key|access_token|device_code|user_code)":"([^"]+)"/g
    for (const [, secret = ''] of text.matchAll(named)) this.secrets.add(secret)
    for (const [, secret = ''] of text.matchAll(/sign-in#([\w-]+)/g)) this.secrets.add(secret)
    for (const line of answer.headers.getSetCookie()) {
      const [, secret = ''] = /^[^=]+=([^;]+)/.exec(line) ?? []
      if (secret) this.secrets.add(secret)
    }
  }
}

/** As the server has it registered: ids and numbers are one's own. */
const wayOf = (path: string): string =>
  (path.split('?')[0] ?? '')
    .replace(/\/versions\/cver_\w+/, '/versions/:versionId')
    .replace(/\/access-requests\/\w+/, '/access-requests/:memberId')
    .replace(/\/versions\/\d+/, '/versions/:number')
    .replace(/\/assets\/[^/]+/, '/assets/:file')
    .replace(/\/(?:cart|user|role|atok|ckey)_\w+/, '/:id')
    .replace(/^\/admin\/\w+$/, '/admin/:section')
