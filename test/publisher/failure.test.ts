import { mkdir, open } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { CommanderError } from 'commander'
import { reportFailure } from '../../client/publisher/failure.ts'
import { InterruptedError } from '../../client/publisher/terminal.ts'
import { UsageError } from '../../client/publisher/usage.ts'
import { ApiError, UnreachableError } from '../../client/sdk/client.ts'
import { GalleyError } from '../../shared/errors.ts'

describe('a failure', () => {
  async function reported(error: unknown, json = false): Promise<{ said: string; code: number }> {
    const stderr = new PassThrough()
    const code = reportFailure(error, { stderr }, json)
    stderr.end()
    return { said: await text(stderr), code }
  }
  const inJson = async (error: unknown) => JSON.parse((await reported(error, true)).said).error
  const conflict = new ApiError({
    type: 'about:blank',
    title: 'Precondition Failed',
    status: 412,
    code: 'version_conflict',
    detail: 'Version 3 is current.',
    requestId: 'r1',
    current: 3,
  })

  it('is its own sentence, and an exit code', async () => {
    expect(await reported(conflict)).to.deep.equal({ said: 'Version 3 is current.\n', code: 1 })
    expect(await reported(new UsageError('Say which.'))).to.deep.equal({ said: 'Say which.\n', code: 2 })
    expect(await reported(new InterruptedError('Nothing was done.'))).to.include({ code: 1 })
    expect(await reported(Object.assign(new Error('GALLEY_PORT …'), { exitCode: 78 }))).to.include({ code: 78 })
    expect(await reported(new UnreachableError('It could not be reached.'))).to.include({
      said: 'It could not be reached. To look closer: galley doctor\n',
    })
    expect(await reported('thrown')).to.deep.equal({ said: 'thrown\n', code: 1 })
  })

  it('is nothing to be said of when help was asked for, which alone is a success', async () => {
    expect(await reported(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'))).to.deep.equal({
      said: '',
      code: 0,
    })
    expect(await reported(new CommanderError(1, 'commander.help', '(outputHelp)'))).to.deep.equal({ said: '', code: 2 })
  })

  it('has a stable code in JSON, with the facts', async () => {
    expect(await inJson(conflict)).to.deep.equal({
      code: 'version_conflict',
      message: 'Version 3 is current.',
      status: 412,
      requestId: 'r1',
      current: 3,
    })
    const facts = { limit: 9 }
    expect(await inJson(new GalleyError('page_too_large', 'Too large.', facts))).to.include({
      code: 'page_too_large',
      ...facts,
    })
    expect(await inJson(new UsageError('x'))).to.include({ code: 'usage' })
    expect(await inJson(new UnreachableError('x'))).to.include({ code: 'unreachable' })
    expect(await inJson(new InterruptedError('x'))).to.include({ code: 'interrupted' })
    expect(await inJson(new TypeError('x'))).to.deep.equal({ code: 'failed', message: 'x' })
  })

  it('is of the kind of what caused it, told in other words', async () => {
    const told = new Error('Advice.', { cause: new Error('In between.', { cause: conflict }) })
    expect(await inJson(told)).to.include({ code: 'version_conflict', message: 'Advice.', current: 3 })
  })

  it('of the operating system is a sentence too', async () => {
    const failing = (attempt: Promise<unknown>) => attempt.then(() => undefined, reported)
    expect(await failing(mkdir('/dev/null/galley'))).to.deep.equal({
      said: '/dev/null/galley is no folder, or within none. Move what is there, and try again.\n',
      code: 1,
    })
    const full = await open('/dev/full', 'w')
    const written = await failing(full.writeFile('x'))
    await full.close()
    expect(written).to.deep.equal({ said: 'The disk is full. Make room on it, and try again.\n', code: 1 })
  })
})
