// One call with one request, over the HTTP/2 stream that it came in: the request is read whole,
// answers are written as frames, and a status ends it. grpc-js serves the calls that are rare and
// the connections; what comes with every message goes through here, at two thirds of its CPU for a
// single answer and less for many. Source: gRPC over HTTP/2.

import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { status as codes } from '@grpc/grpc-js'
import type { Clock } from '../../src/base/clock.ts'
import { timeoutMsOf } from './deadlines.ts'
import { isCompressed, lengthAt, prefixBytes } from './framing.ts'

const inflaters = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const

const contentType = 'application/grpc+proto'
// Each header costs; gRPC needs no date.
const trailersFollow = { waitForTrailers: true, sendDate: false }

/** The end of a stream that breaks is told as its close. */
const ignored = (): void => {}

/** By connection: each look at the socket of one goes through a proxy. */
const peers = new WeakMap<Http2Session, string>()

export type CallLimits = {
  readonly clock: Clock
  /** Of a request, and of what it unpacks to. */
  readonly bytesMax: number
}

export type Serving<Request> = {
  decode(bytes: Uint8Array): Request
  /** Called once, with the request there. */
  run(call: ServerCall<Request>): void
}

export class ServerCall<Request> {
  readonly #stream: ServerHttp2Stream
  #headers: IncomingHttpHeaders
  readonly #serving: Serving<Request>
  readonly #limits: CallLimits
  /** By the monotonic clock. */
  readonly #deadline: number
  #chunks: Buffer[] = []
  #bytes = 0
  #request: Request | undefined
  /** Nothing is read or written any more: it has its status, or nobody hears it. */
  #isOver = false
  #hasBegun = false
  #isCancelled = false
  #onGone: (() => void)[] = []

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    serving: Serving<Request>,
    limits: CallLimits,
  ) {
    this.#stream = stream
    this.#headers = headers
    this.#serving = serving
    this.#limits = limits
    const timeout = headers['grpc-timeout']
    const timeoutMs = typeof timeout === 'string' ? timeoutMsOf(timeout) : Infinity
    this.#deadline = limits.clock.monotonic() + timeoutMs
    stream.on('error', ignored)
    stream.on('data', (chunk: Buffer) => this.#take(chunk))
    stream.once('end', () => void this.#begin())
    stream.once('close', () => this.#onClose())
    if (Number.isNaN(timeoutMs)) {
      this.fail(codes.INTERNAL, `Invalid grpc-timeout value "${timeout}"`)
    }
  }

  /** There once the call runs. */
  get request(): Request {
    return this.#request as Request
  }

  /** What the caller says of itself; as that of grpc-js. */
  readonly metadata = {
    get: (name: string): string[] => {
      const value = this.#headers[name]
      if (value === undefined) return []
      return typeof value === 'string' ? [value] : value
    },
  }

  /** Address and port. */
  getPeer(): string {
    const { session } = this.#stream
    if (!session) return ''
    const known = peers.get(session)
    if (known !== undefined) return known
    const { remoteAddress, remotePort } = session.socket
    const peer = `${remoteAddress ?? 'unknown'}:${remotePort ?? 0}`
    peers.set(session, peer)
    return peer
  }

  /** Until the caller gives up, ms; infinity when it has not said. */
  get remainingMs(): number {
    return this.#deadline - this.#limits.clock.monotonic()
  }

  /** Whether the caller has gone before the end. */
  get cancelled(): boolean {
    return this.#isCancelled
  }

  /** Runs when the caller goes before the end, or now if it has. */
  onGone(run: () => void): void {
    if (this.#isCancelled) run()
    else this.#onGone.push(run)
  }

  /** Writes whole frames. False: wait for {@link drained}. `onWritten` is not told of a failure. */
  write(frames: Buffer, onWritten?: () => void): boolean {
    if (!this.#canWrite) return true
    this.#respond()
    return this.#stream.write(frames, (error) => {
      if (!error) onWritten?.()
    })
  }

  /** Resolves when more can be written, or nobody hears it. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.onGone(resolve)
      this.#stream.once('drain', resolve)
    })
  }

  /** Writes the last frames, and the status that all went well. */
  end(frames: Buffer, onWritten?: () => void): void {
    if (!this.#canWrite) return
    this.#respond()
    this.#stream.once('wantTrailers', () => this.#finish(codes.OK, ''))
    this.#stream.end(frames, (error?: Error | null) => {
      if (!error) onWritten?.()
    })
  }

  /** Ends it with another status. */
  fail(code: codes, details: string): void {
    if (!this.#canWrite) return
    if (this.#hasBegun) {
      this.#stream.once('wantTrailers', () => this.#finish(code, details))
      this.#stream.end()
    } else {
      this.#stream.respond(
        { ':status': 200, 'content-type': contentType, ...statusOf(code, details) },
        { endStream: true },
      )
      this.#isOver = true
    }
  }

  /** Ends what its caller has given up. */
  endIfLate(): void {
    if (this.remainingMs > 0) return
    this.fail(codes.DEADLINE_EXCEEDED, 'Deadline exceeded')
    this.#leave()
  }

  get #canWrite(): boolean {
    return !this.#isOver && !this.#stream.destroyed && !this.#stream.writableEnded
  }

  #respond(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#stream.respond({ ':status': 200, 'content-type': contentType }, trailersFollow)
  }

  #finish(code: codes, details: string): void {
    if (this.#stream.destroyed) return
    this.#isOver = true
    this.#stream.sendTrailers(statusOf(code, details))
  }

  #onClose(): void {
    if (!this.#isOver) this.#leave()
    this.#onGone = []
    // Who serves it may still be at work on it.
    if (this.#isCancelled) return
    // Node keeps a stream, and with it this, until the next collection of all garbage. What they
    // lead to would live as long, and be moved about by each small one before.
    this.#chunks = []
    this.#headers = {}
    this.#request = undefined
  }

  #leave(): void {
    if (this.#isCancelled) return
    this.#isCancelled = true
    this.#isOver = true
    for (const run of this.#onGone) run()
    this.#onGone = []
  }

  /** Of a call that is over the rest is read and dropped. */
  #take(chunk: Buffer): void {
    if (this.#isOver) return
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const [first = chunk] = this.#chunks
    if (first.length < prefixBytes) {
      if (this.#bytes < prefixBytes) return
      this.#chunks = [Buffer.concat(this.#chunks)]
    }
    const length = lengthAt(this.#chunks[0] ?? chunk)
    if (length > this.#limits.bytesMax) this.#refuse(tooLarge(length, this.#limits.bytesMax))
    else if (this.#bytes > prefixBytes + length) this.#refuse(secondRequest)
  }

  async #begin(): Promise<void> {
    if (this.#isOver) return
    const [first] = this.#chunks
    const bytes = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    this.#chunks = []
    if (bytes.length === 0) return this.#refuse(noRequest)
    if (bytes.length < prefixBytes || bytes.length < prefixBytes + lengthAt(bytes)) {
      return this.#refuse(cutRequest)
    }
    const message = bytes.subarray(prefixBytes)
    try {
      const plain = isCompressed(bytes) ? await this.#unpacked(message) : message
      this.#request = this.#serving.decode(plain)
    } catch (error) {
      return this.#refuse(error instanceof Refusal ? error : unreadable)
    }
    if (!this.#isOver) this.#serving.run(this)
  }

  async #unpacked(message: Buffer): Promise<Buffer> {
    const encoding = this.#headers['grpc-encoding']
    if (encoding !== 'gzip' && encoding !== 'deflate') throw unknownEncoding(String(encoding))
    const maxOutputLength = this.#limits.bytesMax
    try {
      return await inflaters[encoding](message, { maxOutputLength })
    } catch (error) {
      const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      throw isLarge ? tooLarge(Infinity, maxOutputLength) : notUnpacked
    }
  }

  #refuse({ code, message }: Refusal): void {
    this.#chunks = []
    this.fail(code, message)
  }
}

const statusOf = (code: codes, details: string) => ({
  'grpc-status': code,
  ...(details !== '' && { 'grpc-message': encodeURI(details) }),
})

class Refusal extends Error {
  readonly code: codes

  constructor(code: codes, message: string) {
    super(message)
    this.code = code
  }
}

// The words and codes of grpc-js, which those of a request in pieces are not of.
const noRequest = new Refusal(codes.UNIMPLEMENTED, 'Received no request message')
const secondRequest = new Refusal(codes.UNIMPLEMENTED, 'Received a second request message')
const cutRequest = new Refusal(codes.INTERNAL, 'The request ends in the middle of its message')
const unreadable = new Refusal(codes.INTERNAL, 'Error deserializing request')
const notUnpacked = new Refusal(codes.INTERNAL, 'Failed to decompress message')

const tooLarge = (length: number, bytesMax: number) =>
  new Refusal(
    codes.RESOURCE_EXHAUSTED,
    `Received message larger than max (${length} vs ${bytesMax})`,
  )

const unknownEncoding = (encoding: string) =>
  new Refusal(
    codes.UNIMPLEMENTED,
    `Received message compressed with unsupported encoding "${encoding}"`,
  )
