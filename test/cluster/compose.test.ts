import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { readConfig } from '../../server/config.ts'
import { limits } from '../../shared/limits.ts'
import { composed, type Service, services } from './composed.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** What the tests beside this one do not see, for they have no container engine. */
describe('compose.yaml', () => {
  const all = Object.entries(services())
  const nodes = all.filter(([name]) => name.startsWith('node-')).map(([, service]) => service)
  const { node, postgres, redis } = composed()
  const namesWhere = (is: (service: Service) => boolean): string[] =>
    all.filter(([, service]) => is(service)).map(([name]) => name)

  it('has three nodes, which differ in their addresses alone', () => {
    const addresses = nodes.map(({ networks }) => networks.front?.ipv4_address)
    const [first, ...others] = nodes.map(({ networks, ...rest }) => ({ ...rest, networks: Object.keys(networks) }))
    expect(others).to.have.length(2)
    for (const other of others) expect(other).to.deep.equal(first)
    expect(new Set(addresses)).to.have.property('size', 3)
  })

  it('has the proxy go to these addresses, and hear what is asked for at those', () => {
    const conf = read('deploy/cluster.conf')
    const upstream = [...conf.matchAll(/^ +server ([\d.]+):(\d+) /gm)].map(([, host, port]) => `${host}:${port}`)
    expect(upstream).to.deep.equal(nodes.map(({ networks }) => `${networks.front?.ipv4_address}:${node.GALLEY_PORT}`))
    const asked = [node.GALLEY_PUBLIC_URL ?? '', ...(node.GALLEY_CONTENT_URLS ?? '').split(',')]
    const ports = asked.map(url => new URL(url).port)
    expect([...conf.matchAll(/^ +listen (\d+)/gm)].map(([, port]) => port)).to.deep.equal(ports)
    const { ports: published } = services().proxy ?? {}
    expect(published).to.deep.equal(ports.map(port => `127.0.0.1:${port}:${port}`))
  })

  it('has the proxy hand requests on as the one for a single node does', () => {
    const locationOf = (path: string): string[] =>
      (/location \/ \{\n([^}]*)\}/.exec(read(path))?.[1] ?? '').split('\n').map(line => line.trim())
    expect(locationOf('deploy/cluster.conf')).to.include('proxy_pass http://galley;')
    expect(locationOf('deploy/cluster.conf')).to.deep.equal(locationOf('deploy/nginx.conf'))
    const headOf = (path: string) => /^ +large_client_header_buffers .*;$/m.exec(read(path))?.[0].trim()
    expect(headOf('deploy/cluster.conf')).to.be.a('string').and.equal(headOf('deploy/nginx.conf'))
  })

  it('has settings that a node starts with, and lets every other one be set', () => {
    const config = readConfig(node)
    expect(config.trustProxy).to.equal(1)
    expect(config.redis?.cluster).to.equal(false)
    const known = new Set(read('server/config.ts').match(/\b(?:GALLEY|DATABASE|REDIS)_[A-Z_]+(?=:)/g))
    // The image has its own folder, and one Redis is no cluster.
    const others = [...known].filter(name => !['GALLEY_DATA_DIR', 'GALLEY_REDIS_CLUSTER'].includes(name))
    expect(Object.keys(node)).to.have.members(others)
  })

  it('says of which version each program is, and how much memory it may take', () => {
    const images = all.map(([, { image, build }]) => (build === undefined ? image : ''))
    for (const image of images.filter(Boolean)) expect(image).to.match(/^[a-z]+:\d+(?:\.\d+)?-[a-z]+$/)
    expect(namesWhere(({ mem_limit }) => !/^\d+[mg]$/.test(mem_limit))).to.deep.equal([])
  })

  it('can tell whether each is well, and starts it anew when it has ended', () => {
    expect(read('Dockerfile')).to.match(/^HEALTHCHECK .*\n +CMD .*\/healthz/m)
    expect(namesWhere(({ healthcheck, build }) => healthcheck === undefined && build === undefined)).to.deep.equal([])
    expect(namesWhere(({ restart }) => restart !== 'unless-stopped')).to.deep.equal([])
  })

  it('lets a node stop by itself, however long it may take', () => {
    const longest = limits.shutdown + limits.drainNotice
    for (const { stop_grace_period: grace } of nodes) expect(1000 * Number.parseInt(grace, 10)).to.be.above(longest)
  })

  it('has enough connections to PostgreSQL for its nodes, and as many commands beside them', () => {
    // What is read, what is written, and the job that it is at, or its tables that it brings up to date.
    const ofNode = limits.storeReaders + limits.storeWriters + 2
    expect(Number(postgres.max_connections)).to.be.above(2 * nodes.length * ofNode)
  })

  it('keeps what is in PostgreSQL, and nothing of Redis, which does not forget by itself', () => {
    const kept = namesWhere(({ volumes }) => volumes.some(volume => !volume.startsWith('./')))
    expect(kept).to.deep.equal(['postgres'])
    expect(redis).to.include({ save: '', appendonly: 'no', 'maxmemory-policy': 'noeviction' })
  })

  it('shows the network the proxy alone, and the proxy neither PostgreSQL nor Redis', () => {
    expect(namesWhere(({ ports }) => ports.length > 0)).to.deep.equal(['proxy'])
    expect(namesWhere(({ networks }) => 'front' in networks)).to.have.members(['proxy', 'node-1', 'node-2', 'node-3'])
    expect(namesWhere(({ networks }) => !('front' in networks))).to.have.members(['postgres', 'redis'])
  })
})
