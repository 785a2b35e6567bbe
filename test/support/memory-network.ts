// The network port in memory: order is kept, nothing is lost unless the test cuts it.

import type { Clock } from '../../src/base/clock.ts'
import type { Address, Listener, Network, Socket, SocketEvents } from '../../src/base/network.ts'

type Accept = (socket: Socket) => SocketEvents

export class MemoryNetwork implements Network {
  /** One way, ms. 0 delivers at the end of the turn. */
  latencyMs = 0
  /** Delivers every byte in a chunk of its own. */
  bytewise = false
  /** `write` answers false above this. */
  highWaterBytes = 64 * 1024
  readonly #clock: Clock
  readonly #listeners = new Map<number, { address: Address; accept: Accept }>()
  readonly #sockets = new Set<MemorySocket>()
  #port = 40_000
  #isCut = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ends that are open: 0 when everything that was opened has been closed. */
  get sockets(): number {
    return this.#sockets.size
  }

  /** Breaks every connection and refuses new ones until {@link heal}. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy(new Error('the network is cut'))
  }

  heal(): void {
    this.#isCut = false
  }

  async listen(asked: Address, accept: Accept): Promise<Listener> {
    const address = { host: asked.host, port: asked.port === 0 ? this.#port++ : asked.port }
    if (this.#listeners.has(address.port)) {
      throw Object.assign(new Error('the port is taken'), { code: 'EADDRINUSE' })
    }
    this.#listeners.set(address.port, { address, accept })
    return {
      address,
      close: async () => {
        this.#listeners.delete(address.port)
      },
    }
  }

  async connect(
    address: Address,
    { timeoutMs }: { timeoutMs: number },
    attach: Accept,
  ): Promise<Socket> {
    await new Promise<void>((resolve, reject) => {
      if (this.latencyMs * 2 > timeoutMs) {
        this.#clock.after(timeoutMs, () => reject(new Error('no connection in time')))
      } else this.later(resolve)
    })
    const listener = this.#listeners.get(address.port)
    if (listener === undefined || this.#isCut) {
      throw Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' })
    }
    const local = { host: '127.0.0.1', port: this.#port++ }
    const near = new MemorySocket(this, local, listener.address)
    const far = new MemorySocket(this, listener.address, local)
    this.#sockets.add(near).add(far)
    near.join(far, attach)
    far.join(near, listener.accept)
    return near
  }

  later(run: () => void): void {
    if (this.latencyMs === 0) this.#clock.endOfTurn(run)
    else this.#clock.after(this.latencyMs, run)
  }

  forget(socket: MemorySocket): void {
    this.#sockets.delete(socket)
  }
}

class MemorySocket implements Socket {
  readonly local: Address
  readonly remote: Address
  readonly #network: MemoryNetwork
  #peer: MemorySocket | undefined
  #events: SocketEvents | undefined
  #inbox: Uint8Array[] = []
  #unread = 0
  #paused = false
  #closed = false
  #ending = false
  #full = false

  constructor(network: MemoryNetwork, local: Address, remote: Address) {
    this.#network = network
    this.local = local
    this.remote = remote
  }

  join(peer: MemorySocket, attach: Accept): void {
    this.#peer = peer
    this.#events = attach(this)
  }

  /** What the other end has not read yet. */
  get bufferedBytes(): number {
    if (this.#closed || this.#peer === undefined) return 0
    return this.#peer.#unread
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const peer = this.#peer
    if (this.#closed || this.#ending || peer === undefined) return false
    const bytes = Buffer.concat(chunks)
    peer.#unread += bytes.length
    this.#network.later(() => peer.#arrive(bytes))
    this.#full = this.bufferedBytes > this.#network.highWaterBytes
    return !this.#full
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#network.later(() => this.#deliver())
  }

  end(): void {
    if (this.#closed || this.#ending) return
    this.#ending = true
    this.#network.later(() => this.#endWhenRead())
  }

  destroy(error?: Error): void {
    if (this.#closed) return
    const peer = this.#peer
    this.#close(error)
    if (peer !== undefined) this.#network.later(() => peer.#close())
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#closed) return
    this.#inbox.push(bytes)
    this.#deliver()
  }

  #deliver(): void {
    while (!this.#paused && !this.#closed) {
      const bytes = this.#inbox.shift()
      if (bytes === undefined) break
      this.#unread -= bytes.length
      if (this.#network.bytewise) {
        for (const byte of bytes) this.#events?.data(Buffer.of(byte))
      } else this.#events?.data(bytes)
    }
    if (this.#peer !== undefined) this.#peer.#drained()
  }

  #drained(): void {
    if (this.#closed || this.bufferedBytes > 0) return
    if (this.#full) {
      this.#full = false
      this.#events?.drain?.()
    }
    if (this.#ending) this.#endWhenRead()
  }

  #endWhenRead(): void {
    if (this.#closed || this.bufferedBytes > 0) return
    const peer = this.#peer
    this.#close()
    if (peer !== undefined) peer.#close()
  }

  #close(error?: Error): void {
    if (this.#closed) return
    this.#closed = true
    this.#inbox = []
    this.#network.forget(this)
    this.#network.later(() => this.#events?.close(error))
  }
}
