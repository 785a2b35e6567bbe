// Messages as an HTTP/2 stream carries them: a byte of flags (1: compressed), four of length, the
// message. Source: gRPC over HTTP/2, Length-Prefixed-Message.

import { Writer } from 'protobufjs/minimal.js'

export const prefixBytes = 5
/** Of the frames of an answer that are written together. */
export const togetherBytesMax = 64 * 1024

const prefix = Buffer.alloc(prefixBytes)

/** Frames behind each other in one piece of memory, so that they go into the socket together. */
export class Frames {
  readonly #writer = Writer.create()

  /** `bytesExpected` saves moving them while they grow. */
  constructor(bytesExpected = 0) {
    if (bytesExpected > this.#writer.buf.length) {
      this.#writer.buf = Buffer.allocUnsafe(bytesExpected)
    }
  }

  get bytes(): number {
    return this.#writer.pos
  }

  add(encode: (writer: Writer) => unknown): void {
    const writer = this.#writer
    const start = writer.pos
    encode(writer.raw(prefix))
    const length = writer.pos - start - prefixBytes
    const { buf } = writer
    buf[start + 1] = length >>> 24
    buf[start + 2] = length >>> 16
    buf[start + 3] = length >>> 8
    buf[start + 4] = length
  }

  /** All of them; nothing is added after that. */
  take(): Buffer {
    return bytesOf(this.#writer)
  }
}

/** One frame alone. */
export function frameOf(encode: (writer: Writer) => unknown): Buffer {
  const frames = new Frames()
  frames.add(encode)
  return frames.take()
}

/** What was written; in Node the writer makes Buffers. */
export function bytesOf(writer: Writer): Buffer {
  const bytes = writer.finish()
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)
}

/** Of the message behind the prefix at the start of `bytes`. */
export const lengthAt = (bytes: Buffer): number => bytes.readUInt32BE(1)

export const isCompressed = (bytes: Buffer): boolean => ((bytes[0] ?? 0) & 1) === 1
