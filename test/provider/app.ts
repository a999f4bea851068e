import type { Parts } from '../../server/app.ts'
import { addOrg, setOrgClaim } from '../../server/core/people.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { startProvider, type TestProvider } from './provider.ts'

/** A server whose people sign in at a provider: those that it says are of `acme`, and those of `globex`. */
export interface Organisations {
  app: TestApp
  provider: TestProvider
  close(): Promise<void>
}

/** @param settings the server's, beside those that name the provider */
export async function startOrganisations(
  parts: Parts = {},
  settings: Record<string, string> = {},
): Promise<Organisations> {
  const provider = await startProvider()
  const app = await startTestApp(parts, { ...provider.env, ...settings })
  await provider.serves(app.url)
  await provider.knows({
    ada: { email: 'ada@acme.example', email_verified: true, name: 'Ada Lovelace', org: 'acme', groups: ['engines'] },
    ben: { email: 'ben@acme.example', email_verified: true, name: 'Ben', org: 'acme', groups: [] },
    gus: { email: 'gus@globex.example', email_verified: true, name: 'Gus', org: 'globex' },
    uma: { email: 'uma@umbrella.example', email_verified: true, name: 'Uma', org: 'umbrella' },
  })
  const acme = (await app.ground.store.orgs()).find(({ name }) => name === 'Acme')
  if (acme) await setOrgClaim(app.ground, acme, 'acme')
  await addOrg(app.ground, { name: 'Globex', claim: 'globex' })
  return {
    app,
    provider,
    async close() {
      await app.close()
      await provider.stop()
    },
  }
}
