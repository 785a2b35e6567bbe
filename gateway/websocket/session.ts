// One socket from hello to close: frames in, frames out, no IO of its own. What it knows belongs
// to the socket and is gone with it; handles and cursors, which the client keeps, are good at
// any other node.

import { assert } from '../../src/base/assert.ts'
import type { Clock, Timer } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Log } from '../../src/base/log.ts'
import type { Call, Core } from '../core/core.ts'
import { failureOf, problemOf } from '../core/problem.ts'
import type { Shown } from '../identity/authenticator.ts'
import { Expiry } from '../identity/expiry.ts'
import { chooseNamespace, type Principal } from '../identity/principal.ts'
import { type CloseCode, closeCodes } from './close-code.ts'
import type { WebSocketConfig } from './config.ts'
import { type ControlOp, type Format, type Frame, isEventsOnly } from './format.ts'
import {
  type ClientFrame,
  type Envelope,
  type HelloFrame,
  parseFrame,
  type ReaderSub,
} from './frames.ts'
import { Heartbeat } from './heartbeat.ts'
import { Operations, type Reference } from './operations.ts'
import { Rate } from './rate.ts'
import type { SocketCounts } from './socket-counts.ts'
import type { Outlet } from './subscription.ts'
import type { WebSocketMetrics } from './websocket-metrics.ts'

/** Who opens sockets: gateway/identity, or nobody in particular when authentication is off. */
export type Authenticator = {
  /**
   * The caller that an `Authorization` value names; undefined is a caller without credentials.
   * Rejects with `unauthenticated`, `token-expired` or `permission-denied`.
   */
  authenticate(authorization: string | undefined, shown?: Shown): Promise<Principal>
}

/** The socket, as the session sees it. */
export type Output = {
  /** Bytes that were sent and are not yet with the kernel; infinite once it is closing. */
  readonly bufferedBytes: number
  send(frame: Frame): void
  /** Everything sent while `run` runs leaves in one write. */
  together(run: () => void): void
  ping(): void
  close(code: CloseCode, reason: string): void
}

export type SessionPorts = {
  readonly core: Core
  readonly authenticator: Authenticator
  readonly clock: Clock
  readonly log: Log
  readonly metrics: WebSocketMetrics
  readonly config: WebSocketConfig
  /** By credential. */
  readonly sockets: SocketCounts
  /** Aborted when the front has stopped: ends calls that outlive their socket. */
  readonly signal: AbortSignal
}

export type SessionStart = {
  readonly id: string
  readonly remote: string
  readonly format: Format
  /** Known already, if the upgrade carried credentials. */
  readonly identity: Principal | undefined
  /** What the upgrade showed besides: a token in a frame comes from the same place. */
  readonly shown?: Shown | undefined
  /** The one that the upgrade asked for. */
  readonly namespace?: string | undefined
}

/** What this front does beyond the least: `welcome` says so. */
const features = ['bin', 'tx', 'reply']

export class Session {
  readonly #ports: SessionPorts
  readonly #start: SessionStart
  readonly #output: Output
  readonly #rate: Rate
  readonly #heartbeat: Heartbeat
  readonly #outlet: Outlet
  readonly #operations: Operations
  readonly #expiry: Expiry
  #state: 'new' | 'authenticating' | 'open' | 'closed' = 'new'
  #identity: Principal | undefined
  /** The credential that it is counted for. */
  #key: string | undefined
  /** Frames that came while the token was looked at. */
  #early: Envelope[] = []
  #helloTimer: Timer
  #slowTimer: Timer | undefined
  #calls = 0
  #refused = 0

