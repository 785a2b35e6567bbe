// One slave, as its master sees it: what it has said, what it was sent.
//
//   classic:      wait for a report ──► send from there
//   auto-switch:  wait for a handshake ──► answer with the epochs ──► wait for a report ──► send
//
// Nothing is kept for a peer before its first good frame but the frame's beginning. A report
// beyond what was sent, or back, ends the link: it cannot be a slave of this log.
// Source: DefaultHAConnection, AutoSwitchHAConnection.

import type { Clock, Timer } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Socket, SocketEvents } from '../../base/network.ts'
import type { Epochs } from './epochs.ts'
import { Lag } from './lag.ts'
import type { ReplicaSource } from './ports.ts'
import { Rate } from './rate.ts'
import { TokenReader } from './token.ts'
import {
  encodeFrame,
  encodeHandshakeReply,
  encodeSwitchFrame,
  type Mode,
  type SlaveFrame,
  SlaveFrames,
} from './wire.ts'

type LinkSettings = {
  readonly mode: Mode
  /** Bytes of one frame. */
  readonly batchSize: number
  readonly heartbeatMs: number
  /** A slave that says nothing for so long is gone. */
  readonly idleMs: number
}

export type LinkParts = {
  readonly clock: Clock
  readonly log: Log
  readonly source: ReplicaSource
  readonly epochs: Epochs
  readonly settings: LinkSettings
  /** The zone of a slave at `host` that shows `token`, '' when it has none; undefined: it goes. */
  readonly open: (host: string, token: string | undefined) => string | undefined
  /** Up to where the set has the log; told to slaves. */
  readonly confirmed: () => number
  /** The slave has everything before its {@link MasterLink.ackPosition} now. */
  readonly onAck: (link: MasterLink) => void
  readonly onClose: (link: MasterLink) => void
  /** How long something took from the log of the master to that of the slave and back, ms. */
  readonly onLag: (lagMs: number) => void
}

/** Handed to the socket at once; more waits until it has drained. */
const burstSize = 1024 * 1024
/** Frames hold views, so many small ones cost more than their bytes. */
const burstFrames = 64

export class MasterLink implements SocketEvents {
  readonly remote: string
  /** -1 in classic mode, or before the handshake. */
  slaveId = -1
  isLearner = false
  /** Where the slave stands; '' when it does not say. */
  zone = ''
  /** The slave has everything before it; -1 before its first report. */
  ackPosition = -1
  /** When it last had all that there was, by the monotonic clock. */
  caughtUpMs: number
  /** Bytes of the log sent so far. */
  sentBytes = 0
  readonly #parts: LinkParts
  readonly #socket: Socket
  readonly #frames: SlaveFrames
  /** Until the peer is let in. */
  #token: TokenReader | undefined = new TokenReader()
  #fromLastFile = false
  #isGreeted = false
  #next = -1
  #isFull = false
  #readMs: number
  #writtenMs: number
  #timer: Timer
  /** Where the log ended when something was last sent, and when. */
  #sent = { position: 0, ms: 0 }
  #isClosed = false
  readonly #rate: Rate
  readonly #lag = new Lag()

