// The listening side: accepts connections, closes silent ones, and ends them all at the stop.
//
// How a connection starts is told by its first bytes: see opening.ts.
// Source: NettyRemotingServer

import type { Clock, Timer } from '../base/clock.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { Address, Listener, Network, Socket, SocketEvents } from '../base/network.ts'
import { Connection, type ConnectionLimits, type ConnectionOptions } from './connection.ts'
import type { Dispatcher } from './dispatcher.ts'
import { Opening, type OpeningOptions } from './opening.ts'
import { PartialFrames } from './partial-frames.ts'

export type ServerLimits = ConnectionLimits & {
  readonly connectionsMax: number
  /** A connection that neither sends nor takes anything for so long is closed. */
  readonly idleMs: number
  /** Of incomplete frames, all connections together. Whoever exceeds it is closed. */
  readonly partialBytesMax: number
  /** A connection that does not tell in this time how it speaks is closed. */
  readonly openingMsMax: number
}

/** Apache's idle time; the others are ours. */
export const serverLimits: ServerLimits = {
  connectionsMax: 10_000,
  idleMs: 120_000,
  inFlightMax: 16_384,
  outboundBytesMax: 8 * 1024 * 1024,
  partialBytesMax: 256 * 1024 * 1024,
  openingMsMax: 120_000,
}

export type ServerOptions = {
  readonly network: Network
  readonly clock: Clock
  readonly log: Log
  readonly address: Address
  readonly dispatcher: Pick<Dispatcher<never>, 'dispatch'>
  readonly limits?: ServerLimits
  readonly opening?: Pick<OpeningOptions, 'tls' | 'isProxy'>
  /** Called before answers are written; see Connection. */
  readonly beforeWrite?: () => void
  /** Told when a limit of the listener or of one of its connections is reached. */
  readonly onShort?: (limit: 'connections' | 'frames' | 'outbound') => void
}

export class RemotingServer implements Service {
  readonly name = 'remoting-server'
  readonly #options: ServerOptions
  readonly #limits: ServerLimits
  readonly #connectionOptions: ConnectionOptions
  readonly #connections = new Set<Connection>()
  readonly #openings = new Set<Opening>()
  #listener: Listener | undefined
  #idleTimer: Timer | undefined
  #isRefusing = false

  constructor(options: ServerOptions) {
    const { clock, log, dispatcher, beforeWrite, onShort } = options
    this.#options = options
    this.#limits = options.limits ?? serverLimits
    this.#connectionOptions = {
      clock,
      log,
      limits: this.#limits,
      onRequest: (connection, request) => dispatcher.dispatch(connection, request),
      beforeWrite,
      stopsReading: true,
      partialFrames: new PartialFrames(this.#limits.partialBytesMax),
      onShort,
    }
  }

  /** Where it listens, once started: the port is filled in when 0 was asked for. */
  get address(): Address {
    return this.#listener?.address ?? this.#options.address
  }

  get connectionCount(): number {
    return this.#connections.size + this.#openings.size
  }

  async start(): Promise<void> {
    const { network, clock, address } = this.#options
    this.#listener = await network.listen(address, (socket) => this.#accept(socket))
    const everyMs = Math.max(this.#limits.idleMs / 12, 1)
    this.#idleTimer = clock.every(everyMs, () => this.#closeIdle())
  }

  /** Resolves when every connection is gone; answers that are queued are still written. */
  async stop(): Promise<void> {
    this.#idleTimer?.cancel()
    await this.#listener?.close()
    for (const opening of this.#openings) opening.destroy()
    await Promise.all([...this.#connections].map(closed))
  }

  #accept(socket: Socket): SocketEvents {
    const { connectionsMax, openingMsMax } = this.#limits
    if (this.#connections.size + this.#openings.size >= connectionsMax) {
      return this.#refuse(socket)
    }
    this.#isRefusing = false
    const { clock, log, opening: given } = this.#options
    const opening = new Opening(
      socket,
      { clock, log, openingMsMax, ...given },
      {
        open: (opened) => this.#open(opened),
        done: () => this.#openings.delete(opening),
      },
    )
    this.#openings.add(opening)
    return opening
  }

  #open(socket: Socket): SocketEvents {
    const connection = new Connection(socket, this.#connectionOptions)
    this.#connections.add(connection)
    connection.onClose(() => this.#connections.delete(connection))
    return connection.events
  }

  /** One line for each time the limit is reached, not for each connection over it. */
  #refuse(socket: Socket): SocketEvents {
    if (!this.#isRefusing) {
      const { connectionsMax } = this.#limits
      this.#options.log.warn('connections-refused', { remote: socket.remote, connectionsMax })
    }
    this.#isRefusing = true
    this.#options.onShort?.('connections')
    socket.destroy()
    return { data() {}, close() {} }
  }

  #closeIdle(): void {
    for (const connection of this.#connections) {
      if (connection.idleMs < this.#limits.idleMs) continue
      this.#options.log.debug('connection-idle', { remote: connection.remote })
      connection.destroy()
    }
  }
}

const closed = (connection: Connection): Promise<void> =>
  new Promise((resolve) => {
    connection.onClose(resolve)
    connection.close()
  })
