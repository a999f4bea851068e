import { expect } from 'chai'
import { Deltas } from '../../server/core/deltas.ts'
import type { Upload } from '../../server/core/draft.ts'
import { remove, rename } from '../../server/core/edit.ts'
import type { Actor } from '../../server/core/ports.ts'
import { publishNew, publishVersion } from '../../server/core/publish.ts'
import { toArtifactView, watch } from '../../server/core/read.ts'
import type { Head } from '../../server/core/records.ts'
import type { World } from '../../server/core/world.ts'
import type { Press } from '../../server/render/press.ts'
import { startPress } from '../../server/render/start-press.ts'
import type { PublishQuery } from '../../shared/api.ts'
import { nowhere, openGround, signedIn, type TestGround } from '../ground.ts'
import { refusal } from '../refusal.ts'

const page = (title: string, query: PublishQuery = {}): Upload => ({
  body: Buffer.from(`<!doctype html><title>${title}</title>${'<p>the same line\n'.repeat(40)}`),
  bodyEncoding: 'identity',
  type: 'text/html',
  query,
  idempotencyKey: undefined,
})

describe('publishing', () => {
  const press = startPress()
  let ground: TestGround
  let world: World
  let ana: Actor
  let id: string
  let deltasMade: number

  beforeEach(async () => {
    ground = await openGround()
    deltasMade = 0
    const counted: Press = {
      ...press,
      delta(from, to) {
        deltasMade++
        return press.delta(from, to)
      },
    }
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    world = { ...ground, press: counted, deltas: new Deltas(ground.store, counted), log }
    ana = (await signedIn(ground)).actor
    id = (await publishNew(world, ana, nowhere, page('One'))).published.id
    ground.announced.length = 0
  })
  afterEach(() => ground.close())
  after(() => press.close())

  const next = (title: string, query?: PublishQuery) =>
    publishVersion(world, ana, nowhere, id, page(title, query), 'any')
  const pin = (pinned: number) => ground.store.transaction('any', tx => tx.updateArtifact(ana.orgId, id, { pinned }))
  const announcedHeads = (): Head[] => ground.announced.flatMap(said => (said.kind === 'changed' ? [said.head] : []))

  it('announces what was kept, once it is kept', async () => {
    const { published } = await next('Two')
    const [head, ...more] = announcedHeads()
    expect(more).to.deep.equal([])
    expect(head).to.deep.equal((await ground.store.heads([{ orgId: ana.orgId, artifactId: id }]))[0])
    expect(head).to.deep.include({ title: 'Two', rev: 2, viewerRev: 2, pinned: null })
    expect(head?.latest).to.deep.equal(head?.shared)
    expect(head?.latest).to.include({ number: 2, sha256: published.sha256 })
  })

  it('has the delta from the page before at hand when it announces', async () => {
    const [before] = await ground.store.versions(ana.orgId, id, { limit: 1 })
    const { published } = await next('Two')
    const delta = await world.deltas.between(ana.orgId, id, before?.sha256 ?? '', published.sha256)
    expect(delta).to.be.instanceOf(Uint8Array)
    expect(deltasMade).to.equal(0)
  })

  it('is recorded, with what a compliance log needs', async () => {
    await next('Two', { description: 'About' })
    const rows = ground.sql(`select type, details from audit where artifact_id = '${id}' order by at, rowid`)
    expect(rows.map(row => [row.type, JSON.parse(String(row.details)).is_redeploy])).to.deep.equal([
      ['claude_artifact_created', undefined],
      ['claude_artifact_published', false],
      ['claude_artifact_published', true],
    ])
    expect(JSON.parse(String(rows[2]?.details))).to.include({
      artifact_type: 'text/html',
      title: 'Two',
      description: 'About',
      version: 2,
    })
  })

  it('the same bytes again change nothing but from when they are kept, which is recorded, and wake nobody', async () => {
    const recorded = () => ground.sql(`select details from audit where type = 'galley_artifact_kept'`)
    const keptFrom = new Date(ground.clock.now()).toISOString()
    ground.clock.advance(60_000)
    expect((await next('One')).published).to.include({ version: 1, unchanged: true })
    expect(ground.announced).to.deep.equal([])
    expect(recorded()).to.deep.equal([{ details: JSON.stringify({ version: 1, previous_kept_from: keptFrom }) }])
  })

  it('keeps bytes once, where the page is its source and where a version has them already', async () => {
    const contents = () => ground.sql('select count(*) as n from contents')[0]?.n
    expect(contents()).to.equal(1)
    await next('One')
    expect(contents()).to.equal(1)
  })

  describe('while viewers are pinned to an older version', () => {
    beforeEach(() => pin(1))

    it('neither wakes nor informs them, even by the title', async () => {
      await next('Secret plan')
      const [head] = announcedHeads()
      expect(head).to.deep.include({ title: 'One', rev: 2, viewerRev: 1, pinned: 1 })
      expect(head?.latest.number).to.equal(2)
      expect(head?.shared.number).to.equal(1)
    })

    it('tells them nothing of a title given along with a hidden version, and says so to who gave it', async () => {
      const { published } = await next('Two', { title: 'For everybody' })
      expect(announcedHeads()[0]).to.include({ title: 'One', viewerRev: 1 })
      expect(published.warnings.map(warning => warning.rule)).to.include('pinned')
    })

    it('shows a viewer nothing of later versions: no number, no time, no pin', async () => {
      ground.clock.advance(60_000)
      await next('Hidden')
      const { artifact: seenByOwner, head } = await watch(world, ana, id)
      expect(seenByOwner).to.include({ latest: 2, pinned: 1, rev: 2 })
      expect(seenByOwner.shown.number).to.equal(2)
      const artifact = await ground.store.artifact(ana.orgId, id)
      if (!artifact) throw new Error('the artifact is gone')
      const seen = toArtifactView(world, 'viewer', artifact, { head, author: seenByOwner.author, waiting: new Map() })
      expect(seen).to.not.have.property('latest')
      expect(seen).to.include({ pinned: null, rev: 1, updatedAt: seen.createdAt })
      expect(seen.shown).to.include({ number: 1, publishedAt: seen.createdAt })
    })
  })

  it('to an artifact deleted while the page was being rendered is refused', async () => {
    const [published] = await Promise.allSettled([next('Late'), remove(world, ana, nowhere, id)])
    if (published.status === 'rejected') await refusal('not_found', Promise.reject(published.reason))
    expect(await ground.store.artifact(ana.orgId, id)).to.equal(undefined)
    expect(ground.announced.at(-1)).to.deep.equal({
      kind: 'deleted',
      orgId: ana.orgId,
      artifactId: id,
      ownerId: ana.memberId,
      touched: { everyone: false, memberIds: [], groups: [] },
    })
  })

  it('takes one emoji for an icon, and nothing else', async () => {
    for (const icon of ['📈', '🇩🇪', '👩🏽‍🚀', '👨‍👩‍👧‍👦', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']) {
      expect((await rename(world, ana, nowhere, id, { icon })).icon).to.equal(icon)
    }
    for (const icon of ['a', '1', '🇩', '📈📉', '📈 ', '<b>', '。']) {
      await refusal('invalid_request', rename(world, ana, nowhere, id, { icon }))
    }
  })
})
