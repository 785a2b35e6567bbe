// What one group has popped of one topic: offsets, invisible times, current receipts. Strict,
// as our broker is when asked: a receipt that was replaced or has run out is told so.

import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type {
  GroupSettings,
  NotificationRequest,
  PoppedMessage,
  PopReceipt,
  PopRequest,
} from '../../src/client/types.ts'
import type { Message } from '../../src/message/message.ts'

type Entry = {
  readonly queue: string
  readonly message: Message
  attempt: number
  popTime: number
  visibleAt: number
  acked: boolean
  attemptId: string | undefined
}
type Queues = readonly (readonly [string, readonly Message[]])[]
export const anyGroup: Omit<GroupSettings, 'name'> = {
  consumeEnable: true,
  consumeMessageOrderly: false,
  retryMaxTimes: 16,
  retryQueueNums: 1,
  consumeTimeoutMinutes: 15,
  retryPolicy: { type: 'CUSTOMIZED' },
}

export class PopGroup {
  readonly #clock: Clock
  readonly #next = new Map<string, number>()
  readonly #entries = new Map<string, Entry>()
  #lastPopTime = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  pop(request: PopRequest, queues: Queues): { popTime: number; found: PoppedMessage[] } {
    // Two pops in one ms would make one receipt valid for both.
    const popTime = Math.max(this.#clock.now(), this.#lastPopTime + 1)
    this.#lastPopTime = popTime
    const found: PoppedMessage[] = []
    for (const [queue, log] of queues) {
      if (request.order && this.#isBlocked(queue, request.attemptId)) continue
      for (const entry of this.#take(queue, log, request)) {
        if (found.length >= request.max) break
        entry.popTime = popTime
        entry.visibleAt = popTime + request.invisibleMs
        entry.attempt += 1
        entry.attemptId = request.attemptId
        found.push(this.#popped(entry, request))
      }
    }
    return { popTime, found }
  }

  hasAny(request: NotificationRequest, queues: Queues): boolean {
    const now = this.#clock.now()
    return queues.some(([queue, log]) => {
      if (request.order && this.#isBlocked(queue, request.attemptId)) return false
      const again = [...this.#entries.values()].some(
        (entry) => entry.queue === queue && !entry.acked && entry.visibleAt <= now,
      )
      return again || (this.#next.get(queue) ?? 0) < log.length
    })
  }

  /** How long until something is visible again. */
  nextVisibleMs(): number {
    const waiting = [...this.#entries.values()].filter(({ acked }) => !acked)
    const now = this.#clock.now()
    return Math.max(1, ...waiting.map(({ visibleAt }) => visibleAt - now).slice(0, 1))
  }

  ack(receipt: PopReceipt): void {
    const entry = this.#current(receipt)
    entry.acked = true
  }

  change(receipt: PopReceipt, invisibleMs: number): PopReceipt {
    const entry = this.#current(receipt)
    const popTime = Math.max(this.#clock.now(), entry.popTime + 1)
    entry.popTime = popTime
    entry.visibleAt = this.#clock.now() + invisibleMs
    return { ...receipt, popTime, invisibleMs }
  }

  #current(receipt: PopReceipt): Entry {
    const queue = `${receipt.broker} ${receipt.queueId}`
    const entry = this.#entries.get(`${queue} ${receipt.queueOffset}`)
    if (!entry) throw new MqError('no-message')
    if (this.#clock.now() >= receipt.popTime + receipt.invisibleMs) {
      throw new MqError('receipt-handle-expired')
    }
    if (entry.popTime !== receipt.popTime) throw new MqError('receipt-handle-superseded')
    return entry
  }

  #isBlocked(queue: string, attemptId: string | undefined): boolean {
    const now = this.#clock.now()
    return [...this.#entries.values()].some((entry) => {
      const isSame = attemptId !== undefined && entry.attemptId === attemptId
      return entry.queue === queue && !entry.acked && entry.visibleAt > now && !isSame
    })
  }

  *#take(queue: string, log: readonly Message[], request: PopRequest): Generator<Entry> {
    const now = this.#clock.now()
    const isAgain = (entry: Entry): boolean =>
      entry.visibleAt <= now ||
      (request.attemptId !== undefined && entry.attemptId === request.attemptId)
    for (const entry of this.#entries.values()) {
      if (entry.queue === queue && !entry.acked && isAgain(entry)) yield entry
    }
    const start = request.initMode === 'max' ? log.length : 0
    for (let at = this.#next.get(queue) ?? start; at < log.length; at++) {
      const message = log[at]
      if (message && matches(message, request.filter?.expression)) {
        const entry = {
          queue,
          message,
          attempt: 0,
          popTime: 0,
          visibleAt: 0,
          acked: false,
          attemptId: undefined,
        }
        yield entry
        if (entry.popTime === 0) return
        this.#entries.set(`${queue} ${at}`, entry)
      }
      this.#next.set(queue, at + 1)
    }
    if (!this.#next.has(queue)) this.#next.set(queue, start)
  }

  #popped(entry: Entry, request: PopRequest): PoppedMessage {
    const { message, attempt, popTime } = entry
    const isRetry = attempt > 1
    return {
      message: { ...message, reconsumeTimes: attempt - 1 },
      receipt: {
        topic: isRetry ? `%RETRY%${request.group}_${request.topic}` : request.topic,
        broker: request.broker,
        checkpointOffset: message.queueOffset,
        popTime,
        invisibleMs: request.invisibleMs,
        reviveQueueId: request.order ? 999 : 0,
        retryFlag: isRetry ? 1 : 0,
        queueId: message.queueId,
        queueOffset: message.queueOffset,
        position: message.position,
      },
    }
  }
}

/** A tag expression, as `a || b` or `*`. */
export const matches = (message: Message, expression = '*'): boolean =>
  expression === '*' ||
  expression.split('||').some((tag) => tag.trim() === message.properties.get('TAGS'))
