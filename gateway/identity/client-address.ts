// Where a caller is: the other end of its connection, unless that is a proxy of the operator's.
// `X-Forwarded-For` of anybody else is words of the caller (security test S03).

import { isAddress, isWithin } from '../../src/access/source-ip.ts'

/**
 * The address of the caller. `forwarded` is the header; its last entry was written by the
 * nearest proxy. `trusted` are addresses and ranges of proxies.
 */
export function clientAddress(
  peer: string,
  forwarded: string | readonly string[] | undefined,
  trusted: readonly string[],
): string {
  if (trusted.length === 0 || forwarded === undefined || !isWithin(peer, trusted)) return peer
  const hops = String(forwarded)
    .split(',')
    .map((one) => one.trim())
  let address = peer
  for (const hop of hops.toReversed()) {
    if (!isAddress(hop)) break
    address = hop
    if (!isWithin(hop, trusted)) break
  }
  return address
}
