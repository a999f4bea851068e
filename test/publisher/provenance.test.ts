import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { provenanceOf } from '../../client/publisher/provenance.ts'

describe('provenance', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'galley-test-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const env = { PATH: process.env.PATH, HOME: '/nonexistent' }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim()
  const commit = () => {
    git('add', '.')
    git('-c', 'user.name=A', '-c', 'user.email=a@a.example', 'commit', '--quiet', '--message', 'One')
    return git('rev-parse', 'HEAD')
  }
  const commitOf = async (name: string | undefined, more = {}) => {
    const terminal = { env: { ...env, ...more }, cwd: folder, version: '1.2.3' }
    return (await provenanceOf(terminal, name && join(folder, name))).commit
  }

  it('names the commit, and whether the file is as it is there', async () => {
    await writeFile(join(folder, 'page.html'), 'one')
    expect(await commitOf('page.html')).to.equal(undefined)
    git('init', '--quiet')
    expect(await commitOf('page.html')).to.equal(undefined)
    await writeFile(join(folder, '.gitignore'), 'made.html')
    const head = commit()
    await writeFile(join(folder, 'other.html'), '')
    expect(await commitOf('page.html')).to.equal(head)
    expect(await commitOf(undefined)).to.equal(head)
    expect(await commitOf('other.html')).to.equal(`${head}-dirty`)
    await writeFile(join(folder, 'made.html'), '')
    expect(await commitOf('made.html')).to.equal(head)
    await writeFile(join(folder, 'page.html'), 'two')
    expect(await commitOf('page.html')).to.equal(`${head}-dirty`)
  })

  it('is done without where there is no git', async () => {
    expect(await commitOf(undefined, { PATH: folder })).to.equal(undefined)
  })
})