  constructor(ports: SessionPorts, output: Output, start: SessionStart) {
    const { core, clock, config } = ports
    this.#ports = ports
    this.#output = output
    this.#start = start
    this.#rate = new Rate(clock, config.opsPerSecond)
    this.#outlet = this.#makeOutlet()
    this.#operations = new Operations({
      caller: { core, call: (signal) => this.#call(signal) },
      outlet: this.#outlet,
      config,
      ask: (check) => {
        // Who does not read is asked nothing: the broker asks again, perhaps somebody else.
        const frame = this.#outlet.room() > 0 ? start.format.check(check) : undefined
        if (frame !== undefined) this.#send(frame)
      },
      fail: (reference, error) => this.#fail(reference, error),
    })
    this.#expiry = new Expiry(clock, {
      soon: (inMs) => this.#say('tokenExpiring', { inMs }),
      over: () => this.#close(closeCodes.tokenExpired, 'the token has expired'),
    })
    this.#heartbeat = new Heartbeat(clock, config, {
      ping: () => output.ping(),
      silent: () => this.#close(closeCodes.noPong, 'nothing was heard for too long'),
    })
    this.#helloTimer = clock.after(config.helloMs, () => {
      this.#close(closeCodes.noHello, 'no hello in time')
    })
  }

  /** Anything at all came from the peer, a pong included. */
  heard(): void {
    this.#heartbeat.heard()
  }

  /** One frame. */
  frame(data: Buffer, isBinary: boolean): void {
    if (this.#state === 'closed') return
    this.heard()
    const envelope = this.#read(data, isBinary)
    if (!envelope) return
    const excess = this.#rate.take()
    if (excess) {
      this.#overrun(envelope, excess.retryAfterMs)
      return
    }
    this.#refused = 0
    if (this.#state === 'authenticating') this.#holdBack(envelope)
    else this.#take(envelope)
  }

  /** Opens without hello, for a caller that is known, with the one subscription there will be. */
  stream(sub: ReaderSub): void {
    const { identity } = this.#start
    assert(identity, 'an identity of the upgrade')
    this.#helloTimer.cancel()
    this.#state = 'open'
    this.#become(identity)
    this.#operations.stream(sub)
  }

  /** The socket has sent what it had buffered. */
  drained(): void {
    if (this.#state === 'closed' || this.#outlet.room() <= 0) return
    this.#slowTimer?.cancel()
    this.#slowTimer = undefined
    this.#operations.pump()
  }

  /** Takes no more work and asks the client to go elsewhere within `inMs`. */
  drain(inMs: number): void {
    if (this.#state === 'closed') return
    if (isEventsOnly(this.#start.format)) {
      this.#close(closeCodes.draining, 'this node is stopping')
      return
    }
    this.#operations.drain()
    this.#say('goaway', { inMs, reason: 'draining' })
  }

  /** Closes from this side: what is held is given back or kept, as each subscription says. */
  end(code: CloseCode, reason: string): void {
    this.#close(code, reason)
  }

  /** The socket has gone, whoever closed it. */
  closed(): void {
    this.#state = 'closed'
    this.#ports.sockets.move(this.#key, undefined)
    this.#key = undefined
    this.#early = []
    this.#helloTimer.cancel()
    this.#slowTimer?.cancel()
    this.#heartbeat.stop()
    this.#expiry.stop()
    this.#operations.close()
  }

  #read(data: Buffer, isBinary: boolean): Envelope | undefined {
    try {
      return this.#start.format.read(data, isBinary)
    } catch (error) {
      const isKind = failureOf(error) === 'unsupported-media-type'
      this.#close(isKind ? closeCodes.wrongFormat : closeCodes.badFrame, messageOf(error))
      return undefined
    }
  }

  #take(envelope: Envelope): void {
    const { op, id, sid } = envelope
    try {
      const frame = parseFrame(envelope, this.#ports.clock.now())
      this.#ports.metrics.frame(op)
      if (this.#state === 'new') this.#hello(frame, id)
      else this.#handle(frame, id)
    } catch (error) {
      if (this.#state === 'new') this.#close(closeCodes.badFrame, messageOf(error))
      else this.#fail({ id, sid }, error)
    }
  }

  #handle(frame: ClientFrame, id: number | undefined): void {
    switch (frame.op) {
      case 'hello':
        throw new MqError('invalid-argument', 'hello comes once', { pointer: '/op' })
      case 'ping':
        this.#say('pong', frame.t === undefined ? {} : { t: frame.t })
        break
      case 'auth':
        this.#operations.later({ id, sid: undefined }, async () => {
          this.#become(await this.#authenticate(frame.token))
          return {}
        })
        break
      default:
        this.#operations.run(frame, id)
    }
  }

  #hello(frame: ClientFrame, id: number | undefined): void {
    if (frame.op !== 'hello') {
      this.#close(closeCodes.badFrame, 'hello comes first')
      return
    }
    this.#state = 'authenticating'
    this.#helloTimer.cancel()
    const known = this.#start.identity
    const found = known ? Promise.resolve(known) : this.#authenticate(frame.token)
    found.then(
      (identity) => this.#open(identity, frame, id),
      (error: unknown) => this.#refuse(error),
    )
  }

  async #authenticate(token: string | undefined): Promise<Principal> {
    const { shown, namespace } = this.#start
    const authorization = token === undefined ? undefined : `Bearer ${token}`
    const { address } = shown ?? {}
    const principal = await this.#ports.authenticator.authenticate(authorization, { address })
    return chooseNamespace(principal, namespace)
  }

  #open(identity: Principal, hello: HelloFrame, id: number | undefined): void {
    if (this.#state !== 'authenticating') return
    const { config, log } = this.#ports
    const session = this.#start.id
    this.#state = 'open'
    const { client, resume } = hello
    log.debug('websocket-open', { session, client, resume, subject: identity.subject })
    const limits = {
      subscriptions: config.subscriptionsMax,
      frameBytes: config.frameBytesMax,
      opsPerSecond: config.opsPerSecond,
      pending: config.pendingMax,
    }
    const { server, pingEveryMs } = config
    const welcome = { session, server, pingEveryMs, limits, features }
    this.#say('welcome', id === undefined ? welcome : { id, ...welcome })
    this.#become(identity)
    for (const envelope of this.#early.splice(0)) this.#take(envelope)
  }

  #become(identity: Principal): void {
    if (this.#state === 'closed') return
    this.#identity = identity
    const { config, sockets } = this.#ports
    const key = `${identity.namespace}/${identity.subject}`
    const count = sockets.move(this.#key, key)
    this.#key = key
    if (count > config.socketsPerKeyMax) {
      this.#close(closeCodes.sessionLimit, 'too many sockets of this credential')
      return
    }
    this.#expiry.set(identity.expiresAt)
  }

  #refuse(error: unknown): void {
    const failure = failureOf(error)
    if (failure === 'permission-denied') this.#close(closeCodes.forbidden, messageOf(error))
    else if (failure === 'unauthenticated' || failure === 'token-expired') {
      this.#close(closeCodes.unauthenticated, messageOf(error))
    } else {
      this.#report(error)
      this.#close(closeCodes.serverError, 'credentials cannot be checked now')
    }
  }

  #holdBack(envelope: Envelope): void {
    if (this.#early.length < this.#ports.config.subscriptionsMax) this.#early.push(envelope)
    else this.#close(closeCodes.badFrame, 'too many frames before welcome')
  }

  /** Over the rate: the frame has no effect; who does not slow down at all is cut off. */
  #overrun({ id, sid }: Envelope, retryAfterMs: number): void {
    if (++this.#refused > this.#ports.config.opsPerSecond) {
      this.#close(closeCodes.rateLimited, 'retryAfterMs=1000')
      return
    }
    const detail = { retryAfterMs, outcome: 'not-stored' }
    this.#fail({ id, sid }, new MqError('rate-limited', 'too many frames a second', detail))
  }

  #call(signal: AbortSignal = this.#ports.signal): Call {
    assert(this.#identity, 'an identity before any call')
    const { id, remote } = this.#start
    return { requestId: `${id}-${++this.#calls}`, identity: this.#identity, remote, signal }
  }

  #fail(reference: Reference, error: unknown): void {
    if (failureOf(error) === 'internal') this.#report(error)
    const problem = problemOf(error, `${this.#start.id}-${this.#calls}`)
    this.#say('err', { ...reference, problem })
  }

  #say(op: ControlOp, members: object): void {
    const frame = this.#start.format.control(op, members)
    if (frame !== undefined) this.#send(frame)
  }

  #send(frame: Frame): void {
    if (this.#state === 'closed') return
    this.#output.send(frame)
    if (this.#outlet.room() <= 0) this.#watchSlow()
  }

  #watchSlow(): void {
    const { clock, config } = this.#ports
    this.#slowTimer ??= clock.after(config.slowMs, () => {
      this.#slowTimer = undefined
      if (this.#outlet.room() > 0) this.#operations.pump()
      else this.#close(closeCodes.slowConsumer, 'the socket is not read fast enough')
    })
  }

  #close(code: CloseCode, reason: string): void {
    if (this.#state === 'closed') return
    this.closed()
    this.#ports.metrics.closed(code)
    this.#ports.log.debug('websocket-closing', { session: this.#start.id, code, reason })
    this.#output.close(code, reason)
  }

  /** There are no `err` frames among events: the code and the reason say what there is to say. */
  #endStream(why: unknown): void {
    const failure = failureOf(why)
    if (failure === 'internal' || failure === 'permission-denied') this.#refuse(why)
    else this.#close(closeCodes.badFrame, failure)
  }

  #makeOutlet(): Outlet {
    const { clock, config, metrics } = this.#ports
    return {
      clock,
      room: () => config.highWaterBytes - this.#output.bufferedBytes,
      message: (sid, message, left) => {
        const frame = this.#start.format.message(sid, message, left)
        this.#send(frame)
        return frame.length
      },
      say: (op, members) => this.#say(op, members),
      together: (run) => this.#output.together(run),
      ended: (sid, why) => {
        this.#operations.forget(sid)
        if (isEventsOnly(this.#start.format)) this.#endStream(why)
      },
      report: (error) => this.#report(error),
      count: (mode, messages) => metrics.delivered(mode, messages),
    }
  }

  #report(error: unknown): void {
    this.#ports.log.error('websocket-failed', { session: this.#start.id, error })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '')
