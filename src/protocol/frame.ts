// Frames: bytes in, commands out; frame-writer.ts is the way back. No socket, no clock.
//
//   i32 length of what follows | u8 serialization | u24 header length | header | body
//
// A frame that arrives in one chunk is decoded in place: body and header are views of the
// chunk. Only a frame that is spread over chunks is copied, into a buffer that grows with
// what has really arrived, so a peer that announces 16 MiB and sends nothing costs nothing.
// Layout and limits: docs/formats/frame.md. Source: NettyDecoder, RemotingCommand.decode

import { MqError } from '../base/errors.ts'
import { parseBinaryHeader } from './binary-header.ts'
import type { RemotingCommand } from './command.ts'
import { parseJsonHeader } from './json-header.ts'

/** Of a whole frame with its length field, as Apache limits it. */
export const frameBytesMax = 16 * 1024 * 1024

/**
 * Of a header. The largest a client can mean is a send with 32,767 bytes of properties, each
 * of which JSON may write in six. Larger ones would only be work for the parser.
 */
export const headerBytesMax = 256 * 1024

/** Length field, serialization and header length. */
export const prefixBytes = 8

const nothing = Buffer.alloc(0)

/**
 * Turns chunks into commands: `push` a chunk, then call `next` until it answers undefined.
 *
 * `next` throws an MqError for bytes that are no frame; where the next frame starts is then
 * unknown, so the connection has to be closed. Chunks must stay unchanged: bodies are views.
 */
export class FrameDecoder {
  #chunk: Buffer = nothing
  #at = 0
  /** The start of a frame that goes on in a later chunk. */
  #partial: Buffer = nothing
  #partialBytes = 0

  /** Bytes that are held for a frame which is not complete. */
  get pendingBytes(): number {
    return this.#partialBytes
  }

  /** Takes the next chunk. All of the one before must have been read with `next`. */
  push(chunk: Uint8Array): void {
    this.#chunk = asBuffer(chunk)
    this.#at = 0
  }

  next(): RemotingCommand | undefined {
    if (this.#partialBytes > 0) return this.#nextAcrossChunks()
    const available = this.#chunk.length - this.#at
    if (available >= 4) {
      const size = frameSize(this.#chunk, this.#at)
      if (size <= available) {
        const start = this.#at
        this.#at += size
        return decodeFrame(this.#chunk, start, size)
      }
      checkPrefix(this.#chunk, this.#at, size)
    }
    this.#keep(available)
    return undefined
  }

  #nextAcrossChunks(): RemotingCommand | undefined {
    if (this.#partialBytes < 4) {
      this.#keep(Math.min(4 - this.#partialBytes, this.#chunk.length - this.#at))
      if (this.#partialBytes < 4) return undefined
    }
    const size = frameSize(this.#partial, 0)
    this.#keep(Math.min(size - this.#partialBytes, this.#chunk.length - this.#at), size)
    if (this.#partialBytes >= prefixBytes) checkPrefix(this.#partial, 0, size)
    if (this.#partialBytes < size) return undefined
    const frame = this.#partial
    this.#partial = nothing
    this.#partialBytes = 0
    return decodeFrame(frame, 0, size)
  }

  /** Moves `count` bytes of the chunk to the partial frame; `most` is the frame's size. */
  #keep(count: number, most = frameBytesMax): void {
    if (count === 0) return
    const needed = this.#partialBytes + count
    if (needed > this.#partial.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * needed, 1024), most))
      this.#partial.copy(larger, 0, 0, this.#partialBytes)
      this.#partial = larger
    }
    this.#chunk.copy(this.#partial, this.#partialBytes, this.#at, this.#at + count)
    this.#partialBytes = needed
    this.#at += count
  }
}

/** Bytes of the frame that starts at `at`, length field included. At least 4 are there. */
function frameSize(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at)
  if (length < 4 || length > frameBytesMax - 4) {
    throw new MqError('malformed-body', 'the frame length is out of range', { length })
  }
  return 4 + length
}

/** Refuses a frame as early as its first eight bytes allow; fewer pass. */
function checkPrefix(bytes: Buffer, start: number, size: number): void {
  if (bytes.length - start < prefixBytes) return
  const serialization = bytes.readUInt8(start + 4)
  if (serialization > 1) {
    throw new MqError('malformed-body', 'the serialization is not known', { serialization })
  }
  const headerBytes = bytes.readUIntBE(start + 5, 3)
  if (headerBytes > size - prefixBytes || headerBytes > headerBytesMax) {
    throw new MqError('malformed-body', 'the header length is out of range', { headerBytes })
  }
}

function decodeFrame(bytes: Buffer, start: number, size: number): RemotingCommand {
  checkPrefix(bytes, start, size)
  const bodyStart = start + prefixBytes + bytes.readUIntBE(start + 5, 3)
  const end = start + size
  const body = bodyStart === end ? undefined : bytes.subarray(bodyStart, end)
  return bytes[start + 4] === 1
    ? parseBinaryHeader(bytes.subarray(start + prefixBytes, bodyStart), body)
    : parseJsonHeader(bytes.toString('utf8', start + prefixBytes, bodyStart), body)
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
