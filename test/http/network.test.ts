import { expect } from 'chai'
import { networkOf } from '../../server/http/network.ts'

describe('whom failures are counted for', () => {
  const one = networkOf('2001:db8:1:2::1')

  it('are all addresses of an IPv6 network, which one subscriber has', () => {
    for (const other of ['2001:db8:1:2:ffff::9', '2001:0DB8:0001:0002:0:0:0:1']) expect(networkOf(other)).to.equal(one)
    expect(networkOf('2001:db8:1:3::1')).to.not.equal(one)
  })

  it('is each IPv4 address by itself, however it is written', () => {
    expect(networkOf('::ffff:203.0.113.9')).to.equal(networkOf('203.0.113.9'))
    expect(networkOf('203.0.113.10')).to.not.equal(networkOf('203.0.113.9'))
  })

  it('is somebody also where nothing usable is known of them', () => {
    for (const none of [null, 'unix:', 'fe80::1%eth0x y']) expect(networkOf(none)).to.be.a('string')
  })
})