  constructor(parts: LinkParts, socket: Socket) {
    this.#parts = parts
    this.#socket = socket
    this.remote = `${socket.remote.host}:${socket.remote.port}`
    this.#frames = new SlaveFrames(parts.settings.mode)
    const now = parts.clock.monotonic()
    this.caughtUpMs = now
    this.#rate = new Rate(now)
    this.#readMs = now
    this.#writtenMs = now
    this.#timer = parts.clock.every(
      Math.min(parts.settings.heartbeatMs, parts.settings.idleMs) / 2,
      () => this.#look(),
    )
  }

  /** Whether it follows: it has said where its log ends. */
  get isFollowing(): boolean {
    return this.ackPosition >= 0
  }

  get bytesPerSecond(): number {
    return this.#rate.perSecond
  }

  /** The next byte it is sent; -1 when it follows not yet. */
  get nextPosition(): number {
    return this.#next
  }

  /** The log has grown since `sinceMs`, by the monotonic clock. */
  appended(sinceMs: number): void {
    if (this.isFollowing) this.#lag.mark(this.#parts.source.maxPosition, sinceMs)
    this.push()
  }

  /** Sends what the log has and the slave has not. */
  push(): void {
    const { source, clock, settings } = this.#parts
    if (this.#next < 0 || this.#isFull || this.#isClosed) return
    while (this.#next < source.maxPosition) {
      const chunks: Uint8Array[] = []
      let size = 0
      while (size < burstSize && chunks.length < burstFrames * 2) {
        const bytes = source.bytesAt(this.#next, this.#batchAt(this.#next, settings.batchSize))
        if (bytes.length === 0) break
        chunks.push(this.#head(bytes.length), bytes)
        size += bytes.length
        this.#next += bytes.length
      }
      if (size === 0) {
        this.#refuse('log-has-not-what-the-slave-needs', { position: this.#next })
        return
      }
      this.sentBytes += size
      this.#writtenMs = clock.monotonic()
      this.#sent = { position: source.maxPosition, ms: this.#writtenMs }
      if (this.#socket.write(chunks)) continue
      this.#isFull = true
      return
    }
  }

  data(bytes: Uint8Array): void {
    if (this.#isClosed) return
    this.#readMs = this.#parts.clock.monotonic()
    const frames = this.#token ? this.#open(this.#token, bytes) : bytes
    if (!frames) return
    if (!this.#frames.push(frames, (frame) => this.#take(frame))) this.#refuse('not-a-slave')
  }

  drain(): void {
    this.#isFull = false
    this.push()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer.cancel()
    this.#parts.onClose(this)
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.destroy()
    this.close()
  }

  /** What comes behind the token, once the peer is let in. */
  #open(reader: TokenReader, bytes: Uint8Array): Uint8Array | undefined {
    const read = reader.push(bytes)
    if (!read) return undefined
    const zone = this.#parts.open(this.#socket.remote.host, read.token)
    if (zone === undefined) {
      this.#refuse('not-introduced')
      return undefined
    }
    this.zone = zone
    this.#token = undefined
    return read.rest
  }

  #take(frame: SlaveFrame): void {
    if (this.#isClosed) return
    if (frame.kind === 'handshake') this.#greet(frame)
    else if (this.#next < 0) this.#begin(frame.endPosition)
    else this.#acknowledge(frame.endPosition)
  }

  #greet(frame: Extract<SlaveFrame, { kind: 'handshake' }>): void {
    const { epochs, source } = this.#parts
    if (this.#isGreeted || !Number.isSafeInteger(frame.slaveId)) {
      this.#refuse('not-a-slave')
      return
    }
    this.#isGreeted = true
    this.slaveId = frame.slaveId
    this.isLearner = frame.isLearner
    this.#fromLastFile = frame.fromLastFile
    this.#socket.write([encodeHandshakeReply(source.maxPosition, epochs.entries)])
  }

  #begin(endPosition: number): void {
    const { source, settings, log } = this.#parts
    const isSwitch = settings.mode === 'auto-switch'
    const isNumber = Number.isSafeInteger(endPosition) && endPosition >= 0
    if (!isNumber || (isSwitch && !this.#isGreeted)) {
      this.#refuse('not-a-slave')
      return
    }
    const isBehind = endPosition > 0 && endPosition < source.minPosition
    if (isBehind || endPosition > source.maxPosition) {
      this.#refuse(isBehind ? 'slave-is-behind-the-first-file' : 'slave-is-ahead', { endPosition })
      return
    }
    const fromStart = isSwitch && !this.#fromLastFile
    const lastFile = source.maxPosition - (source.maxPosition % source.segmentSize)
    this.#next = endPosition > 0 ? endPosition : fromStart ? source.minPosition : lastFile
    this.ackPosition = endPosition
    this.#sent = { position: source.maxPosition, ms: this.#parts.clock.monotonic() }
    log.info('slave-follows', { slave: this.remote, slaveId: this.slaveId, from: this.#next })
    this.#acknowledged(endPosition)
    this.push()
    if (this.#next === source.maxPosition) this.#heartbeat()
  }

  #acknowledge(endPosition: number): void {
    // Before its first bytes an empty slave reports 0 for as long as it takes.
    if (endPosition === 0 && this.ackPosition === 0) return
    const isSent = endPosition <= this.#next && endPosition >= this.ackPosition
    if (isSent) this.#acknowledged(endPosition)
    else this.#refuse('acknowledges-what-was-not-sent', { endPosition })
  }

  #acknowledged(endPosition: number): void {
    const { source, clock, onAck, onLag } = this.#parts
    const now = clock.monotonic()
    this.ackPosition = endPosition
    this.#lag.reached(endPosition, now, onLag)
    if (endPosition >= source.maxPosition) this.caughtUpMs = now
    else if (endPosition >= this.#sent.position) this.caughtUpMs = this.#sent.ms
    onAck(this)
  }

  /** Bytes of the frame that begins there: of one epoch, and of one file (see the source). */
  #batchAt(position: number, size: number): number {
    if (this.#parts.settings.mode === 'classic') return size
    const end = this.#parts.epochs.at(position)?.endPosition ?? Number.MAX_SAFE_INTEGER
    return Math.min(size, end - position)
  }

  #head(size: number): Uint8Array {
    const { settings, epochs, confirmed } = this.#parts
    if (settings.mode === 'classic') return encodeFrame(this.#next, size)
    const { epoch } = epochs.at(this.#next) ?? { epoch: { epoch: -1, startPosition: 0 } }
    return encodeSwitchFrame(this.#next, size, epoch, confirmed())
  }

  /** Tells the slave that it is not forgotten, and how far the set is. */
  #heartbeat(): void {
    this.#writtenMs = this.#parts.clock.monotonic()
    if (this.#socket.bufferedBytes === 0) this.#socket.write([this.#head(0)])
  }

  /** The set has come further: slaves may show more. */
  confirm(): void {
    if (this.#next >= 0 && !this.#isFull && this.#next >= this.#parts.source.maxPosition) {
      this.#heartbeat()
    }
  }

  #look(): void {
    const { clock, settings, source } = this.#parts
    const now = clock.monotonic()
    this.#rate.look(this.sentBytes, now)
    if (now - this.#readMs > settings.idleMs) {
      this.#refuse('slave-is-silent')
      return
    }
    if (this.#next >= 0 && this.ackPosition >= source.maxPosition) this.caughtUpMs = now
    if (this.#next >= 0 && now - this.#writtenMs >= settings.heartbeatMs) this.#heartbeat()
  }

  #refuse(reason: string, detail: Record<string, number> = {}): void {
    // Anybody can knock: only one that was a slave, or claims to be, is worth a word.
    const level = this.#isGreeted || this.isFollowing || 'endPosition' in detail ? 'warn' : 'debug'
    const { maxPosition } = this.#parts.source
    this.#parts.log[level]('slave-refused', { slave: this.remote, reason, maxPosition, ...detail })
    this.destroy()
  }
}
