// The bytes between a master and its slaves: no magic, no version, no checksum. Both modes share
// the port, so both ends have to be in the same one.
//
//   classic      slave → master   end i64
//                master → slave   position i64 | size i32 | bytes of the log
//   auto-switch  slave → master   1 i32 | fromLastFile i16 | isLearner i16 | slave id i64
//                                 2 i32 | end i64
//                master → slave   1 i32 | size i32 | end i64 | last epoch i32 | n × (epoch i32, start i64)
//                                 2 i32 | size i32 | position i64 | epoch i32 | epoch start i64
//                                       | confirmed i64 | bytes of the log
//
// A size of 0 is a heartbeat. Format: docs/formats/replication.md.
// Source: DefaultHAConnection, DefaultHAClient, AutoSwitchHAConnection, AutoSwitchHAClient.

import { readInt64, viewOf, writeInt64 } from '../../base/int64.ts'

export type Mode = 'classic' | 'auto-switch'

/** Source: HAConnectionState. */
const states = { handshake: 1, transfer: 2 } as const

const sizes = {
  report: 8,
  frame: 12,
  handshake: 16,
  switchReport: 12,
  handshakeReply: 20,
  switchFrame: 36,
  epoch: 12,
} as const

/** Apache's slave has room for 4 MiB; the epochs of a handshake are 1000 at most. */
const bodySizeMax = 4 * 1024 * 1024 - sizes.switchFrame
const epochsMax = 1000

/** From `startPosition` on the log was written by the master of `epoch`. */
export type Epoch = { readonly epoch: number; readonly startPosition: number }

/** What a slave says. */
export type SlaveFrame =
  | { readonly kind: 'report'; readonly endPosition: number }
  | {
      readonly kind: 'handshake'
      readonly slaveId: number
      readonly fromLastFile: boolean
      readonly isLearner: boolean
    }

/** What a master says; the bytes of the log follow a `data`, those of the epochs a `handshake`. */
export type MasterFrame =
  | {
      readonly kind: 'data'
      readonly position: number
      readonly size: number
      /** Undefined in classic mode. */
      readonly epoch: Epoch | undefined
      readonly confirmed: number
    }
  | {
      readonly kind: 'handshake'
      readonly size: number
      readonly endPosition: number
      readonly lastEpoch: number
    }

export function encodeReport(mode: Mode, endPosition: number): Uint8Array {
  const at = mode === 'classic' ? 0 : 4
  const view = viewOf(new Uint8Array(at + 8))
  if (at > 0) view.setInt32(0, states.transfer)
  writeInt64(view, at, endPosition)
  return bytesOf(view)
}

export function encodeHandshake(given: {
  slaveId: number
  fromLastFile: boolean
  isLearner: boolean
}): Uint8Array {
  const view = viewOf(new Uint8Array(sizes.handshake))
  view.setInt32(0, states.handshake)
  view.setInt16(4, given.fromLastFile ? 1 : 0)
  view.setInt16(6, given.isLearner ? 1 : 0)
  writeInt64(view, 8, given.slaveId)
  return bytesOf(view)
}

export function encodeFrame(position: number, size: number): Uint8Array {
  const view = viewOf(new Uint8Array(sizes.frame))
  writeInt64(view, 0, position)
  view.setInt32(8, size)
  return bytesOf(view)
}

export function encodeSwitchFrame(
  position: number,
  size: number,
  epoch: Epoch,
  confirmed: number,
): Uint8Array {
  const view = viewOf(new Uint8Array(sizes.switchFrame))
  view.setInt32(0, states.transfer)
  view.setInt32(4, size)
  writeInt64(view, 8, position)
  view.setInt32(16, epoch.epoch)
  writeInt64(view, 20, epoch.startPosition)
  writeInt64(view, 28, confirmed)
  return bytesOf(view)
}

export function encodeHandshakeReply(endPosition: number, epochs: readonly Epoch[]): Uint8Array {
  const told = epochs.slice(-epochsMax)
  const view = viewOf(new Uint8Array(sizes.handshakeReply + told.length * sizes.epoch))
  view.setInt32(0, states.handshake)
  view.setInt32(4, told.length * sizes.epoch)
  writeInt64(view, 8, endPosition)
  view.setInt32(16, told.at(-1)?.epoch ?? -1)
  told.forEach(({ epoch, startPosition }, index) => {
    const at = sizes.handshakeReply + index * sizes.epoch
    view.setInt32(at, epoch)
    writeInt64(view, at + 4, startPosition)
  })
  return bytesOf(view)
}

export function decodeEpochs(bytes: Uint8Array): readonly Epoch[] {
  const view = viewOf(bytes)
  return Array.from({ length: Math.floor(bytes.length / sizes.epoch) }, (_, index) => ({
    epoch: view.getInt32(index * sizes.epoch),
    startPosition: readInt64(view, index * sizes.epoch + 4),
  }))
}

