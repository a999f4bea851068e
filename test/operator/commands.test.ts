import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { Command, CommanderError } from 'commander'
import { redeemSignInLink } from '../../server/core/sign-in.ts'
import { openIdentity } from '../../server/identity/identity.ts'
import { addOperatorCommands } from '../../server/operator/commands.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, openGround, secretOf, silent, type TestGround } from '../ground.ts'

describe('the commands beside the data', () => {
  /** The running server, whose database the commands open a second time. */
  let server: TestGround
  let open = 0
  let provider: string | undefined

  beforeEach(async () => {
    server = await openGround()
    open = 0
    provider = undefined
  })

  afterEach(async () => {
    expect(open).to.equal(0)
    await server.close()
  })

  async function office() {
    open++
    const store = await openSqliteStore({ dataDir: server.dataDir, random: randomBytes, log: silent })
    return {
      world: { ...server, store },
      identity: await openIdentity({ ...server, store }),
      provider,
      async close() {
        open--
        await store.close()
      },
    }
  }

  async function galley(line: string) {
    const written = { stdout: '', stderr: '' }
    const to = (stream: keyof typeof written) => ({
      write(text: string) {
        written[stream] += text
      },
    })
    const program = new Command('galley')
      .exitOverride()
      .configureOutput({ writeOut: to('stdout').write, writeErr: to('stderr').write })
    addOperatorCommands(program, office, { stdout: to('stdout'), stderr: to('stderr') })
    const failure = await program.parseAsync(line.split(' '), { from: 'user' }).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failure instanceof GalleyError) return { ...written, failed: failure.code, sentence: failure.message }
    if (failure instanceof CommanderError)
      return { ...written, failed: 'usage', sentence: '', exitCode: failure.exitCode }
    if (failure) throw failure
    return { ...written, failed: undefined, sentence: '' }
  }

  it('make an organisation, a member, and a link that signs in at the running server', async () => {
    expect((await galley('org add Acme')).stdout).to.match(/^Made the organisation "Acme" \([0-9a-f-]{36}\)\.\n$/)
    const added = await galley('member add Ana@Acme.example --name Ana --owner')
    expect(added.stdout).to.equal('Ana <ana@acme.example> is now an owner of "Acme".\n')
    const link = await galley('member link ana@acme.EXAMPLE')
    expect(link.stdout).to.match(/^http:\/\/localhost:3000\/sign-in#\S{43}\n$/)
    expect(link.stderr).to.match(/works once, until 2030-01-02 00:00 UTC/)

    const session = await redeemSignInLink(server, secretOf(link.stdout.trim()), nowhere)
    const cookieHeader = (await server.identity.sessionCookie(session)).split(';')[0]
    const { actor } = await server.identity.authenticate({ cookieHeader })
    expect((await server.store.member(actor.orgId, actor.memberId))?.name).to.equal('Ana')
  })

  it('print a token alone, which the running server takes', async () => {
    await galley('org add Acme')
    await galley('member add ana@acme.example')
    const show = async (line: string) => {
      const { stdout, stderr } = await galley(line)
      expect(stdout).to.match(/^galley_\S+\n$/)
      const { actor } = await server.identity.authenticate({ authorization: `Bearer ${stdout.trim()}` })
      return { ...actor, life: actor.credential.expiresAt - server.clock.now(), stderr }
    }
    const plain = await show('token create --member ana@acme.example')
    expect(plain).to.include({ scope: 'publish', life: limits.accessTokenDefault })
    expect(plain.stderr).to.match(/at http:\/\/localhost:3000 with the scope "publish" until 2030-01-31/)
    const full = await show('token create --member ANA@acme.example --scope full --expires 1d12h --name CI')
    expect(full).to.include({ scope: 'full', life: 36 * 3_600_000 })
    expect((await server.store.accessToken(full.credential.id))?.name).to.equal('CI')
  })

  it('want to know which organisation where there are several, by name or id', async () => {
    await galley('org add Acme')
    server.clock.advance(1000)
    await galley('org add Other')
    for (const line of ['member add a@b.example', 'member link a@b.example', 'token create --member a@b.example']) {
      const { failed, exitCode, stderr } = { exitCode: 0, ...(await galley(line)) }
      expect({ failed, exitCode }).to.deep.equal({ failed: 'usage', exitCode: 2 })
      expect(stderr).to.equal('error: say which organisation with --org: "Acme", "Other"\n')
    }
    const [acme, other] = await server.store.orgs()
    await galley('member add a@b.example --org other')
    await galley(`member add a@b.example --org ${acme?.id}`)
    for (const org of [acme, other]) expect(await server.store.members(org?.id ?? '')).to.have.length(1)
    expect((await galley('token create --member a@b.example --org Acme')).stdout).to.match(/^galley_/)
    expect(await galley('member link a@b.example --org Third')).to.include({
      failed: 'not_found',
      sentence: 'There is no organisation "Third". There are: "Acme", "Other".',
    })
  })

  it('say what to do when what they need is not there', async () => {
    expect((await galley('member add a@b.example')).sentence).to.match(/Make one with: galley org add NAME/)
    await galley('org add Acme')
    const nobody = 'Make them one with: galley member add a@b.example'
    expect((await galley('member link a@b.example')).sentence).to.contain(nobody)
    expect((await galley('token create --member a@b.example')).sentence).to.contain(nobody)
    expect(await galley('member add nobody')).to.include({ failed: 'invalid_request' })
    expect(await galley('org add acme')).to.include({ failed: 'invalid_request' })
  })

  it('refuse wrong usage without opening anything', async () => {
    for (const line of [
      'org add',
      'member add',
      'token create',
      'token create --member a@b.example --scope admin',
      'token create --member a@b.example --expires never',
      'token create --member a@b.example --expires 367d',
      'token create --member a@b.example --name ',
      'member add a@b.example --admin',
    ]) {
      const { failed, stdout, stderr } = await galley(line)
      expect({ failed, stdout }, line).to.deep.equal({ failed: 'usage', stdout: '' })
      expect(stderr, line).to.match(/^error: /)
    }
  })
})
