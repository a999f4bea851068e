import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createAccessTokenFor } from '../../server/core/access-tokens.ts'
import { addMember } from '../../server/core/people.ts'
import { makeSignInLink } from '../../server/core/sign-in.ts'
import { openOffice } from '../../server/operator/office.ts'
import { runOn } from '../database-shell.ts'
import { freePorts, program as galley } from '../galley-process.ts'
import { signInWith } from '../sign-in.ts'

/** `galley serve` as an operator runs it: a process of its own, on the same ports and data however often it ends. */
export interface ServerProcess {
  readonly url: string
  readonly dataDir: string
  /** Past the store. */
  rows(sql: string): Record<string, unknown>[]
  /** Of the process that was started last. */
  readonly process: ChildProcess
  /** Warnings and errors that it logged, in all its lives. */
  complaints(): string
  /**
   * Resolves once it serves.
   * @param program Node's arguments, where it is another that starts the server
   * @throws Error when it ends before
   */
  start(program?: readonly string[]): Promise<void>
  /** Resolves once it is gone: by SIGKILL, which leaves it no last word, or as asked. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** A member of the first organisation, beside the server as an operator's command would be. */
  addMember(email: string): Promise<{ token: string; cookie: string; signInLink(): Promise<string> }>
  /** Ends it, and takes its data away. */
  close(): Promise<void>
}

export async function makeServer(): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'galley-test-'))
  const ports = await freePorts()
  const url = `http://localhost:${ports.GALLEY_PORT}`
  const settings = { ...ports, GALLEY_DATA_DIR: dataDir, GALLEY_LOG_LEVEL: 'warn' }
  let complaints = ''
  let child: ChildProcess | undefined
  const current = (): ChildProcess => {
    if (!child) throw new Error('The server was never started.')
    return child
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const ending = current()
    if (ending.exitCode !== null || ending.signalCode !== null) return
    const gone = once(ending, 'exit')
    ending.kill(signal)
    await gone
  }
  return {
    url,
    dataDir,
    rows: sql => runOn(dataDir, sql),
    get process() {
      return current()
    },
    complaints: () => complaints,
    async start(program = [galley, 'serve']) {
      const env = { PATH: process.env.PATH, ...settings }
      const started = spawn(process.execPath, program, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      child = started
      started.stderr.on('data', text => {
        complaints += String(text)
      })
      for await (const line of createInterface(started.stdout)) if (line.startsWith('Galley is at ')) return
      throw new Error(`The server ended before it was ready. ${complaints}`)
    },
    end,
    addMember: email => addMemberTo(settings, url, email),
    async close() {
      if (child) await end('SIGKILL')
      await rm(dataDir, { recursive: true })
    },
  }
}

/** The data are open for no longer than this takes: what a killed server left is its successor's to put right. */
async function addMemberTo(settings: Record<string, string>, url: string, email: string) {
  const beside = async <T>(work: (office: Awaited<ReturnType<typeof openOffice>>) => Promise<T>): Promise<T> => {
    const office = await openOffice({ ...settings, GALLEY_PUBLIC_URL: url }, { make: false })
    try {
      return await work(office)
    } finally {
      await office.close()
    }
  }
  const { member, token } = await beside(async ({ world, identity }) => {
    const [org] = await world.store.orgs()
    const member = await addMember(world, { orgId: org?.id ?? '', email, role: 'member' })
    const asked = { name: 'test', scope: 'full', expiresIn: 24 * 3600 } as const
    return { member, token: await identity.accessToken(await createAccessTokenFor(world, member, asked)) }
  })
  const signInLink = () => beside(async ({ world }) => (await makeSignInLink(world, member)).url)
  return { token, cookie: await signInWith(await signInLink()), signInLink }
}