/** Cuts what a slave sends into frames; keeps no more than one unfinished frame. */
export class SlaveFrames {
  readonly #mode: Mode
  #rest: Buffer = Buffer.alloc(0)

  constructor(mode: Mode) {
    this.#mode = mode
  }

  /** Calls `take` for each complete frame. False: the peer speaks something else. */
  push(bytes: Uint8Array, take: (frame: SlaveFrame) => void): boolean {
    const all =
      this.#rest.length === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        : Buffer.concat([this.#rest, bytes])
    let at = 0
    for (;;) {
      const size = this.#sizeAt(all, at)
      if (size === undefined) return false
      if (size === 0 || all.length - at < size) break
      take(this.#decode(all, at))
      at += size
    }
    this.#rest = Buffer.from(all.subarray(at))
    return true
  }

  /** Bytes of the frame at `at`; 0 when that cannot be said yet, undefined when it is none. */
  #sizeAt(bytes: Buffer, at: number): number | undefined {
    if (this.#mode === 'classic') return sizes.report
    if (bytes.length - at < 4) return 0
    const state = bytes.readInt32BE(at)
    if (state === states.handshake) return sizes.handshake
    return state === states.transfer ? sizes.switchReport : undefined
  }

  #decode(bytes: Buffer, at: number): SlaveFrame {
    const view = viewOf(bytes)
    if (this.#mode === 'classic') return { kind: 'report', endPosition: readInt64(view, at) }
    if (view.getInt32(at) === states.transfer) {
      return { kind: 'report', endPosition: readInt64(view, at + 4) }
    }
    return {
      kind: 'handshake',
      slaveId: readInt64(view, at + 8),
      fromLastFile: view.getInt16(at + 4) === 1,
      isLearner: view.getInt16(at + 6) === 1,
    }
  }
}

/** What a slave does with the frames of its master. Either may throw: the bytes are refused. */
export type MasterFrameTaker = {
  head(frame: MasterFrame): void
  /** Bytes of the body, as they come: they are views and may be less than the whole body. */
  body(bytes: Uint8Array): void
}

/** Cuts what a master sends; bodies are handed on as they come, never gathered. */
export class MasterFrames {
  readonly #mode: Mode
  readonly #head = Buffer.alloc(sizes.switchFrame)
  #headSize = 0
  #bodyLeft = 0

  constructor(mode: Mode) {
    this.#mode = mode
  }

  /** False: the peer speaks something else. */
  push(bytes: Uint8Array, taker: MasterFrameTaker): boolean {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = 0; at < all.length; ) {
      if (this.#bodyLeft > 0) {
        const size = Math.min(this.#bodyLeft, all.length - at)
        this.#bodyLeft -= size
        taker.body(all.subarray(at, at + size))
        at += size
        continue
      }
      const wanted = this.#wanted()
      if (wanted === undefined) return false
      const size = Math.min(wanted - this.#headSize, all.length - at)
      all.copy(this.#head, this.#headSize, at, at + size)
      this.#headSize += size
      at += size
      if (this.#headSize < wanted || this.#wanted() !== wanted) continue
      const frame = this.#decode()
      this.#headSize = 0
      if (!frame) return false
      this.#bodyLeft = frame.size
      taker.head(frame)
    }
    return true
  }

  /** Bytes of the head as far as it can be told; undefined when it is none. */
  #wanted(): number | undefined {
    if (this.#mode === 'classic') return sizes.frame
    if (this.#headSize < 4) return 4
    const state = this.#head.readInt32BE(0)
    if (state === states.handshake) return sizes.handshakeReply
    return state === states.transfer ? sizes.switchFrame : undefined
  }

  #decode(): MasterFrame | undefined {
    const view = viewOf(this.#head)
    const isClassic = this.#mode === 'classic'
    const size = view.getInt32(isClassic ? 8 : 4)
    if (size < 0 || size > bodySizeMax) return undefined
    if (isClassic) {
      return { kind: 'data', position: readInt64(view, 0), size, epoch: undefined, confirmed: 0 }
    }
    if (view.getInt32(0) === states.handshake) {
      if (size % sizes.epoch !== 0 || size > epochsMax * sizes.epoch) return undefined
      const [endPosition, lastEpoch] = [readInt64(view, 8), view.getInt32(16)]
      return { kind: 'handshake', size, endPosition, lastEpoch }
    }
    return {
      kind: 'data',
      position: readInt64(view, 8),
      size,
      epoch: { epoch: view.getInt32(16), startPosition: readInt64(view, 20) },
      confirmed: readInt64(view, 28),
    }
  }
}

const bytesOf = (view: DataView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
