// The address of each connection as records hold it, encoded once per connection.

import { hostBytes } from '../message/hosts.ts'
import type { HostBytes } from '../message/message.ts'
import type { Peer } from '../remoting/call.ts'

const mappedV4 = '::ffff:'

export class PeerHosts {
  readonly #known = new WeakMap<Peer, HostBytes>()

  /** The born host of what the connection sends. */
  of(peer: Peer): HostBytes {
    const known = this.#known.get(peer)
    if (known) return known
    const { host, port } = peer.remote
    const ip = host.startsWith(mappedV4) && host.includes('.') ? host.slice(mappedV4.length) : host
    const fresh = hostBytes(ip, port)
    this.#known.set(peer, fresh)
    return fresh
  }
}
