// The calling side: one connection for each address, made by the first call that needs it and
// again by the first one after it was lost. Calls share it and may be answered in any order.
//
// What became of a failed call is `detail.written`: false only if no byte of the request has
// left this process, so that a send knows "not stored" from "unknown".
// Source: NettyRemotingClient

import { parseAddress } from '../base/address.ts'
import type { Clock, Timer } from '../base/clock.ts'
import { failureOfRemotingCode, MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Network, TlsClient } from '../base/network.ts'
import type { RemotingCommand } from '../protocol/command.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { Body } from '../protocol/frame-writer.ts'
import type { ExtFields, RequestSpec } from '../protocol/request.ts'
import {
  type CallOptions,
  Connection,
  type ConnectionLimits,
  type ConnectionOptions,
  callError,
  type Sign,
} from './connection.ts'
import { Dispatcher } from './dispatcher.ts'

export type ClientLimits = ConnectionLimits & {
  readonly connectTimeoutMs: number
  /** A connection that neither sends nor takes anything for so long is closed. */
  readonly idleMs: number
}

/** Times as Apache's client has them. */
export const clientLimits: ClientLimits = {
  connectTimeoutMs: 3000,
  idleMs: 120_000,
  inFlightMax: 65_535,
  outboundBytesMax: 64 * 1024 * 1024,
}

export type ClientOptions = {
  readonly network: Network
  readonly clock: Clock
  readonly log: Log
  /** Answers what brokers ask of clients. Without it they are told it is not supported. */
  readonly dispatcher?: Pick<Dispatcher<never>, 'dispatch'>
  /** Told the address of a connection that is gone. */
  readonly whenLost?: (address: string) => void
  readonly limits?: ClientLimits
  readonly sign?: Sign
  /** Undefined: plaintext. */
  readonly tls?: TlsClient | undefined
}

export type ClientCallOptions = CallOptions & {
  /** Codes that are an answer and not a failure. Default: 0 alone. */
  readonly accept?: readonly number[]
}

export type Answer<R extends Fields> = {
  readonly code: number
  readonly remark: string | undefined
  readonly header: HeaderOf<R>
  /** Empty when there was none. A view of the received bytes, which are not reused. */
  readonly body: Uint8Array
  readonly version: number
  readonly ext: ExtFields | undefined
}

const success: readonly number[] = [0]
const noBody = new Uint8Array(0)

export class RemotingClient {
  readonly #options: ClientOptions
  readonly #limits: ClientLimits
  readonly #connectionOptions: ConnectionOptions
  readonly #open = new Map<string, Connection>()
  readonly #opening = new Map<string, Promise<Connection>>()
  #idleTimer: Timer | undefined
  #isClosed = false

