// One connection of either side: frames in and out, and calls that wait for their answers.
//
// Everything that a chunk causes is written when the chunk has been worked through; what is
// sent at another time (released replies, calls) at the end of the turn. One write each.
//
// A server stops reading from a peer that does not read its answers. A client must not: two
// ends that wait for each other to read would wait for ever. It refuses new calls instead.
// Source: NettyRemotingAbstract

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Address, Socket, SocketEvents } from '../base/network.ts'
import {
  type CommandHeader,
  isResponse,
  onewayFlag,
  ownVersion,
  type RemotingCommand,
} from '../protocol/command.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import { FrameDecoder } from '../protocol/frame.ts'
import { type Body, FrameWriter } from '../protocol/frame-writer.ts'
import { ownLanguage } from '../protocol/language.ts'
import type { ExtFields, RequestSpec } from '../protocol/request.ts'
import type { Peer } from './call.ts'
import type { PartialFrames } from './partial-frames.ts'

export type ConnectionLimits = {
  /** Calls that wait, and separately requests of the peer that are not answered yet. */
  readonly inFlightMax: number
  /** Written and not yet with the kernel. */
  readonly outboundBytesMax: number
}

/** Completes the fields of a request that is sent with this body. */
export type Sign = (ext: ExtFields, body: Body | undefined) => void

export type ConnectionOptions = {
  readonly clock: Clock
  readonly log: Log
  readonly limits: ConnectionLimits
  /** Gets each request of the peer. It answers with {@link Connection.send}. */
  readonly onRequest: (connection: Connection, request: RemotingCommand) => void
  /** What must have happened before answers leave: a store writes what it has staged. */
  readonly beforeWrite?: (() => void) | undefined
  readonly stopsReading: boolean
  /** Adds to each request's fields who asks. */
  readonly sign?: Sign | undefined
  readonly partialFrames?: PartialFrames
  /** Told when the connection reaches a limit. */
  readonly onShort?: ((limit: 'frames' | 'outbound') => void) | undefined
}

export type CallOptions = {
  readonly body?: Body
  readonly timeoutMs: number
  /** Ends the wait with its reason; a late answer is dropped. */
  readonly signal?: AbortSignal | undefined
}

type Waiting = {
  resolve(answer: RemotingCommand): void
  reject(error: unknown): void
  /** Ends the timer and the watch on the caller's signal. */
  disarm(): void
  written: boolean
}

/** How long a peer may take to close its side after we have closed ours, ms. */
const closingMsMax = 1000

let connections = 0

