// The WebSocket front: sockets of ws, sessions behind them, and the stop that lets clients
// finish. No state but the open sockets.

import { randomBytes } from 'node:crypto'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { WebSocket, WebSocketServer } from 'ws'
import { assert } from '../../src/base/assert.ts'
import type { Clock, Timer } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Log } from '../../src/base/log.ts'
import type { Metrics } from '../../src/base/metrics.ts'
import type { Core, Identity } from '../core/core.ts'
import { failureOf, problemOf } from '../core/problem.ts'
import { filterOf, readFromOf } from '../core/stream-query.ts'
import { certificateNames } from '../identity/certificate-names.ts'
import { clientAddress } from '../identity/client-address.ts'
import { chooseNamespace } from '../identity/principal.ts'
import { closeCodes } from './close-code.ts'
import type { WebSocketConfig } from './config.ts'
import { type Format, type Frame, isEventsOnly } from './format.ts'
import type { ReaderSub } from './frames.ts'
import {
  type Authenticator,
  type Output,
  Session,
  type SessionPorts,
  type SessionStart,
} from './session.ts'
import { SocketCounts } from './socket-counts.ts'
import { createSocketServer } from './socket-server.ts'
import { checkUpgrade } from './upgrade.ts'
import { webSocketMetrics } from './websocket-metrics.ts'

export type WebSocketFrontPorts = {
  readonly core: Core
  readonly identity: Authenticator
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly config: WebSocketConfig
}

export type WebSocketFront = {
  /** For the 'upgrade' event of the HTTP server; answers requests that are not for it, too. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Says goaway, waits `drainMs` for clients to leave, closes the rest with 4503. */
  stop(): Promise<void>
}

type Duplex = Parameters<WebSocketServer['handleUpgrade']>[1]

/** What a peer that does not answer a close gets before its connection is cut. */
const closeMs = 2_000

export function createWebSocketFront(ports: WebSocketFrontPorts): WebSocketFront {
  return new Front(ports)
}

class Front implements WebSocketFront {
  readonly #ports: WebSocketFrontPorts
  readonly #sessionPorts: SessionPorts
  readonly #server: WebSocketServer
  readonly #open = new Map<WebSocket, Session>()
  /** What was agreed on, for the answer to the upgrade. */
  readonly #formats = new WeakMap<IncomingMessage, Format>()
  readonly #stopped = new AbortController()
  #isStopping = false
  #empty: (() => void) | undefined

