// TCP between the nodes of the world. Bytes of a connection keep their order and are never lost:
// a blocked link holds them until it is healed, as retransmissions do. What breaks is the
// connection: by a kill, which the peer learns if the link lets it, or by a machine that vanished,
// which it learns when it next writes after the machine came back.

import type { Address, Listener, Network, Socket, SocketEvents } from '../../src/base/network.ts'
import type { Node, World } from './world.ts'

type Accept = (socket: Socket) => SocketEvents

type Listening = {
  readonly node: Node
  readonly life: number
  readonly accept: Accept
  readonly address: Address
}

const highWaterBytes = 1024 * 1024
const retryMs = 50

export class SimNetwork {
  readonly #world: World
  readonly #listeners = new Map<number, Listening>()
  readonly #ends = new Set<End>()
  #port = 20_000

  constructor(world: World) {
    this.#world = world
  }

  of(node: Node): Network {
    const life = node.life
    return {
      listen: async (asked, accept) => this.#listen(node, life, asked, accept),
      connect: (address, { timeoutMs }, attach) =>
        this.#connect(node, life, address, timeoutMs, attach),
    }
  }

  /** The process is gone. `isSilent`: and its machine too, so that nobody is told. */
  died(node: Node, isSilent: boolean): void {
    for (const [port, one] of this.#listeners) if (one.node === node) this.#listeners.delete(port)
    for (const end of [...this.#ends]) {
      if (end.node !== node) continue
      this.#ends.delete(end)
      if (!isSilent) end.breakPeer()
    }
  }

  #listen(node: Node, life: number, asked: Address, accept: Accept): Listener {
    const port = asked.port === 0 ? this.#port++ : asked.port
    const address = { host: asked.host, port }
    if (this.#listeners.has(port)) throw new Error(`port ${port} is taken`)
    this.#listeners.set(port, { node, life, accept, address })
    return {
      address,
      close: async () => {
        if (this.#listeners.get(port)?.life === life) this.#listeners.delete(port)
      },
    }
  }

  #connect(
    node: Node,
    life: number,
    address: Address,
    timeoutMs: number,
    attach: Accept,
  ): Promise<Socket> {
    const world = this.#world
    return new Promise((resolve, reject) => {
      const end = world.now + timeoutMs
      const fail = (reason: string) => world.inNode(node, life, () => reject(new Error(reason)))
      const attempt = (): void => {
        if (node.life !== life) return
        if (world.now >= end) {
          fail('no connection in time')
          return
        }
        const found = this.#listeners.get(address.port)
        const target = found?.node
        if (!found) {
          fail('nobody listens')
          return
        }
        if (target && (world.isBlocked(node, target) || world.isBlocked(target, node))) {
          world.at(retryMs, attempt)
          return
        }
        world.inNode(node, life, () => {
          // While this node was paused the listener's process may have ended.
          if (this.#listeners.get(address.port) !== found) {
            attempt()
            return
          }
          const local = { host: '127.0.0.1', port: this.#port++ }
          const near = new End(world, this.#ends, node, local, found.address)
          const far = new End(world, this.#ends, found.node, found.address, local)
          near.join(far, attach)
          far.join(near, found.accept)
          resolve(near)
        })
      }
      world.at(world.latency() * 2, attempt)
    })
  }
}

class End implements Socket {
  readonly local: Address
  readonly remote: Address
  readonly node: Node
  readonly #world: World
  readonly #ends: Set<End>
  readonly #life: number
  #peer: End | undefined
  #events: SocketEvents | undefined
  #isClosed = false
  #isPaused = false
  #isEnding = false
  #unread = 0
  #isFull = false
  #inbox: Uint8Array[] = []
  /** When the last thing sent to this end arrives: order is kept. */
  #lastAt = 0

  constructor(world: World, ends: Set<End>, node: Node, local: Address, remote: Address) {
    this.#world = world
    this.#ends = ends
    this.node = node
    this.#life = node.life
    this.local = local
    this.remote = remote
    ends.add(this)
  }

  join(peer: End, attach: Accept): void {
    this.#peer = peer
    this.#events = attach(this)
  }

  get bufferedBytes(): number {
    const peer = this.#peer
    return this.#isClosed || !peer ? 0 : peer.#unread
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const peer = this.#peer
    if (this.#isClosed || this.#isEnding || !peer) return false
    const bytes = Buffer.concat(chunks)
    peer.#unread += bytes.length
    this.#towards(peer, () => peer.#arrive(bytes))
    this.#isFull = this.bufferedBytes > highWaterBytes
    return !this.#isFull
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#world.at(0, () => this.#inOwn(() => this.#deliver()))
  }

  end(): void {
    if (this.#isClosed || this.#isEnding) return
    this.#isEnding = true
    const peer = this.#peer
    if (peer) this.#towards(peer, () => peer.#close())
    this.#world.at(0, () => this.#inOwn(() => this.#close()))
  }

  destroy(error?: Error): void {
    if (this.#isClosed) return
    this.breakPeer()
    this.#world.at(0, () => this.#inOwn(() => this.#close(error)))
  }

  /** Tells the peer that this end is gone. */
  breakPeer(): void {
    const peer = this.#peer
    if (peer) this.#towards(peer, () => peer.#close(new Error('connection reset')))
  }

  /** Arrives at the peer in order, once the link lets it through. */
  #towards(peer: End, run: () => void): void {
    const world = this.#world
    const at = Math.max(world.now + world.latency(), peer.#lastAt)
    peer.#lastAt = at
    const arrive = (): void => {
      if (world.isBlocked(this.node, peer.node)) {
        peer.#lastAt = Math.max(peer.#lastAt, world.now + retryMs)
        world.at(retryMs, arrive)
      } else if (peer.node.isAlive && peer.node.life !== peer.#life) {
        // Another process runs there: it knows nothing of this connection.
        world.at(world.latency(), () => this.#inOwn(() => this.#close(new Error('reset'))))
      } else peer.#inOwn(run)
    }
    world.at(at - world.now, arrive)
  }

  #inOwn(run: () => void): void {
    this.#world.inNode(this.node, this.#life, run)
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#isClosed) return
    this.#inbox.push(bytes)
    this.#deliver()
  }

  #deliver(): void {
    while (!this.#isPaused && !this.#isClosed) {
      const bytes = this.#inbox.shift()
      if (!bytes) break
      this.#unread -= bytes.length
      this.#events?.data(bytes)
    }
    this.#peer?.drained()
  }

  /** The peer has read what this end wrote. */
  drained(): void {
    if (!this.#isFull || this.bufferedBytes > 0) return
    this.#isFull = false
    this.#inOwn(() => this.#events?.drain?.())
  }

  #close(error?: Error): void {
    if (this.#isClosed) return
    // What arrived before is read first.
    if (this.#inbox.length > 0 && !error) this.#deliver()
    this.#isClosed = true
    this.#inbox = []
    this.#ends.delete(this)
    this.#events?.close(error)
  }
}
