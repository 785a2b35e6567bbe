// The slave's side: connects to one master after the other, takes its bytes, says how far it is.
//
//   classic:      report ──► bytes from there
//   auto-switch:  handshake ──► epochs ──► cut what the master does not have ──► report ──► bytes
//
// The first chunk of a turn is reported at once, because sends may wait for it; those behind it
// together at the end of the turn. What is reported is as durable here as this store's flush
// promises; Apache's slave reports what is in its page cache.
// Source: DefaultHAClient, AutoSwitchHAClient.

import { printAddress } from '../../base/address.ts'
import type { Clock, Timer } from '../../base/clock.ts'
import { MqError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Address, Network, Socket, SocketEvents } from '../../base/network.ts'
import { agreedPosition, type Epochs } from './epochs.ts'
import type { ReplicaSink } from './ports.ts'
import { Rate } from './rate.ts'
import { encodeToken } from './token.ts'
import {
  decodeEpochs,
  type Epoch,
  encodeHandshake,
  encodeReport,
  type MasterFrame,
  MasterFrames,
  type Mode,
} from './wire.ts'

export type SlaveParts = {
  readonly network: Network
  readonly clock: Clock
  readonly log: Log
  readonly sink: ReplicaSink
  readonly epochs: Epochs
  readonly mode: Mode
  readonly heartbeatMs: number
  readonly idleMs: number
  /** Of this broker; for the handshake. */
  readonly slaveId: () => number
  readonly fromLastFile: boolean
  readonly isLearner: boolean
  /**
   * Where the master's port for slaves is now, and the token to show there; asked for each
   * connection. Rejects: again later.
   */
  readonly master: () => Promise<Address & { readonly token?: string | undefined }>
  /** Up to where the set has the log, as the master says. */
  readonly onConfirmed: (position: number) => void
}

const connectTimeoutMs = 3000
const retryMs = 1000

export type SlaveState = {
  readonly isConnected: boolean
  readonly master: string | undefined
  /** This end of the connection: the master knows it by that. */
  readonly local: string | undefined
  readonly lastReadMs: number
  readonly lastWriteMs: number
  readonly bytesPerSecond: number
}

/** Follows from `start` to `stop`; may be started again. */
export class ReplicationSlave {
  readonly #parts: SlaveParts
  #run: AbortController | undefined
  #loop: Promise<void> | undefined
  #link: SlaveLink | undefined

  constructor(parts: SlaveParts) {
    this.#parts = parts
  }

  get state(): SlaveState {
    const link = this.#link
    return {
      isConnected: link !== undefined,
      master: link?.remote,
      local: link?.local,
      lastReadMs: link?.readMs ?? 0,
      lastWriteMs: link?.writtenMs ?? 0,
      bytesPerSecond: link?.rate.perSecond ?? 0,
    }
  }

  start(): void {
    if (this.#run) return
    this.#run = new AbortController()
    this.#loop = this.#follow(this.#run.signal)
  }

  /** Waits for a cut that is under way; nothing is appended afterwards. */
  async stop(): Promise<void> {
    this.#run?.abort(new MqError('draining'))
    this.#run = undefined
    this.#link?.destroy()
    await this.#loop
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, log, network, master } = this.#parts
    let told = ''
    while (!signal.aborted) {
      try {
        // A master that is gone may keep both waiting for seconds: whoever stops does not.
        const address = await orAborted(master(), signal)
        const link = new SlaveLink(this.#parts)
        const connecting = network.connect(address, { timeoutMs: connectTimeoutMs }, (one) =>
          link.attach(one, address.token),
        )
        connecting.then(
          (socket) => {
            if (signal.aborted) socket.destroy()
          },
          () => {},
        )
        await orAborted(connecting, signal)
        this.#link = link
        log.info('following-master', { master: link.remote })
        told = ''
        await link.ended
      } catch (error) {
        if (signal.aborted) return
        const text = error instanceof Error ? error.message : String(error)
        if (text !== told) log.warn('not-following-master', { error })
        told = text
      }
      this.#link = undefined
      if (!signal.aborted) await clock.sleep(retryMs, signal).catch(() => {})
    }
  }
}

/** The promise, but no longer than until the signal; it goes on by itself then. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** One connection to the master. */
class SlaveLink implements SocketEvents {
  /** Resolves when it is over and nothing more is done for it; rejects with why. */
  readonly ended: Promise<void>
  remote = ''
  local = ''
  readMs: number
  writtenMs: number
  readonly rate: Rate
  #receivedBytes = 0
  readonly #parts: SlaveParts
  readonly #frames: MasterFrames
  #socket: Socket | undefined
  #timer: Timer | undefined
  #expected = 0
  #epochsLeft: Buffer[] | undefined
  #handshake: Extract<MasterFrame, { kind: 'handshake' }> | undefined
  #isReady: boolean
  #reported = -1
  #waitsForDisk = false
  /** A report is made at the end of this turn. */
  #reportsLater = false
  #cutting: Promise<void> | undefined
  #failure: unknown
  #settle: { resolve(): void; reject(cause: unknown): void } = { resolve() {}, reject() {} }
  #isClosed = false

  constructor(parts: SlaveParts) {
    this.#parts = parts
    this.#frames = new MasterFrames(parts.mode)
    this.#isReady = parts.mode === 'classic'
    this.readMs = parts.clock.monotonic()
    this.writtenMs = this.readMs
    this.rate = new Rate(this.readMs)
    this.ended = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.ended.catch(() => {})
  }

