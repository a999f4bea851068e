import { appendFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { FollowedFile } from '../../client/publisher/follow.ts'
import { limits } from '../../shared/limits.ts'

describe('a followed file', () => {
  let folder: string
  let path: string
  let file: FollowedFile
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'galley-test-'))
    path = join(folder, 'site', 'page.html')
    await mkdir(join(folder, 'site'))
    await writeFile(path, 'first')
    file = new FollowedFile(path)
    await file.mark()
  })
  afterEach(() => rm(folder, { recursive: true }))

  const never = new AbortController().signal
  const quiet = async () => {
    const moment = AbortSignal.timeout(5 * limits.fileLook)
    const end = await file.saved(moment).then(
      () => 'saved',
      () => 'quiet',
    )
    expect(end).to.equal('quiet')
  }

  const waysToSave: Record<string, () => Promise<void>> = {
    'written in place, as long as before': () => writeFile(path, 'again'),
    async 'renamed over, as vim and VS Code do'() {
      await writeFile(`${path}~`, 'again')
      await rename(`${path}~`, path)
    },
    async 'moved away and written anew'() {
      await rename(path, `${path}~`)
      await writeFile(path, 'again')
    },
    async 'deleted with its folder and made again, as builds do'() {
      await rm(join(folder, 'site'), { recursive: true })
      await wait(2 * limits.fileLook)
      await mkdir(join(folder, 'site'))
      await writeFile(path, 'again')
    },
    async 'in a folder that was swapped for another'() {
      await mkdir(join(folder, 'next'))
      await writeFile(join(folder, 'next', 'page.html'), 'again')
      await rm(join(folder, 'last'), { recursive: true, force: true })
      await rename(join(folder, 'site'), join(folder, 'last'))
      await rename(join(folder, 'next'), join(folder, 'site'))
    },
    async 'a link that was pointed elsewhere'() {
      await writeFile(join(folder, 'other.html'), 'again')
      await symlink(join(folder, 'other.html'), `${path}~`)
      await rename(`${path}~`, path)
    },
  }
  for (const [way, save] of Object.entries(waysToSave)) {
    it(`is saved when ${way}, every time`, async () => {
      for (let time = 0; time < 2; time += 1) {
        const saved = file.saved(never)
        await save()
        await saved
        await file.mark()
      }
    })
  }

  it('is not saved by being read, nor by what happens beside it', async () => {
    await readFile(path)
    await writeFile(join(folder, 'site', 'other.html'), 'x')
    await quiet()
  })

  it('is saved when it stands still, not while it is being written', async () => {
    let pieces = 0
    const writing = setInterval(() => {
      appendFileSync(path, '<p>')
      pieces += 1
      if (pieces === 20) clearInterval(writing)
    }, limits.fileLook / 4)
    await file.saved(never)
    expect(pieces).to.equal(20)
  })

  it('counts what was saved before it was asked, after the mark, and once', async () => {
    await writeFile(path, 'again')
    await file.saved(never)
    await file.mark()
    await quiet()
  })

  it('is gone when it stays away, and is back when it comes', async () => {
    await rm(path)
    await file.saved(never)
    await file.mark()
    const back = file.saved(never)
    await writeFile(path, 'again')
    await back
  })

  it('ends with its signal', async () => {
    const over = new AbortController()
    const saved = file.saved(over.signal)
    over.abort()
    const error = await saved.catch((error: unknown) => error)
    expect(error).to.have.property('name', 'AbortError')
  })
})
