// What callers have begun to say and not finished. A request is kept in memory until it is whole,
// so what is under way is bounded: in bytes for the node, and in time for each message. Callers
// beyond that are told ENHANCE_YOUR_CALM. Connections are counted here, too.
//
// grpc-js tells of whole messages only, so this looks at the bytes that its streams are given.
// Framing: one byte of flags, four of length, the message. Source: gRPC over HTTP/2.

import {
  constants,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Clock, Timer } from '../../src/base/clock.ts'
import type { GrpcConfig } from './front.ts'

const prefixBytes = 5
const sweepMs = 1000

type Limits = Pick<GrpcConfig, 'uploadBytesMax' | 'uploadMsMax' | 'connectionCountMax'>

export class Uploads {
  readonly #clock: Clock
  readonly #limits: Limits
  /** Streams whose message is under way, or has not begun. */
  readonly #open = new Set<Upload>()
  #bytes = 0
  #connections = 0
  #sweeps: Timer | undefined

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock
    this.#limits = limits
  }

  get bytes(): number {
    return this.#bytes
  }

  get connections(): number {
    return this.#connections
  }

  watch(server: Http2Server): void {
    this.#sweeps ??= this.#clock.every(sweepMs, () => this.#sweep())
    server.prependListener('session', (session) => this.#count(session))
    server.prependListener('stream', (stream) => this.#follow(stream))
  }

  stop(): void {
    this.#sweeps?.cancel()
  }

  #count(session: ServerHttp2Session): void {
    this.#connections += 1
    session.once('close', () => {
      this.#connections -= 1
    })
    if (this.#connections > this.#limits.connectionCountMax) session.destroy()
  }

  #follow(stream: ServerHttp2Stream): void {
    const upload = new Upload(stream, this.#clock.monotonic())
    this.#open.add(upload)
    const push = stream.push
    stream.push = (chunk: Buffer | null, encoding): boolean => {
      if (chunk === null) this.#end(upload)
      else this.#take(upload, chunk)
      return push.call(stream, chunk, encoding)
    }
    stream.once('close', () => this.#end(upload))
  }

  #take(upload: Upload, chunk: Buffer): void {
    this.#bytes -= upload.bytes
    upload.take(chunk)
    this.#bytes += upload.bytes
    if (upload.bytes === 0) {
      this.#open.delete(upload)
      return
    }
    if (!this.#open.has(upload)) {
      upload.since = this.#clock.monotonic()
      this.#open.add(upload)
    }
    if (this.#bytes > this.#limits.uploadBytesMax) this.#refuse(upload)
  }

  #end(upload: Upload): void {
    this.#bytes -= upload.bytes
    upload.bytes = 0
    this.#open.delete(upload)
  }

  #refuse(upload: Upload): void {
    this.#end(upload)
    upload.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }

  #sweep(): void {
    const before = this.#clock.monotonic() - this.#limits.uploadMsMax
    for (const upload of this.#open) if (upload.since < before) this.#refuse(upload)
  }
}

/** Where one stream is in its messages. */
class Upload {
  readonly stream: ServerHttp2Stream
  since: number
  /** Of the message that is not whole, with its prefix. */
  bytes = 0
  /** Of that message; as far as it is known. */
  #length = 0

  constructor(stream: ServerHttp2Stream, since: number) {
    this.stream = stream
    this.since = since
  }

  take(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.bytes < prefixBytes) {
        const byte = chunk[at++] ?? 0
        if (this.bytes > 0) this.#length = this.#length * 256 + byte
        this.bytes += 1
      } else {
        const taken = Math.min(prefixBytes + this.#length - this.bytes, chunk.length - at)
        this.bytes += taken
        at += taken
      }
      if (this.bytes >= prefixBytes && this.bytes === prefixBytes + this.#length) {
        this.bytes = 0
        this.#length = 0
      }
    }
  }
}
