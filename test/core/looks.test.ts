import { expect } from 'chai'
import { Deltas } from '../../server/core/deltas.ts'
import { views } from '../../server/core/history.ts'
import { Looks } from '../../server/core/looks.ts'
import { addMember } from '../../server/core/people.ts'
import type { Actor } from '../../server/core/ports.ts'
import { current } from '../../server/core/read.ts'
import type { World } from '../../server/core/world.ts'
import { startPress } from '../../server/render/start-press.ts'
import { limits } from '../../shared/limits.ts'
import { nowhere, openGround, signedIn, signIn, silent, type TestGround } from '../ground.ts'
import { publish, report } from '../live/nodes.ts'

describe('looks at one version by one person', () => {
  const press = startPress({ threads: 1 })
  let ground: TestGround
  let world: World
  let ana: Awaited<ReturnType<typeof signedIn>>
  let ben: Actor
  let id: string

  beforeEach(async () => {
    ground = await openGround()
    world = { ...ground, press, deltas: new Deltas(ground.store, press), log: silent }
    ana = await signedIn(ground)
    const { orgId } = ana.member
    const member = await addMember(ground, { orgId, email: 'ben@acme.example', role: 'member' })
    ben = (await ground.identity.authenticate({ cookieHeader: await signIn(ground, member) })).actor
    id = (await publish(world, ana.actor, report('one'))).id
  })
  afterEach(() => ground.close())
  after(() => press.close())

  /** As a node that knows of none before. */
  async function lookAtNode(): Promise<void> {
    const looks = new Looks(world)
    const artifact = { ...(await current(world, ana.actor, id)), role: 'viewer' as const }
    looks.saw(ben, nowhere, artifact)
    looks.saw(ben, nowhere, artifact)
    await looks.close()
  }
  const previewed = () =>
    Number(ground.sql(`select count(*) as n from audit where type = 'galley_artifact_previewed'`)[0]?.n)
  const times = async () => (await views(world, ana.actor, id, { limit: 9, cursor: undefined })).views[0]?.times
  const recorded = () =>
    Number(ground.sql(`select count(*) as n from audit where type = 'claude_artifact_viewed'`)[0]?.n)

  it('count once for a while, through however many nodes', async () => {
    await lookAtNode()
    ground.clock.advance(limits.lookCounted - 1)
    await lookAtNode()
    expect([await times(), recorded()]).to.deep.equal([1, 1])
    ground.clock.advance(1)
    await lookAtNode()
    expect([await times(), recorded()]).to.deep.equal([2, 2])
  })

  it('are none in a list that pictures it, which the log alone has, once a day and not beside a look', async () => {
    const looks = new Looks(world)
    const artifact = { ...(await current(world, ana.actor, id)), role: 'viewer' as const }
    looks.saw(ben, nowhere, artifact, 'preview')
    ground.clock.advance(limits.previewCounted - 1)
    looks.saw(ben, nowhere, artifact, 'preview')
    looks.saw(ben, nowhere, artifact)
    looks.saw(ben, nowhere, artifact, 'preview')
    await looks.close()
    expect([previewed(), recorded(), await times()]).to.deep.equal([1, 1, 1])
  })

  it('are kept together, of however many', async () => {
    const looks = new Looks(world)
    const artifact = { ...(await current(world, ana.actor, id)), role: 'viewer' as const }
    const { orgId } = ana.member
    for (let n = 0; n < 210; n++) {
      const { id: memberId } = await addMember(ground, { orgId, email: `${n}@acme.example`, role: 'member' })
      looks.saw({ ...ben, memberId }, nowhere, artifact)
    }
    await looks.close()
    expect(recorded()).to.equal(210)
    const counted = ground.sql('select count(distinct member_id) as people, count(*) as looks from views')
    expect(counted).to.deep.equal([{ people: 210, looks: 210 }])
  })
})
