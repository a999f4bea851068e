import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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

  describe('in a repository that names programs', () => {
    let trace: string
    beforeEach(async () => {
      git('init', '--quiet')
      await writeFile(join(folder, 'page.html'), 'one')
      await writeFile(join(folder, '.gitattributes'), '*.html filter=evil diff=evil')
      commit()
      trace = join(folder, 'trace')
      const program = join(folder, 'program')
      await writeFile(program, `#!/bin/sh\necho "$0 $*" >> '${trace}'\n`, { mode: 0o755 })
      const filters = ['filter.evil.clean', 'filter.evil.process', 'diff.evil.textconv', 'diff.external']
      const others = ['core.fsmonitor', 'core.sshCommand', 'remote.evil.uploadpack']
      for (const name of [...filters, ...others]) git('config', name, program)
    })
    const ran = () => readFile(trace, 'utf8').catch(() => '')

    it('runs none to compare', async () => {
      await writeFile(join(folder, 'page.html'), 'two')
      expect(await commitOf('page.html')).to.match(/-dirty$/)
      expect(await commitOf('trace')).to.match(/-dirty$/)
      expect(await commitOf(undefined)).to.match(/^\w{40}$/)
      expect(await ran()).to.equal('')
    })

    // What is not there is fetched from where the repository says (git's partial clone).
    for (const kind of ['ssh', 'file']) {
      it(`fetches nothing that is missing, by ${kind}`, async () => {
        const tree = git('rev-parse', 'HEAD^{tree}')
        await rm(join(folder, '.git', 'objects', tree.slice(0, 2), tree.slice(2)))
        git('config', 'core.repositoryFormatVersion', '1')
        git('config', 'extensions.partialClone', 'evil')
        git('config', 'remote.evil.promisor', 'true')
        git('config', 'remote.evil.url', `${kind}://${kind === 'ssh' ? 'evil.example' : ''}${folder}`)
        await commitOf('page.html')
        expect(await ran()).to.equal('')
      })
    }
  })

  it('is done without where there is no git', async () => {
    expect(await commitOf(undefined, { PATH: folder })).to.equal(undefined)
  })
})
