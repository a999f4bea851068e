import { expect } from 'chai'
import { type Change, foretell } from '../../client/admin/effects.ts'
import type { Settings, SettingsEffects } from '../../shared/admin.ts'

const now = Date.UTC(2030, 0, 31)

const settings: Settings = {
  publishing: true,
  readableWhenOff: true,
  membersPublish: true,
  retentionPrivateDays: null,
  retentionSharedDays: null,
  presence: true,
  viewTracking: true,
}
const nothing: SettingsEffects = {
  expiring: { private: 0, shared: 0 },
  nextRunAt: new Date(now + 3_600_000).toISOString(),
  graceDays: 7,
  artifacts: 38,
  publishers: { before: 12, after: 12 },
  views: 1_204,
}

/** All that is said, in one string, with the name of what has to be confirmed. */
function said(patch: Change, effects: Partial<SettingsEffects> = {}, before: Partial<Settings> = {}) {
  const { sentences, confirm } = foretell({ ...settings, ...before }, patch, { ...nothing, ...effects }, now)
  return { text: sentences.join(' '), confirm }
}

describe('What a setting will do', () => {
  it('is said of publishing, and asked for by name before it ends', () => {
    const off = said({ publishing: false }, { publishers: { before: 12, after: 0 } })
    expect(off.text).to.contain('Nobody can publish any more').and.contain('12 members may today')
    expect(off.text).to.contain('38 pages stay open')
    expect(off.confirm).to.equal('Switch publishing off')
    const on = said({ publishing: true }, { publishers: { before: 0, after: 1 } }, { publishing: false })
    expect(on).to.deep.equal({ text: '1 member can publish again.', confirm: undefined })
  })

  it('is said of pages that close, when they do, and of nothing that does not', () => {
    const closing = said({ publishing: false }, {}, { readableWhenOff: false })
    expect(closing.text).to.contain('38 pages close for everybody')
    expect(closing.confirm).to.equal('Switch off, and close 38 pages')
    expect(said({ readableWhenOff: false }).text).to.contain('Nothing changes now')
    expect(said({ readableWhenOff: false }).confirm).to.equal(undefined)
    const off = said({ readableWhenOff: false }, { artifacts: 1 }, { publishing: false })
    expect(off.text).to.contain('1 page closes for everybody')
    expect(off.confirm).to.equal('Close 1 page')
  })

  it('is said of who gains and who loses the right to publish', () => {
    const { text } = said({ membersPublish: false }, { publishers: { before: 12, after: 5 } })
    expect(text).to.contain('7 members who may publish today will not be able to.').and.contain('5 in all')
    expect(said({ membersPublish: false }).text).to.contain('Nobody gains or loses anything today.')
    const gained = said({ membersPublish: true }, { publishers: { before: 5, after: 6 } }, { membersPublish: false })
    expect(gained.text).to.equal('1 more member can publish: 6 in all.')
    expect(said({ membersPublish: false }, {}, { publishing: false }).text).to.contain('because publishing is off')
  })

  it('is said of looks: hidden, not deleted', () => {
    expect(said({ viewTracking: false }).text).to.contain('1,204 looks noted so far are hidden, and not deleted.')
    expect(said({ viewTracking: true }, { views: 0 }, { viewTracking: false }).text).not.to.contain('noted so far')
  })

  it('is said of retention: how many go, when, until when they can be had back', () => {
    const { text, confirm } = said({ retentionPrivateDays: 30 }, { expiring: { private: 12, shared: 0 } })
    expect(text).to.contain(
      '12 private pages to which nobody has published for 30 days will be deleted at the next run, at the latest in an hour.',
    )
    expect(text).to.contain('For 7 days after that you can take them back')
    expect(confirm).to.equal('Delete 12 pages')
    const both = said(
      { retentionPrivateDays: 1, retentionSharedDays: 2 },
      { expiring: { private: 1, shared: 2 }, nextRunAt: new Date(now + 60_000).toISOString() },
    )
    expect(both.text).to.contain('1 private page to which nobody has published for 1 day').and.contain('in 1 minute.')
    expect(both.confirm).to.equal('Delete 3 pages')
  })

  it('is said of a period alone that is changed, also when it deletes nothing', () => {
    const expiring = { private: 12, shared: 3 }
    const shared = said({ retentionSharedDays: 60 }, { expiring }, { retentionPrivateDays: 30 })
    expect(shared.text).to.contain('3 shared pages').and.not.contain('private')
    expect(shared.confirm).to.equal('Delete 3 pages')
    expect(said({ retentionSharedDays: 60 }).text).to.contain('No shared page is that old')
    expect(said({ retentionPrivateDays: null }, {}, { retentionPrivateDays: 30 })).to.deep.equal({
      text: 'No private page is deleted for its age any more. What was deleted already stays so.',
      confirm: undefined,
    })
  })
})
