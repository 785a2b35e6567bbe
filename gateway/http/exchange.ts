// One request and its answer, over node's own objects: the data plane has none of express's
// conveniences, which cost more than the work itself.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Failure } from '../../src/base/errors.ts'
import { failures } from '../../src/base/errors.ts'
import type { Call, RateState } from '../core/core.ts'
import { failureOf, problemOf } from '../core/problem.ts'
import type { Principal } from '../identity/principal.ts'
import { encodingOf, endPacked, packedBytesMin } from './compression.ts'

export type Headers = Readonly<Record<string, string>>

const neverAborted = new AbortController().signal

/** What a call was about, beyond what its path says. */
export type About = Readonly<Record<string, string>>

export type BeforeAnswer = (status: number, failure: Failure | undefined, about: About) => void

export class Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly requestId: string
  readonly identity: Principal
  /** Path parameters, decoded once. */
  readonly params: Readonly<Record<string, string>>
  readonly #extraHeaders: Headers
  /** Address of the caller. */
  readonly source: string
  readonly #stopping: AbortSignal
  readonly #beforeAnswer: BeforeAnswer | undefined
  #query: URLSearchParams | undefined
  #failure: Failure | undefined
  #about: About = {}
  #rate: RateState | undefined

  constructor(given: {
    readonly req: IncomingMessage
    readonly res: ServerResponse
    readonly requestId: string
    readonly identity: Principal
    readonly params: Readonly<Record<string, string>>
    /** For every answer of this exchange: those of CORS, where they are due. */
    readonly headers: Headers
    readonly stopping: AbortSignal
    /** Address of the caller. */
    readonly source: string
    /** Called with the status before anything of the answer leaves. */
    readonly beforeAnswer?: BeforeAnswer | undefined
  }) {
    this.req = given.req
    this.res = given.res
    this.requestId = given.requestId
    this.identity = given.identity
    this.params = given.params
    this.#extraHeaders = given.headers
    this.#stopping = given.stopping
    this.source = given.source
    this.#beforeAnswer = given.beforeAnswer
  }

  /** A header as text in UTF-8, which node takes for Latin-1. */
  header(name: string): string | undefined {
    const value = this.req.headers[name]
    return typeof value === 'string' ? utf8Of(value) : undefined
  }

  get query(): URLSearchParams {
    if (!this.#query) {
      const { url = '' } = this.req
      const mark = url.indexOf('?')
      this.#query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
    }
    return this.#query
  }

  /** A call whose effect does not depend on who still listens. */
  call(signal: Call['signal'] = neverAborted): Call {
    const remote = `${this.source}:${this.req.socket.remotePort ?? 0}`
    const { requestId, identity } = this
    return { requestId, identity, remote, signal, rates: this }
  }

  /** A call that waits: its signal is aborted when the caller goes or this node stops. */
  waitingCall(): Call {
    const gone = new AbortController()
    this.res.once('close', () => gone.abort())
    if (this.res.destroyed) gone.abort()
    return this.call(AbortSignal.any([gone.signal, this.#stopping]))
  }

  /** Of several rates the one is told that is used up first. */
  tell(state: RateState): void {
    const share = (one: RateState): number => one.remaining / one.limit
    if (!this.#rate || share(state) < share(this.#rate)) this.#rate = state
  }

  /** For the audit: what is changed, where only the body or the answer names it. */
  about(what: About): void {
    this.#about = what
  }

  get isStopping(): boolean {
    return this.#stopping.aborted
  }

  json(status: number, value: unknown, headers?: Headers): void {
    this.text(status, 'application/json', JSON.stringify(value), headers)
  }

  text(status: number, contentType: string, text: string, headers?: Headers): void {
    if (text.length >= packedBytesMin && this.#packs(status, contentType, text, headers)) return
    this.head(status, {
      'Content-Type': contentType,
      'Content-Length': String(Buffer.byteLength(text)),
      ...headers,
    })
    // As text it leaves in one write with the head; as bytes it would take two.
    this.res.end(this.req.method === 'HEAD' ? undefined : text)
  }

  bytes(status: number, contentType: string, body: Uint8Array, headers?: Headers): void {
    if (body.length >= packedBytesMin && this.#packs(status, contentType, body, headers)) return
    this.head(status, {
      'Content-Type': contentType,
      'Content-Length': String(body.length),
      ...headers,
    })
    this.res.end(this.req.method === 'HEAD' ? undefined : body)
  }

  /** Whether the body was sent packed. */
  #packs(
    status: number,
    contentType: string,
    body: string | Uint8Array,
    headers: Headers = {},
  ): boolean {
    // A strong tag is of the bytes as they are; what is no text is mostly packed already.
    if (this.req.method === 'HEAD' || 'ETag' in headers || !packable.test(contentType)) return false
    const encoding = encodingOf(this.header('accept-encoding'))
    if (!encoding) return false
    const vary = ['Accept-Encoding', this.#extraHeaders['Vary'], headers['Vary']]
    this.head(status, {
      'Content-Type': contentType,
      ...headers,
      'Content-Encoding': encoding,
      Vary: vary.filter((one) => one !== undefined).join(', '),
    })
    endPacked(this.res, body, encoding)
    return true
  }

  empty(status: number, headers: Headers = {}): void {
    this.head(status, headers)
    this.res.end()
  }

  /** Writes the status line and the headers that every answer has. */
  head(status: number, headers: Headers): void {
    this.#beforeAnswer?.(status, this.#failure, this.#about)
    this.res.writeHead(status, {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': this.requestId,
      ...(this.isStopping && { Connection: 'close' }),
      ...this.#extraHeaders,
      ...(this.#rate && rateHeaders(this.#rate)),
      ...headers,
    })
  }

  /** Answers an error by its row of the table; returns the row's name. */
  problem(error: unknown): Failure {
    const problem = problemOf(error, this.requestId)
    const failure = failureOf(error)
    this.#failure = failure
    const headers = { ...extraHeadersOf(failure, problem.retryAfterMs) }
    if (!this.res.headersSent) {
      if (!this.req.complete) this.#discardBody(headers)
      this.text(problem.status, 'application/problem+json', JSON.stringify(problem), headers)
    } else {
      this.res.destroy()
    }
    return failure
  }

  /**
   * What is left of a refused body is read and dropped: a client that is still writing would
   * be cut off before it has read the answer. More than a little is not worth it.
   */
  #discardBody(headers: Record<string, string>): void {
    let left = discardedBytesMax
    if (Number(this.req.headers['content-length'] ?? 0) > left) {
      headers['Connection'] = 'close'
      return
    }
    this.req.removeAllListeners('data')
    this.req.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) this.req.destroy()
    })
    this.req.resume()
  }
}

const packable = /^(?:text\/|application\/(?:[\w.+-]+\+)?(?:json|javascript|xml)|image\/svg)/

/** Four times the largest message of a broker with Apache's settings. */
const discardedBytesMax = 16 * 1024 * 1024

function extraHeadersOf(failure: Failure, retryAfterMs = 1000): Record<string, string> {
  const { http } = failures[failure]
  if (http === 401) return { 'WWW-Authenticate': 'Bearer realm="rocketway"' }
  if (http === 429 || http === 503) {
    return { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }
  }
  return {}
}

/** Source: draft-ietf-httpapi-ratelimit-headers. */
const rateHeaders = ({ name, limit, remaining, resetMs }: RateState): Headers => ({
  'RateLimit-Policy': `"${name}";q=${limit};w=1`,
  RateLimit: `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
})

function utf8Of(value: string): string {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > 0x7f) return Buffer.from(value, 'latin1').toString('utf8')
  }
  return value
}
