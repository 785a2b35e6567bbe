// What an open socket can ask for: sends, subscriptions, settling. Owns the subscriptions and
// the count of frames that wait for a broker.

import { MqError } from '../../src/base/errors.ts'
import type { Extended, SendInput, TransactionCheck } from '../core/core.ts'
import { sendOutputJson, timeText } from '../core/message-json.ts'
import { problemOf } from '../core/problem.ts'
import { Checks } from './checks.ts'
import type { WebSocketConfig } from './config.ts'
import type { ClientFrame, ExtendFrame, GroupSub, ReaderSub } from './frames.ts'
import { type Caller, GroupSource } from './group-source.ts'
import { ReaderSource } from './reader-source.ts'
import { type Outlet, Subscription } from './subscription.ts'

/** What answers are joined to. */
export type Reference = { readonly id: number | undefined; readonly sid: string | undefined }

export type OperationPorts = {
  readonly caller: Caller
  readonly outlet: Outlet
  readonly config: WebSocketConfig
  /** Passes a broker's question on. */
  ask(check: TransactionCheck): void
  /** Answers with `err`. */
  fail(reference: Reference, error: unknown): void
}

/** The frames that need an open session; hello, auth and ping are the session's own. */
export type OperationFrame = Exclude<ClientFrame, { op: 'hello' | 'auth' | 'ping' }>

type SteerFrame = Extract<OperationFrame, { op: 'credit' | 'pause' | 'resume' | 'unsub' }>

type Served = { readonly subscription: Subscription; readonly group: GroupSource | undefined }

export class Operations {
  readonly #ports: OperationPorts
  readonly #served = new Map<string, Served>()
  readonly #checks: Checks
  #pending = 0
  #isDraining = false

  constructor(ports: OperationPorts) {
    this.#ports = ports
    const { caller, config, ask } = ports
    this.#checks = new Checks(caller, config.subscriptionsMax, ask)
  }

