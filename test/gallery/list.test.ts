import { expect } from 'chai'
import { extended, listOf, renewed } from '../../client/gallery/list.ts'
import type { Artifact } from '../../shared/api.ts'

const artifact = (id: string, rev: number, updatedAt = rev): Artifact => ({
  ...{ id, url: '', title: id, icon: '', description: '', role: 'owner', audience: 'private', pinned: null },
  author: { name: '', email: '' },
  shown: { number: 1, sha256: '0'.repeat(64), size: 1, publishedAt: '', note: null },
  ...{ epoch: 'e', rev, createdAt: '', updatedAt: new Date(updatedAt).toISOString() },
})
const read = (artifacts: Artifact[], nextCursor: string | null = null) => ({ artifacts, nextCursor })
const said = (list: ReturnType<typeof listOf>) => list.rows.map(({ artifact, changes }) => [artifact.id, changes])

describe('the list of one’s pages', () => {
  it('counts what has changed since, and what is new, and nothing else', () => {
    const list = listOf(read([artifact('c', 3), artifact('b', 2), artifact('a', 1)]))
    const now = renewed(list, read([artifact('d', 5), artifact('a', 4), artifact('c', 3), artifact('b', 2)]))
    expect(said(now)).to.deep.equal([
      ['d', 1],
      ['a', 1],
      ['c', 0],
      ['b', 0],
    ])
    expect(now.rows[2], 'the very row').to.equal(list.rows[0])
  })

  it('counts who asks to be let in, which raises no rev', () => {
    const list = listOf(read([{ ...artifact('a', 1), waiting: 0 }]))
    expect(said(renewed(list, read([{ ...artifact('a', 1), waiting: 1 }])))).to.deep.equal([['a', 1]])
  })

  it('counts the first page after none, and each page of a restored database', () => {
    expect(said(renewed(listOf(read([])), read([artifact('a', 1)])))).to.deep.equal([['a', 1]])
    const restored = { ...artifact('a', 1), epoch: 'f' }
    expect(said(renewed(listOf(read([artifact('a', 1)])), read([restored])))).to.deep.equal([['a', 1]])
  })

  it('goes on where it ended, with nothing twice', () => {
    const list = extended(
      listOf(read([artifact('c', 3), artifact('b', 2)], 'next')),
      read([artifact('b', 2), artifact('a', 1)]),
    )
    expect(said(list).map(([id]) => id)).to.deep.equal(['c', 'b', 'a'])
    expect(list.nextCursor).to.equal(null)
  })
})