  constructor(ports: WebSocketFrontPorts) {
    const { config, metrics } = ports
    this.#ports = ports
    const counted = webSocketMetrics(metrics, {
      sessions: () => this.#open.size,
      bufferedBytes: () => {
        let bytes = 0
        for (const socket of this.#open.keys()) bytes += socket.bufferedAmount
        return bytes
      },
    })
    const { signal } = this.#stopped
    const { core, clock, log, identity: authenticator } = ports
    this.#sessionPorts = {
      ...{ core, clock, log, config, authenticator, signal },
      sockets: new SocketCounts(),
      metrics: counted,
    }
    this.#server = createSocketServer(
      config,
      (request) => this.#formats.get(request)?.subprotocol ?? false,
    )
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until ws takes the socket nobody else listens; a peer that goes away is nothing to log.
    const ignore = (): void => {}
    socket.on('error', ignore)
    this.#admit(request).then(
      (admitted) => {
        socket.off('error', ignore)
        if (socket.destroyed) return
        this.#formats.set(request, admitted.format)
        this.#server.handleUpgrade(request, socket, head, (opened) => {
          this.#serve(opened, request, admitted)
        })
      },
      (error: unknown) => this.#refuse(socket, error),
    )
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    const { clock, config } = this.#ports
    for (const session of this.#open.values()) session.drain(config.drainMs)
    const all = clock.after(config.drainMs, () => {
      for (const session of this.#open.values()) {
        session.end(closeCodes.draining, 'this node is stopping')
      }
    })
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#empty = resolve))
    all.cancel()
    this.#stopped.abort(new MqError('draining'))
    this.#server.close()
  }

  async #admit(request: IncomingMessage): Promise<Admitted> {
    const { url = '/', headers } = request
    const { localAddress } = request.socket
    const { config, identity } = this.#ports
    const asked = checkUpgrade({ url, headers, localAddress }, config)
    if (this.#isStopping) throw new MqError('draining')
    const { authorization, ticket, namespace, format, query, origin, host } = asked
    const id = randomBytes(9).toString('base64url')
    const certificate = certificateNames(request.socket)
    const address = this.#addressOf(request)
    const shown = { ticket, certificate, origin, host, address }
    const start = { id, format, shown, namespace }
    const isShown = authorization !== undefined || ticket !== undefined || certificate !== undefined
    // Without any of them the first frame says who it is.
    if (!isShown && !isEventsOnly(format)) {
      return { ...start, identity: undefined, stream: undefined }
    }
    const principal = await identity.authenticate(authorization, shown)
    const caller = chooseNamespace(principal, namespace)
    if (!isEventsOnly(format)) return { ...start, identity: caller, stream: undefined }
    const stream = await this.#checkStream(query, id, caller, request)
    return { ...start, identity: caller, stream }
  }

  /** A wrong topic, filter or cursor is a proper problem: it is found before there is a socket. */
  async #checkStream(
    query: URLSearchParams,
    requestId: string,
    identity: Identity,
    request: IncomingMessage,
  ): Promise<ReaderSub> {
    const sub = {
      topic: query.get('topic') ?? '',
      filter: filterOf(query),
      from: readFromOf(query),
    }
    const { signal } = this.#stopped
    const call = { requestId, identity, remote: this.#remoteOf(request), signal }
    await this.#ports.core.read({ ...sub, max: 1, waitMs: 0 }, call)
    const credit = Number.POSITIVE_INFINITY
    return { op: 'sub', mode: 'reader', sid: 'events', credit, ...sub }
  }

  #addressOf({ headers, socket: { remoteAddress = '' } }: IncomingMessage): string {
    const { trustedProxies } = this.#ports.config
    return clientAddress(remoteAddress, headers['x-forwarded-for'], trustedProxies)
  }

  #remoteOf(request: IncomingMessage): string {
    return `${this.#addressOf(request)}:${request.socket.remotePort ?? 0}`
  }

  #refuse(socket: Duplex, error: unknown): void {
    if (failureOf(error) === 'internal') this.#ports.log.error('websocket-upgrade', { error })
    const problem = problemOf(error)
    const body = JSON.stringify(problem)
    socket.once('finish', () => socket.destroy())
    socket.end(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n` +
        'Connection: close\r\nContent-Type: application/problem+json\r\n' +
        'Cache-Control: no-store\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }

  #serve(socket: WebSocket, request: IncomingMessage, admitted: Admitted): void {
    const raw = request.socket
    const { stream, ...start } = admitted
    const { id } = start
    const output = new SocketOutput(socket, raw, this.#ports.clock)
    const session = new Session(this.#sessionPorts, output, {
      ...start,
      remote: this.#remoteOf(request),
    })
    this.#open.set(socket, session)
    raw.on('drain', () => session.drained())
    socket.on('message', (data: Buffer, isBinary: boolean) => session.frame(data, isBinary))
    socket.on('ping', () => session.heard())
    socket.on('pong', () => session.heard())
    // ws answers a broken frame with a close of its own; 'close' follows.
    socket.on('error', (error) => this.#ports.log.debug('websocket-error', { id, error }))
    socket.on('close', () => {
      output.closed()
      session.closed()
      this.#open.delete(socket)
      if (this.#open.size === 0) this.#empty?.()
    })
    const { sessionsMax } = this.#ports.config
    if (this.#open.size > sessionsMax) session.end(closeCodes.sessionLimit, 'too many sockets')
    else if (this.#isStopping) session.drain(this.#ports.config.drainMs)
    else if (stream) session.stream(stream)
  }
}

/** What is known of a socket before it is one. */
type Admitted = Omit<SessionStart, 'remote'> & {
  /** Of a socket that carries events only. */
  readonly stream: ReaderSub | undefined
}

class SocketOutput implements Output {
  readonly #socket: WebSocket
  readonly #raw: IncomingMessage['socket']
  readonly #clock: Clock
  #cut: Timer | undefined

  constructor(socket: WebSocket, raw: IncomingMessage['socket'], clock: Clock) {
    this.#socket = socket
    this.#raw = raw
    this.#clock = clock
  }

  get bufferedBytes(): number {
    const { OPEN, readyState, bufferedAmount } = this.#socket
    return readyState === OPEN ? bufferedAmount : Number.POSITIVE_INFINITY
  }

  send(frame: Frame): void {
    this.#socket.send(frame)
  }

  together(run: () => void): void {
    this.#raw.cork()
    run()
    this.#raw.uncork()
  }

  ping(): void {
    this.#socket.ping()
  }

  close(code: number, reason: string): void {
    assert(Buffer.byteLength(reason) <= 123, 'a reason that fits a close frame')
    this.#cut = this.#clock.after(closeMs, () => this.#socket.terminate())
    this.#socket.close(code, reason)
  }

  closed(): void {
    this.#cut?.cancel()
  }
}
