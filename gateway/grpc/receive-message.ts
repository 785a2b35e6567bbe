// ReceiveMessage: a stream of the status, the messages and the time of delivery, in this order
// and always with the first and the last. Nothing depends on an earlier Telemetry call: what
// Settings would say comes from the group. Source: ReceiveMessageActivity.
//
// Unlike there, a push consumer's message is hidden for the group's whole consume time-out
// from the start, so no node has renewals to forget; a short poll is short instead of refused;
// and a simple consumer hears all brokers, not only the one it asked.

import { MqError } from '../../src/base/errors.ts'
import type { GroupView, ReceiveInput, ReceiveOutput } from '../core/core.ts'
import { type Caller, callerOf, count, refusal } from './calls.ts'
import { filterOf, groupName, topicName } from './convert.ts'
import { Deliveries } from './deliveries.ts'
import type { Front, GrpcConfig } from './front.ts'
import { v2 } from './gen/messaging.js'
import type { ServerCall } from './server-call.ts'
import { groupOrDefault } from './settings.ts'
import { okStatus } from './status.ts'
import { msOf } from './time.ts'

const rpc = 'ReceiveMessage'
const batchSizeMax = 32
const invisibleMsMin = 10_000
const invisibleMsMax = 12 * 3_600_000
// When a client says how long it would wait by nothing but its deadline, half of its request
// time-out is for the way. Source: ReceiveMessageActivity, with the clients' default of 3 s.
const requestReserveMs = 1500

const noMessage: v2.Status.Fields = {
  code: v2.Code.MESSAGE_NOT_FOUND,
  message: 'no message came in time',
}

type ReceiveCall = ServerCall<v2.ReceiveMessageRequest>

/** The receives that wait, so that they can be counted and ended. */
export class Polls {
  readonly #front: Front
  readonly #waiting = new Set<AbortController>()
  readonly #deliveries: Deliveries
  #draining = false

  constructor(front: Front) {
    this.#front = front
    this.#deliveries = new Deliveries(front)
  }

  get size(): number {
    return this.#waiting.size
  }

  get isDraining(): boolean {
    return this.#draining
  }

  /** Runs what waits; {@link drain} aborts `gone`. */
  async hold<T>(gone: AbortController, run: () => Promise<T>): Promise<T> {
    const busy = this.#waiting.size + this.#deliveries.size
    if (busy >= this.#front.config.pollCountMax) throw new MqError('too-many-waiters')
    this.#waiting.add(gone)
    try {
      if (this.#draining) throw new MqError('draining')
      return await run()
    } finally {
      this.#waiting.delete(gone)
    }
  }

  /** Ends all waits; each answers OK without messages, and clients come again elsewhere. */
  drain(): void {
    this.#draining = true
    for (const gone of this.#waiting) gone.abort(new MqError('draining'))
    this.#deliveries.drain()
  }

  readonly serve = (call: ReceiveCall): void => {
    void this.#serve(call)
  }

  async #serve(call: ReceiveCall): Promise<void> {
    const gone = new AbortController()
    call.onGone(() => gone.abort(new MqError('request-timeout', 'the caller has gone')))
    try {
      const caller = await callerOf(call, this.#front, gone.signal)
      const { input, output } = await this.#receive(call, caller, gone)
      const { messages } = output
      const empty = this.#draining ? okStatus : noMessage
      const status = messages.length > 0 ? okStatus : empty
      if (!call.cancelled) count(rpc, status, this.#front)
      const { group } = input
      await this.#deliveries.deliver(call, status, { asker: caller.call, group, messages })
    } catch (error) {
      if (!call.cancelled) await this.#deliveries.deliver(call, this.#statusOf(error))
    }
  }

  async #receive(
    call: ReceiveCall,
    caller: Caller,
    gone: AbortController,
  ): Promise<{ input: ReceiveInput; output: ReceiveOutput }> {
    const { core, config } = this.#front
    return this.hold(gone, async () => {
      const group = await groupOrDefault(groupName(call.request.group), caller.call, core)
      const { remainingMs } = call
      const input = receiveInputOf(call.request, { group, remainingMs, config, caller })
      return { input, output: await core.receive(input, caller.call) }
    })
  }

  #statusOf(error: unknown): v2.Status.Fields {
    if (this.#draining) return okStatus
    return refusal(rpc, error, this.#front)
  }
}

type Asked = {
  readonly group: GroupView
  /** Infinity without a deadline. */
  readonly remainingMs: number
  readonly config: Pick<GrpcConfig, 'pollMsMax' | 'deadlineReserveMs' | 'consumeMsMax'>
  readonly caller: Pick<Caller, 'clientVersion'>
}

/** Checks what is the protocol's own; names, filter and handles are the core's to check. */
export function receiveInputOf(request: v2.ReceiveMessageRequest, asked: Asked): ReceiveInput {
  const { group } = asked
  if (request.batchSize < 1) throw new MqError('invalid-argument', 'the batch size is below 1')
  const waitMs = pollMsOf(request, asked)
  const broker = request.messageQueue?.broker?.name
  const isPush = request.autoRenew
  return {
    group: group.name,
    topic: topicName(request.messageQueue?.topic),
    max: Math.min(request.batchSize, batchSizeMax),
    waitMs,
    invisibleMs: invisibleMsOf(request, asked),
    filter: filterOf(request.filterExpression),
    attemptId: request.attemptId || undefined,
    // Each assigned queue of a push consumer has a loop of its own. Simple consumers name the
    // queue of their choice, some of them always queue 0, and mean the topic.
    queue:
      isPush && broker
        ? { broker, queueId: group.fifo ? (request.messageQueue?.id ?? -1) : -1 }
        : undefined,
    fifo: group.fifo,
    from: 'latest',
  }
}

/** How long to wait, whole ms: what the caller wants, within what its deadline and this node allow. */
export function pollMsOf(
  { longPollingTimeout }: Pick<v2.ReceiveMessageRequest, 'longPollingTimeout'>,
  asked: Pick<Asked, 'remainingMs' | 'config' | 'caller'>,
): number {
  const { remainingMs, config, caller } = asked
  const wantedMs = msOf(longPollingTimeout) ?? Math.max(0, remainingMs - requestReserveMs)
  if (wantedMs < 0) {
    // Clients before 5.0.3 know no ILLEGAL_POLLING_TIME, and compare versions as text.
    const isKnown = caller.clientVersion >= '5.0.3'
    throw new MqError(isKnown ? 'illegal-polling-time' : 'invalid-argument', 'the wait is negative')
  }
  const roomMs = Math.max(0, remainingMs - config.deadlineReserveMs)
  return Math.floor(Math.min(wantedMs, config.pollMsMax, roomMs))
}

function invisibleMsOf(
  { autoRenew, invisibleDuration }: v2.ReceiveMessageRequest,
  { group, config }: Asked,
): number {
  if (autoRenew) {
    return Math.max(invisibleMsMin, Math.min(group.consumeTimeoutMs, config.consumeMsMax))
  }
  const ms = msOf(invisibleDuration) ?? 0
  if (ms < invisibleMsMin || ms > invisibleMsMax) {
    throw new MqError('illegal-invisible-time', undefined, { invisibleMsMin, invisibleMsMax })
  }
  return ms
}
