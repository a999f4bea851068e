import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import Provider from 'oidc-provider'
import type { Settings } from './settings.ts'

/**
 * A certified identity provider, in a process of its own: `process.ts`, told by its parent over IPC how it is to be,
 * again and again. What people have signed in to there outlives that: it is kept in this process's memory.
 */
const server = createServer((req, res) => answer(req, res))
let answer: RequestListener = (_req, res) => res.writeHead(503).end()
const keys = new Map<number, JWK>()

process.on('message', (settings: Settings) => {
  be(settings).then(
    () => process.send?.({ port: portOf() }),
    error => {
      throw error
    },
  )
})
process.on('disconnect', () => process.exit())

async function be(settings: Settings): Promise<void> {
  if (!server.listening) await new Promise<void>(resolve => server.listen(settings.port, '127.0.0.1', resolve))
  answer = answering(settings, await keyOf(settings.keys))
}

const portOf = (): number => (server.address() as AddressInfo).port

function answering(settings: Settings, key: JWK): RequestListener {
  if (settings.mood === 'failing') return (_req, res) => res.writeHead(500).end('The provider is out of order.')
  if (settings.mood === 'silent') return () => undefined
  const provider = providerAs(settings, key)
  return provider.callback()
}

/** The n-th key, in place of the one before, which is published no longer. */
async function keyOf(n: number): Promise<JWK> {
  const known = keys.get(n)
  if (known) return known
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: `key-${n}`, alg: 'RS256', use: 'sig' }
  keys.set(n, key)
  return key
}

function providerAs({ issuer, redirectUris, client, people }: Settings, key: JWK): Provider {
  const provider = new Provider(issuer ?? `http://127.0.0.1:${portOf()}`, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [...redirectUris] }],
    jwks: { keys: [key] },
    cookies: { keys: ['of this process alone'] },
    pkce: { required: () => true },
    claims: { openid: ['sub', 'org', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    // Beside the ID token, which then says who it is and no more, or in it.
    conformIdTokenClaims: client.claimsAt === 'userinfo',
    findAccount: (_ctx, id) => {
      const claims = people[id]
      return claims && { accountId: id, claims: () => ({ ...claims, sub: id }) }
    },
    // Nobody is asked whether Galley may know who they are: it is their organisation's own.
    async loadExistingGrant(ctx) {
      const { client, session, params } = ctx.oidc
      const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId })
      grant.addOIDCScope(String(params?.scope))
      await grant.save()
      return grant
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 86_400, Grant: 86_400 },
  })
  provider.proxy = issuer !== undefined
  return provider
}