export class Connection implements Peer {
  readonly id = ++connections
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #decoder = new FrameDecoder()
  readonly #writer = new FrameWriter()
  readonly #waiting = new Map<number, Waiting>()
  readonly #closeListeners = new Set<() => void>()
  #unwritten: Waiting[] = []
  #opaque = 0
  #isReading = false
  #flushesLater = false
  #isClosing = false
  #isClosed = false
  #isPaused = false
  #lastActiveMs: number
  #partialBytes = 0
  /** Requests of the peer whose answers come later; the dispatcher counts them. */
  unanswered = 0

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#lastActiveMs = Math.floor(options.clock.monotonic())
  }

  /** What the socket is to call. */
  readonly events: SocketEvents = {
    data: (bytes) => this.#onData(bytes),
    drain: () => this.#onDrain(),
    close: (error) => this.#onClose(error),
  }

  get remote(): Address {
    return this.#socket.remote
  }

  get local(): Address {
    return this.#socket.local
  }

  /** True from the first sign of the end: nothing that is sent now arrives. */
  get closed(): boolean {
    return this.#isClosing || this.#isClosed
  }

  /** Whether the peer has as many unanswered requests as it may have. */
  get isFull(): boolean {
    return this.unanswered >= this.#options.limits.inFlightMax
  }

  /** When bytes came in or the outbound buffer ran empty, whole ms: a number that needs no memory. */
  get activeMs(): number {
    return this.#lastActiveMs
  }

  /** ms since bytes came in or the outbound buffer ran empty. */
  get idleMs(): number {
    return this.#options.clock.monotonic() - this.#lastActiveMs
  }

  /** Queues a frame for the next write. Dropped when closed. Throws `message-too-large`. */
  send(command: CommandHeader, body?: Body): void {
    if (this.closed) return
    this.#writer.add(command, body)
    this.#flushSoon()
  }

  notify<H extends Fields>(spec: RequestSpec<H>, header: HeaderOf<H>, body?: Body): void {
    if (this.#outboundBytes > this.#options.limits.outboundBytesMax) {
      this.#options.log.debug('notification-dropped', { remote: this.remote, request: spec.name })
      this.#options.onShort?.('outbound')
      return
    }
    this.send(this.#requestHeader(spec, header, onewayFlag, body), body)
  }

  /**
   * Resolves with the answer whatever its code. Rejects with `broker-timeout`,
   * `broker-unavailable` (closed) or `broker-busy` (a limit), all with `detail.written`:
   * whether a byte of the request may have reached the peer.
   */
  call<H extends Fields, R extends Fields>(
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    options: CallOptions,
  ): Promise<RemotingCommand> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(options.signal)
      if (refusal !== undefined) return reject(refusal)
      const request = this.#requestHeader(spec, header, 0, options.body)
      this.#writer.add(request, options.body)

      const disarm = this.#arm(request.opaque, options)
      const waiting: Waiting = { resolve, reject, disarm, written: false }
      this.#waiting.set(request.opaque, waiting)
      this.#unwritten.push(waiting)
      this.#flushSoon()
    })
  }

  onClose(run: () => void): void {
    if (this.#isClosed) run()
    else this.#closeListeners.add(run)
  }

  /** Writes what is queued, then ends; a peer that does not end as well is cut off. */
  close(): void {
    if (this.closed) return
    this.#flush()
    this.#isClosing = true
    this.#socket.end()
    const timer = this.#options.clock.after(closingMsMax, () => this.#socket.destroy())
    this.onClose(() => timer.cancel())
  }

  /** Closes at once. */
  destroy(): void {
    this.#isClosing = true
    this.#socket.destroy()
  }

  get #outboundBytes(): number {
    return this.#socket.bufferedBytes + this.#writer.bytes
  }

  #refusal(signal: AbortSignal | undefined): unknown {
    const { inFlightMax, outboundBytesMax } = this.#options.limits
    if (signal?.aborted) return signal.reason
    if (this.closed) return callError('broker-unavailable', false)
    const isFull = this.#waiting.size >= inFlightMax || this.#outboundBytes > outboundBytesMax
    return isFull ? callError('broker-busy', false) : undefined
  }

  /** A request that is given up while it is queued is written all the same. */
  #arm(opaque: number, { timeoutMs, signal }: CallOptions): () => void {
    const timer = this.#options.clock.after(timeoutMs, () => {
      this.#giveUp(opaque, callError('broker-timeout', true))
    })
    if (signal === undefined) return () => timer.cancel()
    const stop = (): void => this.#giveUp(opaque, signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    return () => {
      timer.cancel()
      signal.removeEventListener('abort', stop)
    }
  }

  #requestHeader<H extends Fields>(
    spec: RequestSpec<H>,
    header: HeaderOf<H>,
    flag: number,
    body: Body | undefined,
  ): CommandHeader {
    const ext = spec.printHeader(header)
    this.#options.sign?.(ext, body)
    this.#opaque = (this.#opaque + 1) & 0x7fffffff
    return {
      code: spec.code,
      language: ownLanguage,
      version: ownVersion,
      opaque: this.#opaque,
      flag,
      remark: undefined,
      ext,
      serialization: 'json',
    }
  }

  #onData(bytes: Uint8Array): void {
    if (this.closed) return
    this.#lastActiveMs = Math.floor(this.#options.clock.monotonic())
    try {
      this.#decoder.push(bytes)
    } catch (error) {
      this.#refuseFrame(error)
      return
    }
    this.#work()
  }

  /** All that has come, as long as the peer takes what it is answered. */
  #work(): void {
    this.#isReading = true
    try {
      while (!this.#isPaused) {
        const next = this.#next()
        if (next === undefined) break
        this.#receive(next)
        if (this.#writer.bytes > this.#options.limits.outboundBytesMax) this.#flush()
      }
      this.#countPartial(this.#decoder.pendingBytes)
    } catch (error) {
      this.#refuseFrame(error)
    } finally {
      // What is answered just before the write goes with it.
      this.#flush()
      this.#isReading = false
    }
  }

  /** Where the next frame starts is not known any more. What was asked before is answered. */
  #refuseFrame(error: unknown): void {
    const reason = error instanceof MqError ? error.message : error
    this.#options.log.warn('frame-refused', { remote: this.remote, reason })
    this.close()
  }

  /** Throws when all connections together hold too much: this one is the one to go. */
  #countPartial(bytes: number): void {
    const { partialFrames } = this.#options
    if (partialFrames === undefined || bytes === this.#partialBytes) return
    const grew = bytes > this.#partialBytes
    partialFrames.change(bytes - this.#partialBytes)
    this.#partialBytes = bytes
    if (grew && partialFrames.isOver) {
      this.#options.onShort?.('frames')
      throw new MqError('broker-busy', 'too many bytes of unfinished frames', { bytes })
    }
  }

  #next(): RemotingCommand | undefined {
    return this.closed ? undefined : this.#decoder.next()
  }

  #receive(command: RemotingCommand): void {
    if (isResponse(command)) this.#settle(command)
    else this.#options.onRequest(this, command)
  }

  /** An answer that comes too late finds nobody. */
  #settle(answer: RemotingCommand): void {
    const waiting = this.#waiting.get(answer.opaque)
    if (waiting === undefined) return
    this.#waiting.delete(answer.opaque)
    waiting.disarm()
    waiting.resolve(answer)
  }

  #giveUp(opaque: number, error: unknown): void {
    const waiting = this.#waiting.get(opaque)
    if (waiting === undefined) return
    this.#waiting.delete(opaque)
    waiting.disarm()
    waiting.reject(error)
  }

  #flushSoon(): void {
    if (this.#isReading || this.#flushesLater) return
    this.#flushesLater = true
    this.#options.clock.endOfTurn(() => {
      this.#flushesLater = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#writer.bytes === 0 || this.closed) return
    this.#options.beforeWrite?.()
    for (const waiting of this.#unwritten) waiting.written = true
    this.#unwritten = []
    this.#socket.write(this.#writer.take())
    const { stopsReading, limits } = this.#options
    if (stopsReading && this.#socket.bufferedBytes > limits.outboundBytesMax) {
      if (!this.#isPaused) this.#options.onShort?.('outbound')
      this.#isPaused = true
      this.#socket.pause()
    }
  }

  #onDrain(): void {
    this.#lastActiveMs = Math.floor(this.#options.clock.monotonic())
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#work()
    if (!this.#isPaused) this.#socket.resume()
  }

  #onClose(error: Error | undefined): void {
    this.#isClosed = true
    this.#options.partialFrames?.change(-this.#partialBytes)
    this.#partialBytes = 0
    if (error !== undefined) {
      this.#options.log.debug('connection-lost', { remote: this.remote, reason: error.message })
    }
    for (const [opaque, { written }] of [...this.#waiting]) {
      this.#giveUp(opaque, callError('broker-unavailable', written))
    }
    for (const run of this.#closeListeners) run()
    this.#closeListeners.clear()
  }
}

const callErrors = {
  'broker-timeout': 'no answer in time',
  'broker-unavailable': 'the connection is closed',
  'broker-busy': 'too much waits on this connection',
} as const

/** `detail.written` is false only if no byte of the request has left this process. */
export const callError = (failure: keyof typeof callErrors, written: boolean): MqError =>
  new MqError(failure, callErrors[failure], { written })