  attach(socket: Socket, token: string | undefined): SocketEvents {
    const { clock, heartbeatMs, idleMs, mode, slaveId, fromLastFile, isLearner, sink } = this.#parts
    this.#socket = socket
    this.remote = printAddress(socket.remote)
    this.local = printAddress(socket.local)
    this.#timer = clock.every(Math.min(heartbeatMs, idleMs) / 2, () => this.#look())
    // What an earlier connection left unfinished is sent again.
    sink.seal()
    if (token !== undefined) socket.write([encodeToken(token)])
    if (mode === 'classic') this.#reportDurable()
    else socket.write([encodeHandshake({ slaveId: slaveId(), fromLastFile, isLearner })])
    return this
  }

  data(bytes: Uint8Array): void {
    if (this.#isClosed) return
    const { clock } = this.#parts
    this.readMs = clock.monotonic()
    const isFirst = !this.#reportsLater
    if (isFirst) {
      this.#reportsLater = true
      clock.endOfTurn(() => {
        this.#reportsLater = false
        if (this.#isReady) this.#reportDurable()
      })
    }
    try {
      const isFrames = this.#frames.push(bytes, this)
      if (!isFrames) throw new MqError('broker-error', 'the master speaks another protocol')
      if (isFirst && this.#isReady) this.#reportDurable()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  close(error?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.cancel()
    const cause = this.#failure ?? error ?? new MqError('broker-unavailable', 'the master is gone')
    const end = () => this.#settle.reject(cause)
    if (this.#cutting) this.#cutting.then(end, end)
    else end()
  }

  destroy(): void {
    this.#socket?.destroy()
    this.close()
  }

  /** Of MasterFrameTaker. */
  head(frame: MasterFrame): void {
    if (frame.kind === 'handshake') {
      if (this.#isReady || this.#handshake) throw new MqError('broker-error', 'greeted twice')
      this.#handshake = frame
      this.#epochsLeft = []
      if (frame.size === 0) this.#greeted(frame, [])
      return
    }
    if (!this.#isReady) throw new MqError('broker-error', 'bytes came before the greeting')
    if (frame.size > 0) this.#expect(frame)
    if (frame.epoch) this.#parts.onConfirmed(frame.confirmed)
  }

  /** Of MasterFrameTaker. */
  body(bytes: Uint8Array): void {
    this.#receivedBytes += bytes.length
    if (!this.#epochsLeft || !this.#handshake) {
      this.#parts.sink.append(this.#expected, bytes)
      this.#expected += bytes.length
      return
    }
    this.#epochsLeft.push(Buffer.from(bytes))
    const all = Buffer.concat(this.#epochsLeft)
    if (all.length === this.#handshake.size) this.#greeted(this.#handshake, decodeEpochs(all))
  }

  #expect({ position, epoch }: Extract<MasterFrame, { kind: 'data' }>): void {
    const { sink, epochs } = this.#parts
    if (position !== sink.maxPosition && sink.maxPosition !== 0) {
      throw new MqError('broker-error', 'the master sends another part of its log', {
        position,
        maxPosition: sink.maxPosition,
      })
    }
    this.#expected = position
    if (!epoch || epoch.epoch <= epochs.last) return
    if (!epochs.append(epoch)) throw new MqError('broker-error', 'the epochs do not follow')
  }

  #greeted(greeting: Extract<MasterFrame, { kind: 'handshake' }>, master: readonly Epoch[]): void {
    this.#epochsLeft = undefined
    this.#socket?.pause()
    this.#cutting = this.#cutTo(greeting.endPosition, master)
      .then(() => {
        if (this.#isClosed) return
        this.#isReady = true
        this.#reportDurable()
        this.#socket?.resume()
      })
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => {
        this.#cutting = undefined
      })
  }

  /**
   * Cuts what the master does not have. The log first, durably, then the epochs: a crash between
   * the two leaves epochs of nothing, which go at the next start. Source: AutoSwitchHAClient.doTruncate.
   */
  async #cutTo(masterEnd: number, master: readonly Epoch[]): Promise<void> {
    const { sink, epochs, log } = this.#parts
    sink.seal()
    if (sink.maxPosition === 0) return epochs.truncate(0)
    const agreed = agreedPosition(epochs.entries, sink.maxPosition, master, masterEnd)
    if (agreed === undefined) {
      throw new MqError('broker-error', 'this log and the master have no epoch in common', {
        own: epochs.last,
        master: master.at(-1)?.epoch ?? -1,
      })
    }
    if (agreed < sink.maxPosition) {
      log.warn('log-is-cut', { from: sink.maxPosition, to: agreed })
      await sink.truncate(agreed)
    }
    epochs.truncate(agreed)
  }

  #reportDurable(): void {
    const { sink } = this.#parts
    if (this.#waitsForDisk || this.#isClosed || sink.maxPosition === this.#reported) return
    const waiter = {
      release: (status: 'ok' | 'flush-disk-timeout') => {
        this.#waitsForDisk = false
        if (status !== 'ok') {
          this.#fail(new MqError('not-durable'))
          return
        }
        this.#say(endPosition)
        this.#reportDurable()
      },
    }
    const endPosition = sink.maxPosition
    if (sink.isDurable(endPosition, waiter)) this.#say(endPosition)
    else this.#waitsForDisk = true
  }

  #say(endPosition: number): void {
    if (this.#isClosed) return
    this.#reported = endPosition
    this.writtenMs = this.#parts.clock.monotonic()
    this.#socket?.write([encodeReport(this.#parts.mode, endPosition)])
  }

  #look(): void {
    const { clock, heartbeatMs, idleMs } = this.#parts
    const now = clock.monotonic()
    this.rate.look(this.#receivedBytes, now)
    if (now - this.readMs > idleMs) this.#fail(new MqError('broker-timeout', 'it is silent'))
    else if (this.#reported >= 0 && now - this.writtenMs >= heartbeatMs) this.#say(this.#reported)
  }

  #fail(cause: unknown): void {
    this.#failure ??= cause
    this.destroy()
  }
}
