import ipaddr from 'ipaddr.js'

/**
 * Whom an address may be counted for: of IPv6 the first 64 bits, since whoever has one address of such a network has all
 * of it (RFC 6177 §2).
 */
export function networkOf(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return address ?? ''
  const parsed = ipaddr.process(address)
  return parsed instanceof ipaddr.IPv6
    ? parsed.parts
        .slice(0, 4)
        .map(part => part.toString(16))
        .join(':')
    : parsed.toString()
}
