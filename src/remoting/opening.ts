// What is found out about a connection before the first frame: whether a balancer says for whom
// it speaks, and whether the peer starts TLS. Both in this order, each by its first bytes.
//
// The first byte of a frame is 0, as no frame has 16 MiB; 0x16 starts a TLS handshake. A PROXY
// header is believed from listed peers alone; from anybody else it is an unreadable frame.
// Source: NettyRemotingServer.HandshakeHandler, TlsModeHandler, HAProxyMessageHandler.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Address, Socket, SocketEvents, TlsServer } from '../base/network.ts'
import { proxyHeaderOf } from '../protocol/proxy-protocol.ts'

export type OpeningOptions = {
  readonly clock: Clock
  readonly log: Log
  /** How long a peer may take until it is known how it speaks, ms. */
  readonly openingMsMax: number
  /** Undefined: TLS is not served. */
  readonly tls?: OpeningTls | undefined
  /** Whose word on the client's address is taken. */
  readonly isProxy?: ((host: string) => boolean) | undefined
}

export type OpeningTls = {
  /** Without it plaintext is refused. */
  readonly allowsPlaintext: boolean
  /** What to prove with now: a certificate may change while the server runs. */
  current(): TlsServer
}

const tlsHandshake = 0x16
const nothing = Buffer.alloc(0)

type Owner = {
  /** Makes the events of the connection that it turns out to be. */
  open(socket: Socket): SocketEvents
  /** It is a connection now, or closed. */
  done(): void
}

/** The events of an accepted socket. */
export class Opening implements SocketEvents {
  readonly #socket: Socket
  readonly #options: OpeningOptions
  readonly #owner: Owner
  readonly #timer: { cancel(): void }
  #source: Address | undefined
  #awaitsProxy: boolean
  #received: Buffer = nothing
  #events: SocketEvents | undefined
  #isSecuring = false

  constructor(socket: Socket, options: OpeningOptions, owner: Owner) {
    this.#socket = socket
    this.#options = options
    this.#owner = owner
    this.#awaitsProxy = options.isProxy?.(socket.remote.host) ?? false
    this.#timer = options.clock.after(options.openingMsMax, () => this.destroy())
  }

  destroy(): void {
    this.#socket.destroy()
  }

  data(bytes: Uint8Array): void {
    if (this.#events) {
      this.#events.data(bytes)
      return
    }
    this.#received = this.#received.length === 0 ? asBuffer(bytes) : joined(this.#received, bytes)
    try {
      this.#step()
    } catch (error) {
      const reason = error instanceof MqError ? error.message : error
      this.#options.log.warn('connection-refused', { remote: this.#socket.remote, reason })
      this.destroy()
    }
  }

  drain(): void {
    this.#events?.drain?.()
  }

  close(error?: Error): void {
    if (!this.#events) this.#end()
    if (this.#isSecuring) {
      const { remote } = this.#socket
      this.#options.log.debug('handshake-failed', { remote, reason: error?.message })
    }
    this.#events?.close(error)
  }

  #step(): void {
    if (this.#awaitsProxy) {
      const header = proxyHeaderOf(this.#received)
      if (header === 'more') return
      this.#awaitsProxy = false
      this.#source = header?.source
      this.#received = this.#received.subarray(header?.size ?? 0)
    }
    if (this.#received.length === 0) return
    if (this.#received[0] === tlsHandshake) this.#secure()
    else this.#openPlain()
  }

  #secure(): void {
    const { tls } = this.#options
    if (!tls || !this.#socket.secure) throw new MqError('not-implemented', 'TLS is not served')
    this.#isSecuring = true
    this.#socket.secure(tls.current(), this.#received, (socket) => {
      this.#isSecuring = false
      this.#end()
      return this.#owner.open(this.#addressed(socket))
    })
    this.#received = nothing
  }

  #openPlain(): void {
    if (this.#options.tls?.allowsPlaintext === false) {
      throw new MqError('unauthenticated', 'plaintext is refused')
    }
    this.#end()
    this.#events = this.#owner.open(this.#addressed(this.#socket))
    const received = this.#received
    this.#received = nothing
    this.#events.data(received)
  }

  #end(): void {
    this.#timer.cancel()
    this.#owner.done()
  }

  #addressed(socket: Socket): Socket {
    return this.#source ? new AddressedSocket(socket, this.#source) : socket
  }
}

/** A socket that comes from where a balancer says. */
class AddressedSocket implements Socket {
  readonly remote: Address
  readonly #socket: Socket

  constructor(socket: Socket, remote: Address) {
    this.#socket = socket
    this.remote = remote
  }

  get local(): Address {
    return this.#socket.local
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#socket.write(chunks)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error)
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const joined = (first: Buffer, second: Uint8Array): Buffer => Buffer.concat([first, second])
