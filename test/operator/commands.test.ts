import { expect } from 'chai'
import { Command, CommanderError } from 'commander'
import { decodeProtectedHeader } from 'jose'
import { complierOf } from '../../server/core/comply.ts'
import { redeemSignInLink } from '../../server/core/sign-in.ts'
import type { Store } from '../../server/core/store-ports.ts'
import { openIdentity } from '../../server/identity/identity.ts'
import { addOperatorCommands } from '../../server/operator/commands.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { type GroundOn, groundOn, nowhere, secretOf } from '../ground.ts'
import { refusal } from '../refusal.ts'
import { type Implementation, implementations } from '../store/implementations.ts'

for (const implementation of implementations) {
  describe(`the commands beside a server over ${implementation.name}`, () => commands(implementation))
}

function commands(database: Implementation): void {
  let place: string
  let store: Store
  /** The running server, whose database the commands open a second time. */
  let server: GroundOn
  let open = 0
  let provider: string | undefined

  beforeEach(async () => {
    place = await database.makePlace()
    store = await database.open(place)
    server = await groundOn(store)
    open = 0
    provider = undefined
  })

  afterEach(async () => {
    expect(open).to.equal(0)
    await store.close()
    await database.removePlace(place)
  })

  async function office() {
    open++
    const store = await database.open(place)
    return {
      world: { ...server, store },
      identity: await openIdentity({ ...server, store }),
      place,
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

  it('tie organisations to what an identity provider calls them, one to one', async () => {
    await galley('org add Acme --claim acme')
    server.clock.advance(1000)
    await galley('org add Globex')
    expect((await galley('org claim globex globex.example')).stdout).to.equal(
      'Whoever is of "globex.example" at the identity provider signs in to "Globex" from now on.\n',
    )
    expect(JSON.parse((await galley('org list --json')).stdout)).to.deep.equal(
      (await server.store.orgs()).map(({ name, claim, id }) => ({ name, claim, members: 0, id })),
    )
    expect((await galley('org list')).stdout).to.match(
      /^NAME {4}CLAIM {10} MEMBERS {2}ID\nAcme {4}acme {12}0 {8}[0-9a-f-]{36}\nGlobex {2}globex\.example {2}0 /,
    )
    for (const line of ['org add Third --claim acme', 'org claim Globex acme']) {
      expect(await galley(line)).to.include({
        failed: 'invalid_request',
        sentence: '"Acme" has the claim "acme" already.',
      })
    }
    expect(await galley('org claim Globex globex.example')).to.include({ failed: undefined })
    expect(await galley('org claim Third x')).to.include({ failed: 'not_found' })
  })

  it('say how whoever was added signs in, where there is an identity provider', async () => {
    await galley('org add Acme')
    expect((await galley('member add ana@acme.example')).stderr).not.to.contain('They sign in at')
    provider = 'login.acme.example'
    expect((await galley('member add ben@acme.example')).stderr).to.equal(
      'They sign in at login.acme.example: who first comes from there with this address, verified, is them.\n' +
        'For a sign-in link: galley member link ben@acme.example\n',
    )
  })

  it('list members, and remove one, whose sessions and tokens are over', async () => {
    await galley('org add Acme')
    await galley('member add ana@acme.example --owner')
    server.clock.advance(1000)
    await galley('member add ben@acme.example --name Ben')
    const token = (await galley('token create --member ben@acme.example')).stdout.trim()
    const emails = async () =>
      JSON.parse((await galley('member list --json')).stdout).map((row: { email: string }) => row.email)
    expect(await emails()).to.deep.equal(['ana@acme.example', 'ben@acme.example'])
    const removed = await galley('member remove BEN@acme.example')
    expect(removed.stdout).to.equal('Ben <ben@acme.example> is no longer a member.\n')
    expect(removed.stderr).to.match(/What they published stays/)
    expect(await emails()).to.deep.equal(['ana@acme.example'])
    await refusal('token_revoked', server.identity.authenticate({ authorization: `Bearer ${token}` }))
    expect(await galley('member remove ben@acme.example')).to.include({ failed: 'not_found' })
    expect(await galley('member link ben@acme.example')).to.include({ failed: 'not_found' })
    await galley('member add ben@acme.example')
    await refusal('token_revoked', server.identity.authenticate({ authorization: `Bearer ${token}` }))
  })

  it('make a member an owner and an owner a member, which is recorded once', async () => {
    await galley('org add Acme')
    await galley('member add ana@acme.example --name Ana')
    const roles = async () =>
      JSON.parse((await galley('member list --json')).stdout).map((row: { role: string }) => row.role)
    for (const _again of [1, 2]) {
      expect((await galley('member role ANA@acme.example owner')).stdout).to.equal(
        'Ana <ana@acme.example> is now an owner.\n',
      )
    }
    expect(await roles()).to.deep.equal(['owner'])
    expect((await galley('member role ana@acme.example member')).stdout).to.match(/ is now a member\.\n$/)
    expect(await roles()).to.deep.equal(['member'])
    const told = await database.sql(
      place,
      "select details from audit where type = 'galley_member_updated' order by at, id",
    )
    expect(told.map(({ details }) => JSON.parse(String(details)).role)).to.have.members(['owner', 'member'])
    expect(await galley('member role ben@acme.example owner')).to.include({ failed: 'not_found' })
  })

  it('list tokens that are good, of everybody or of one, and revoke one', async () => {
    await galley('org add Acme')
    await galley('member add ana@acme.example')
    await galley('member add ben@acme.example')
    expect(await galley('token list')).to.include({ stdout: '', stderr: 'There are none.\n' })
    const token = (await galley('token create --member ana@acme.example --name CI')).stdout.trim()
    server.clock.advance(1000)
    await galley('token create --member ben@acme.example --scope read --expires 1h')
    interface Row {
      id: string
      name: string
      member: string
      scope: string
    }
    const rows = async (more = ''): Promise<Row[]> => JSON.parse((await galley(`token list${more} --json`)).stdout)
    expect((await rows()).map(row => [row.member, row.scope])).to.deep.equal([
      ['ben@acme.example', 'read'],
      ['ana@acme.example', 'publish'],
    ])
    const [ci] = await rows(' --member ana@acme.example')
    expect(ci).to.include({ name: 'CI', member: 'ana@acme.example' })
    expect((await galley(`token revoke ${ci?.id}`)).stdout).to.equal(`Revoked ${ci?.id} (CI).\n`)
    await refusal('token_revoked', server.identity.authenticate({ authorization: `Bearer ${token}` }))
    expect(await galley(`token revoke ${ci?.id}`)).to.include({ failed: 'not_found' })
    server.clock.advance(3_600_000)
    expect(await rows()).to.deep.equal([])
  })

  it('print a compliance key alone, of one organisation or several, list it with both, and revoke it', async () => {
    await galley('org add Acme')
    server.clock.advance(1000)
    await galley('org add Globex')
    const read = 'read:compliance_user_data'
    const open = async (line: string) => {
      const { stdout, stderr } = await galley(`compliance-key create ${line}`)
      expect(stdout).to.match(/^galley_compliance_\S{43}\n$/)
      expect(stderr).to.match(/opens http:\/\/localhost:3000\/v1\/compliance .* not shown again\.\n$/)
      return complierOf(server, stdout.trim(), nowhere)
    }
    const [acme = '', globex = ''] = (await server.store.orgs()).map(({ id }) => id)
    const both = await open(`--org acme --org ${globex} --org ACME --scope ${read} --scope delete:compliance_user_data`)
    expect(both.key.orgIds).to.have.members([acme, globex])
    expect(both.key.scopes).to.have.members([read, 'delete:compliance_user_data'])
    expect((await open(`--org Globex --scope ${read} --name SIEM`)).key.orgIds).to.deep.equal([globex])

    const rows = async (org: string): Promise<{ id: string; name: string; organisations: string; scopes: string }[]> =>
      JSON.parse((await galley(`compliance-key list --org ${org} --json`)).stdout)
    expect((await rows('globex')).map(({ name }) => name)).to.have.members(['SIEM', 'galley compliance-key create'])
    const [row] = await rows('acme')
    expect(row).to.include({ id: both.key.id, scopes: `${both.key.scopes.join(' ')}` })
    expect(row?.organisations.split(', ')).to.have.members(['Acme', 'Globex'])

    const { id } = both.key
    expect((await galley(`compliance-key revoke ${id}`)).stdout).to.equal(
      `Revoked ${id} (galley compliance-key create).\n`,
    )
    expect(await galley(`compliance-key revoke ${id}`)).to.include({ failed: 'not_found' })
    expect(await galley('compliance-key list --org acme')).to.include({ stdout: '', stderr: 'There are none.\n' })
    const told = await database.sql(
      place,
      "select org_id, type from audit where type like 'galley_compliance_key_%' order by at, type",
    )
    const [created, revoked] = ['galley_compliance_key_created', 'galley_compliance_key_revoked']
    expect(told.map(({ org_id, type }) => `${type} ${org_id}`)).to.have.members([
      ...[`${created} ${acme}`, `${created} ${globex}`, `${created} ${globex}`],
      ...[`${revoked} ${acme}`, `${revoked} ${globex}`],
    ])
  })

  it('rotate the keys: another signs within a minute, and nothing that was signed is void', async () => {
    await galley('org add Acme')
    await galley('member add ana@acme.example')
    const old = (await galley('token create --member ana@acme.example')).stdout.trim()
    const { stdout } = await galley('keys rotate')
    expect(stdout).to.match(/^[\w-]{43}\n$/)
    const fresh = (await galley('token create --member ana@acme.example')).stdout.trim()
    const kidOf = (token: string) => decodeProtectedHeader(token.slice('galley_'.length)).kid
    expect(kidOf(fresh)).to.equal(stdout.trim()).and.not.equal(kidOf(old))
    server.clock.advance(limits.signingKeysKept)
    for (const token of [old, fresh]) await server.identity.authenticate({ authorization: `Bearer ${token}` })
    const { keys } = await server.identity.jwks()
    expect(keys).to.have.length(2)
    const [record] = await database.sql(place, "SELECT * FROM audit WHERE type = 'galley_signing_key_rotated'")
    expect(JSON.parse(String(record?.details))).to.deep.equal({ kid: stdout.trim() })
  })

  it('want to know which organisation where there are several, by name or id', async () => {
    await galley('org add Acme')
    server.clock.advance(1000)
    await galley('org add Other')
    for (const line of [
      'member add a@b.example',
      'member link a@b.example',
      'token create --member a@b.example',
      'compliance-key create --scope read:compliance_activities',
    ]) {
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
      'org claim Acme',
      'member add',
      'member remove',
      'token revoke',
      'token create',
      'token create --member a@b.example --scope admin',
      'token create --member a@b.example --expires never',
      'token create --member a@b.example --expires 367d',
      'token create --member a@b.example --name ',
      'compliance-key create',
      'compliance-key create --scope read:everything',
      'compliance-key revoke',
      'member add a@b.example --admin',
      'member role a@b.example',
      'member role a@b.example admin',
    ]) {
      const { failed, stdout, stderr } = await galley(line)
      expect({ failed, stdout }, line).to.deep.equal({ failed: 'usage', stdout: '' })
      expect(stderr, line).to.match(/^error: /)
    }
  })
}
