import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import express, { type ErrorRequestHandler } from 'express'
import { openAssets } from '../../server/http/assets.ts'

describe('the scripts and styles of the screens', () => {
  it('are read again after a reading has failed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'galley-test-'))
    await mkdir(join(directory, '.vite'))
    await mkdir(join(directory, 'assets'))
    const manifest = { 'client/home.ts': { file: 'assets/home-1.js', isEntry: true } }
    await writeFile(join(directory, '.vite/manifest.json'), JSON.stringify(manifest))
    const failed: ErrorRequestHandler = (_error, _req, res, _next) => res.status(500).end()
    const server = createServer(express().use(openAssets(directory).router, failed)).listen(0, '127.0.0.1')
    try {
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const get = () => fetch(`http://127.0.0.1:${port}/assets/home-1.js`)
      expect((await get()).status).to.equal(500)
      await writeFile(join(directory, 'assets/home-1.js'), 'let x')
      expect(await (await get()).text()).to.equal('let x')
    } finally {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true })
    }
  })
})