  constructor(options: ClientOptions) {
    const { clock, log } = options
    const dispatcher = options.dispatcher ?? new Dispatcher([], undefined, { log })
    this.#options = options
    this.#limits = options.limits ?? clientLimits
    this.#connectionOptions = {
      clock,
      log,
      limits: this.#limits,
      onRequest: (connection, request) => dispatcher.dispatch(connection, request),
      stopsReading: false,
      sign: options.sign,
    }
  }

  /**
   * Asks the peer at `address` (`host:port`). Rejects with
   *   the failure of the answer's code, `detail.code`, if that is not accepted;
   *   `broker-timeout`, `broker-unavailable` or `broker-busy`, with `detail.written`;
   *   the signal's reason.
   */
  async call<H extends Fields, R extends Fields>(
    address: string,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    options: ClientCallOptions,
  ): Promise<Answer<R>> {
    const startedMs = this.#options.clock.monotonic()
    const connection = this.#open.get(address) ?? (await this.#connected(address, options))
    const leftMs = options.timeoutMs - (this.#options.clock.monotonic() - startedMs)
    const command = await connection.call(spec, header, { ...options, timeoutMs: leftMs })
    return answerOf(spec, command, options.accept ?? success, address)
  }

  /** Sends a request that has no answer. Resolves when it is queued; rejects as a call does. */
  async notify<H extends Fields>(
    address: string,
    spec: RequestSpec<H>,
    header: HeaderOf<H>,
    options: { readonly body?: Body; readonly timeoutMs: number },
  ): Promise<void> {
    const connection = this.#open.get(address) ?? (await this.#connected(address, options))
    connection.notify(spec, header, options.body)
  }

  /** Ends the connection to `address` at once: calls that wait fail, the next one dials anew. */
  drop(address: string): void {
    this.#open.get(address)?.destroy()
  }

  /** Closes all connections; calls that wait are rejected. The client is of no use then. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#opening.values())
    this.#idleTimer?.cancel()
    await Promise.all(
      [...this.#open.values()].map(
        (connection) =>
          new Promise<void>((resolve) => {
            connection.onClose(resolve)
            connection.close()
          }),
      ),
    )
  }

  /** Waits for the one attempt that all calls to the address share, but not beyond its time. */
  #connected(
    address: string,
    { timeoutMs, signal }: Pick<CallOptions, 'timeoutMs' | 'signal'>,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = (): void => end(() => reject(signal?.reason))
      const timer = this.#options.clock.after(timeoutMs, () =>
        end(() => reject(callError('broker-timeout', false))),
      )
      const end = (settle: () => void): void => {
        timer.cancel()
        signal?.removeEventListener('abort', stop)
        settle()
      }
      signal?.addEventListener('abort', stop, { once: true })
      this.#connect(address).then(
        (connection) => end(() => resolve(connection)),
        (error: unknown) => end(() => reject(error)),
      )
    })
  }

  #connect(address: string): Promise<Connection> {
    const opening = this.#opening.get(address)
    if (opening !== undefined) return opening
    const attempt = this.#dial(address).finally(() => this.#opening.delete(address))
    this.#opening.set(address, attempt)
    return attempt
  }

  async #dial(address: string): Promise<Connection> {
    if (this.#isClosed) throw callError('broker-unavailable', false)
    const { network, log, tls } = this.#options
    const target = parseAddress(address)
    const timeoutMs = this.#limits.connectTimeoutMs
    let connection: Connection | undefined
    try {
      await network.connect(target, { timeoutMs, tls }, (socket) => {
        connection = new Connection(socket, this.#connectionOptions)
        return connection.events
      })
    } catch (cause) {
      log.debug('connect-failed', {
        address,
        reason: cause instanceof Error ? cause.message : cause,
      })
      const detail = { address, written: false }
      throw new MqError('broker-unavailable', 'no connection', detail, { cause })
    }
    if (connection === undefined) throw callError('broker-unavailable', false)
    this.#keep(address, connection)
    return connection
  }

  #keep(address: string, connection: Connection): void {
    this.#open.set(address, connection)
    connection.onClose(() => {
      if (this.#open.get(address) === connection) this.#open.delete(address)
      this.#options.whenLost?.(address)
    })
    this.#idleTimer ??= this.#options.clock.every(Math.max(this.#limits.idleMs / 12, 1), () =>
      this.#closeIdle(),
    )
  }

  #closeIdle(): void {
    for (const connection of this.#open.values()) {
      if (connection.idleMs >= this.#limits.idleMs) connection.close()
    }
  }
}

function answerOf<R extends Fields>(
  spec: RequestSpec<Fields, R>,
  command: RemotingCommand,
  accepted: readonly number[],
  address: string,
): Answer<R> {
  const { code, remark, ext, version } = command
  if (!accepted.includes(code)) {
    throw new MqError(failureOfRemotingCode(code), remark, { address, code, written: true })
  }
  let header: HeaderOf<R>
  try {
    header = spec.parseReply(ext)
  } catch (cause) {
    const detail = { address, code, written: true }
    throw new MqError('broker-error', 'the answer cannot be read', detail, { cause })
  }
  return { code, remark, header, body: command.body ?? noBody, version, ext }
}
