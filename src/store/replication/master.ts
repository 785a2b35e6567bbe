// The master's side: a port that slaves connect to, and one link for each.
//
// The port stays open whatever the role; only a master serves it. A peer is admitted by its
// address before a byte of it is read, and then by the token that it shows.
// Source: DefaultHAService, AutoSwitchHAService.

import type { Address, Listener, Network, Socket, SocketEvents } from '../../base/network.ts'
import { type LinkParts, MasterLink } from './master-link.ts'

export type MasterParts = Omit<LinkParts, 'onClose'> & {
  readonly network: Network
  readonly address: Address
  /** A port that is taken is replaced by a free one: slaves are told which. */
  readonly orAnyPort?: boolean
  /** Whether a peer at this host may be a slave. */
  readonly admits: (host: string) => boolean
  readonly onClose: (link: MasterLink) => void
}

/** More peers than any set has; those that say nothing go first. */
const linksMax = 64

/** Bytes of a turn that slaves are sent before it ends. */
const pushSize = 32_768

export class ReplicationMaster {
  readonly name = 'replication-master'
  readonly #parts: MasterParts
  readonly #links = new Set<MasterLink>()
  #slaves: readonly MasterLink[] = []
  #listener: Listener | undefined
  #isServing = false
  /** Where the log ended when slaves were last sent something. */
  #pushed = 0
  /** Since when there is something that they were not sent, by the monotonic clock. */
  #sinceMs: number | undefined

  constructor(parts: MasterParts) {
    this.#parts = parts
  }

  /** Where slaves reach it, once started. */
  get address(): Address {
    return this.#listener?.address ?? this.#parts.address
  }

  /** Slaves that follow. */
  get slaves(): readonly MasterLink[] {
    return this.#slaves
  }

  get linkCount(): number {
    return this.#links.size
  }

  /** Rejects when the port is taken, unless any other will do. */
  async start(): Promise<void> {
    const { network, address, orAnyPort } = this.#parts
    const listen = (at: Address) => network.listen(at, (socket) => this.#accept(socket))
    const listening = listen(address)
    this.#listener = await (orAnyPort
      ? listening.catch(() => listen({ ...address, port: 0 }))
      : listening)
  }

  async stop(): Promise<void> {
    this.serve(false)
    await this.#listener?.close()
  }

  /** Takes slaves, or sends all away. */
  serve(isServing: boolean): void {
    this.#isServing = isServing
    if (!isServing) for (const link of [...this.#links]) link.destroy()
  }

  /** Something was appended: all are sent it. */
  push(): void {
    this.#pushed = this.#parts.source.maxPosition
    const sinceMs = this.#sinceMs ?? this.#parts.clock.monotonic()
    this.#sinceMs = undefined
    for (const link of this.#links) link.appended(sinceMs)
  }

  /** A turn with much in it does not keep slaves from working meanwhile. */
  appended(endPosition: number): void {
    this.#sinceMs ??= this.#parts.clock.monotonic()
    if (endPosition - this.#pushed >= pushSize) this.push()
  }

  /** See {@link MasterLink.confirm}. */
  confirm(): void {
    for (const link of this.#links) link.confirm()
  }

  #accept(socket: Socket): SocketEvents {
    const { admits, log } = this.#parts
    const { host } = socket.remote
    if (!this.#isServing || !admits(host) || !this.#hasRoom()) {
      log.debug('peer-not-admitted', { host })
      socket.destroy()
      return { data() {}, close() {} }
    }
    const own = {
      ...this.#parts,
      onAck: (one: MasterLink) => this.#onAck(one),
      onClose: (one: MasterLink) => this.#onClose(one),
    }
    const link = new MasterLink(own, socket)
    this.#links.add(link)
    return link
  }

  /** The oldest peer that has said nothing makes room. */
  #hasRoom(): boolean {
    if (this.#links.size < linksMax) return true
    for (const link of this.#links) {
      if (link.isFollowing) continue
      link.destroy()
      return true
    }
    return false
  }

  #onAck(link: MasterLink): void {
    // Sends ask for the slaves one by one: the list is made anew only when it changes.
    if (!this.#slaves.includes(link)) this.#slaves = [...this.#slaves, link]
    this.#parts.onAck(link)
  }

  #onClose(link: MasterLink): void {
    this.#links.delete(link)
    this.#slaves = this.#slaves.filter((one) => one !== link)
    this.#parts.onClose(link)
  }
}
