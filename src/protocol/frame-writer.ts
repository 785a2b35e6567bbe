// Frames out: the commands of one turn become one write.
//
// Small bodies are copied beside their headers, into one buffer for the whole turn: a copy is
// cheaper than another chunk in the socket's queue. Large ones are handed on as they are, so a
// pull answers with views of the mapped log.

import { MqError } from '../base/errors.ts'
import { printBinaryHeader } from './binary-header.ts'
import type { CommandHeader, RemotingCommand } from './command.ts'
import { frameBytesMax, prefixBytes } from './frame.ts'
import { printJsonHeader } from './json-header.ts'

/** Bodies, or parts of them, below this are copied. Measured with bench/codec.ts. */
const copiedBytesMax = 4096

export type Body = Uint8Array | readonly Uint8Array[] | undefined

type Pending = {
  readonly header: string | Buffer
  readonly headerBytes: number
  readonly flags: number
  readonly body: Body
  readonly bodyBytes: number
}

/** Collects frames until they are taken, in order. */
export class FrameWriter {
  #pending: Pending[] = []
  #bytes = 0
  /** Of what is copied: everything but the large bodies. */
  #copiedBytes = 0

  /** Bytes of the frames that have not been taken. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Adds a frame. Its body must stay unchanged until it has been sent.
   * Throws `message-too-large` when every peer would refuse the frame; nothing is added then.
   */
  add(command: CommandHeader, body?: Body): void {
    const isBinary = command.serialization === 'binary'
    const header = isBinary ? printBinaryHeader(command) : printJsonHeader(command)
    const headerBytes = typeof header === 'string' ? Buffer.byteLength(header) : header.length
    const bodyBytes = sizeOf(body)
    const frameBytes = prefixBytes + headerBytes + bodyBytes
    if (frameBytes > frameBytesMax) {
      throw new MqError('message-too-large', 'the frame is too large', { frameBytes })
    }
    this.#pending.push({ header, headerBytes, flags: isBinary ? 1 << 24 : 0, body, bodyBytes })
    this.#bytes += frameBytes
    this.#copiedBytes += prefixBytes + headerBytes + copiedSizeOf(body)
  }

  /** All frames that were added since the last time, as chunks for one write. */
  take(): Uint8Array[] {
    const chunks = new ChunkList(this.#copiedBytes)
    for (const { header, headerBytes, flags, body, bodyBytes } of this.#pending) {
      chunks.int32(4 + headerBytes + bodyBytes)
      chunks.int32(flags | headerBytes)
      if (typeof header === 'string') chunks.text(header, headerBytes)
      else chunks.copy(header)
      if (body === undefined) continue
      if (body instanceof Uint8Array) chunks.add(body)
      else for (const part of body) chunks.add(part)
    }
    this.#pending = []
    this.#bytes = 0
    this.#copiedBytes = 0
    return chunks.finish()
  }
}

/** One command as one frame, for those who write one at a time. */
export function encodeFrame(command: RemotingCommand): Buffer {
  const writer = new FrameWriter()
  writer.add(command, command.body)
  return Buffer.concat(writer.take())
}

/**
 * Of the buffers that copies gather in. Larger ones are mapped and unmapped by the C library
 * for each turn: the page faults cost a pull a tenth of its CPU.
 */
const copiesSize = 64 * 1024

/** Copied bytes gather in a few buffers; others go in between as they are. */
class ChunkList {
  readonly #chunks: Uint8Array[] = []
  /** Still to be copied, of all that will be. */
  #left: number
  #copies: Buffer
  #start = 0
  #end = 0

  constructor(copiedBytes: number) {
    this.#left = copiedBytes
    this.#copies = Buffer.allocUnsafe(Math.min(copiedBytes, copiesSize))
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#copies.writeInt32BE(value, this.#end)
    this.#end += 4
  }

  text(value: string, bytes: number): void {
    this.#reserve(bytes)
    this.#copies.write(value, this.#end)
    this.#end += bytes
  }

  copy(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#copies.set(bytes, this.#end)
    this.#end += bytes.length
  }

  add(bytes: Uint8Array): void {
    if (bytes.length < copiedBytesMax) this.copy(bytes)
    else {
      this.#flush()
      this.#chunks.push(bytes)
    }
  }

  finish(): Uint8Array[] {
    this.#flush()
    return this.#chunks
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes > this.#copies.length) {
      this.#flush()
      const size = Math.max(bytes, Math.min(this.#left, copiesSize))
      this.#copies = Buffer.allocUnsafe(size)
      this.#start = 0
      this.#end = 0
    }
    this.#left -= bytes
  }

  #flush(): void {
    if (this.#end === this.#start) return
    this.#chunks.push(this.#copies.subarray(this.#start, this.#end))
    this.#start = this.#end
  }
}

function sizeOf(body: Body): number {
  if (body === undefined) return 0
  if (body instanceof Uint8Array) return body.length
  return body.reduce((size, part) => size + part.length, 0)
}

const copiedSize = (bytes: number): number => (bytes < copiedBytesMax ? bytes : 0)

function copiedSizeOf(body: Body): number {
  if (body === undefined) return 0
  if (body instanceof Uint8Array) return copiedSize(body.length)
  return body.reduce((size, part) => size + copiedSize(part.length), 0)
}