  /** Throws what is wrong with the frame; what goes wrong later is answered by `fail`. */
  run(frame: OperationFrame, id: number | undefined): void {
    switch (frame.op) {
      case 'pub':
        this.later({ id, sid: undefined }, () => this.#publish(frame.input))
        break
      case 'reply': {
        const { core, call } = this.#ports.caller
        this.later({ id, sid: undefined }, async () => {
          await core.reply(frame.input, call())
          return {}
        })
        break
      }
      case 'sub':
        this.#subscribe(frame, id)
        break
      case 'ack':
        this.#settle(id, frame.sid, 'acked', (group) => group.ack(frame.handles))
        break
      case 'nack':
        this.#settle(id, frame.sid, 'nacked', (group) => group.nack(frame))
        break
      case 'dlq':
        this.#settle(id, frame.sid, 'deadLettered', (group) => group.deadLetter(frame.handles))
        break
      case 'tx': {
        const { transactionId, resolution } = frame
        const { core, call } = this.#ports.caller
        this.later({ id, sid: undefined }, async () => {
          await core.endTransaction({ transactionId, resolution }, call())
          return {}
        })
        break
      }
      case 'txWatch':
        if (this.#isDraining) throw new MqError('draining')
        this.#checks.watch(frame.topic)
        this.#ok(id)
        break
      case 'extend':
        this.#extend(id, frame)
        break
      default:
        this.#steer(frame)
        this.#ok(id)
    }
  }

  /** Runs what needs a broker, within the bound, and answers if an answer was asked for. */
  later(reference: Reference, run: () => Promise<object>): void {
    if (this.#pending >= this.#ports.config.pendingMax) {
      const detail = { retryAfterMs: 100, outcome: 'not-stored' }
      throw new MqError('rate-limited', 'too many frames wait for their answer', detail)
    }
    this.#pending++
    run()
      .then(
        (result) => this.#ok(reference.id, result),
        (error: unknown) => this.#ports.fail(reference, error),
      )
      .finally(() => this.#pending--)
  }

  /** The one subscription of a socket that carries events only. */
  stream(frame: ReaderSub): void {
    this.#subscribe(frame, undefined)
  }

  /** There is room to send again. */
  pump(): void {
    for (const { subscription } of this.#served.values()) subscription.pump()
  }

  /** Fetches nothing more; settling goes on. */
  drain(): void {
    this.#isDraining = true
    // Whoever is asked now would not be there to answer.
    this.#checks.close()
    for (const { subscription } of this.#served.values()) subscription.stop()
  }

  /** A subscription ended by itself. */
  forget(sid: string): void {
    this.#served.delete(sid)
  }

  close(): void {
    this.#isDraining = true
    this.#checks.close()
    for (const { subscription } of this.#served.values()) subscription.close()
    this.#served.clear()
  }

  /** Who has begun a transaction is asked how it ends. */
  async #publish(input: SendInput): Promise<object> {
    const { core, call } = this.#ports.caller
    const output = await core.send(input, call())
    if (output.transactionId !== undefined && !this.#isDraining) this.#checks.begun(input.topic)
    return sendOutputJson(output)
  }

  #steer(frame: SteerFrame): void {
    const { subscription } = this.#find(frame.sid)
    switch (frame.op) {
      case 'credit':
        subscription.addCredit(frame.n)
        break
      case 'pause':
        subscription.pause()
        break
      case 'resume':
        if (this.#isDraining) throw new MqError('draining')
        subscription.resume()
        break
      case 'unsub':
        subscription.close()
        this.#served.delete(frame.sid)
        break
    }
  }

  #subscribe(frame: GroupSub | ReaderSub, id: number | undefined): void {
    const { caller, outlet, config } = this.#ports
    const { sid, credit } = frame
    if (this.#isDraining) throw new MqError('draining')
    if (this.#served.has(sid)) {
      throw new MqError('already-exists', 'the sid is in use', { pointer: '/sid' })
    }
    if (this.#served.size >= config.subscriptionsMax) {
      const message = `a socket has at most ${config.subscriptionsMax} subscriptions`
      throw new MqError('invalid-argument', message, { pointer: '/sid' })
    }
    if (frame.mode === 'group') {
      const pump = (): void => this.#served.get(sid)?.subscription.pump()
      const group = new GroupSource(frame, caller, outlet, pump)
      this.#serve({ subscription: new Subscription(sid, credit, group, outlet), group }, id)
    } else {
      const reader = new ReaderSource(frame, caller, outlet)
      const subscription = new Subscription(sid, credit, reader, outlet)
      this.#serve({ subscription, group: undefined }, id)
    }
  }

  #serve(served: Served, id: number | undefined): void {
    this.#served.set(served.subscription.sid, served)
    this.#ok(id)
    served.subscription.pump()
  }

  #settle(
    id: number | undefined,
    sid: string,
    what: 'acked' | 'nacked' | 'deadLettered',
    run: (group: GroupSource) => Promise<readonly (undefined | Error)[]>,
  ): void {
    const group = this.#findGroup(sid)
    this.later({ id, sid }, async () => {
      const results = await run(group)
      this.#served.get(sid)?.subscription.pump()
      return tally(what, results)
    })
  }

  #extend(id: number | undefined, frame: ExtendFrame): void {
    const { sid, handles } = frame
    const group = this.#findGroup(sid)
    this.later({ id, sid }, async () => {
      const results = await group.extend(frame)
      for (const [index, result] of results.entries()) {
        if (result instanceof Error) continue
        const { handle } = result
        const invisibleUntil = timeText(result.invisibleUntil)
        const old = handles[index]
        this.#ports.outlet.say('handle', { sid, old, handle, invisibleUntil })
      }
      return tally('extended', results)
    })
  }

  #find(sid: string): Served {
    const served = this.#served.get(sid)
    if (!served) throw new MqError('not-found', 'no such subscription', { pointer: '/sid' })
    return served
  }

  #findGroup(sid: string): GroupSource {
    const { group } = this.#find(sid)
    if (!group) {
      throw new MqError('invalid-argument', 'a reader has nothing to settle', { pointer: '/sid' })
    }
    return group
  }

  #ok(id: number | undefined, result: object = {}): void {
    if (id !== undefined) this.#ports.outlet.say('ok', { id, result })
  }
}

/** As REST's 200, 207 and problem: all done, some done, none done. */
function tally(what: string, results: readonly (undefined | Extended | Error)[]): object {
  const failed = results.flatMap((result, index) => {
    if (!(result instanceof Error)) return []
    const problem = problemOf(result)
    return [{ index, status: problem.status, problem }]
  })
  const [first] = results
  if (failed.length === results.length && first instanceof Error) throw first
  const done = results.length - failed.length
  return failed.length === 0 ? { [what]: done } : { [what]: done, results: failed }
}
