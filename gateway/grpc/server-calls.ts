// Which calls are served here, out of those that a server of grpc-js takes, and the deadlines of
// those that are open. Whatever has another path goes on to grpc-js.

import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Timer } from '../../src/base/clock.ts'
import { type CallLimits, ServerCall, type Serving } from './server-call.ts'

/** A call with one request, and how it is served. */
export type Served = {
  readonly path: string
  open(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    limits: CallLimits,
  ): ServerCall<unknown>
}

export function served<Request>(path: string, serving: Serving<Request>): Served {
  return {
    path,
    open: (stream, headers, limits) => new ServerCall(stream, headers, serving, limits),
  }
}

type Parts = CallLimits & {
  /** Counts it among those of its connection, which is closed when it has none for long. */
  onStream(stream: ServerHttp2Stream): void
}

type Handler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...more: unknown[]) => void

/** Clients give up by themselves and say so; this is for those that do not. */
const sweepMs = 1000

export class ServerCalls {
  readonly #parts: Parts
  readonly #served = new Map<string, Served>()
  readonly #open = new Set<ServerCall<unknown>>()
  #sweeps: Timer | undefined

  constructor(served: readonly Served[], parts: Parts) {
    this.#parts = parts
    for (const one of served) this.#served.set(one.path, one)
  }

  stop(): void {
    this.#sweeps?.cancel()
  }

  /** Takes the calls of `http2` before the listeners that it has. */
  takeFrom(http2: Http2Server): void {
    this.#sweeps ??= this.#parts.clock.every(sweepMs, () => this.#sweep())
    const others = http2.listeners('stream') as Handler[]
    http2.removeAllListeners('stream')
    http2.on('stream', (stream, headers, ...more) => {
      if (this.#take(stream, headers)) return
      for (const other of others) other.call(http2, stream, headers, ...more)
    })
  }

  #sweep(): void {
    for (const call of this.#open) call.endIfLate()
  }

  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    const served = this.#served.get(headers[':path'] ?? '')
    if (!served || !headers['content-type']?.startsWith('application/grpc')) return false
    this.#parts.onStream(stream)
    const call = served.open(stream, headers, this.#parts)
    this.#open.add(call)
    stream.once('close', () => this.#open.delete(call))
    return true
  }
}
