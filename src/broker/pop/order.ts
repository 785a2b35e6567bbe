// Ordered pops: one batch of a queue at a time. The next is given when every message of it is
// acknowledged or its invisible time is over; there is no checkpoint, the group's offset stays
// before the first message that is not acknowledged.
//
// Kept in config/consumerOrderInfo.json in Java's form. A crash may lose what happened since
// it was last written: the batch is then given again at once.
//
// Source: ConsumerOrderInfoManager. Unlike there, a batch is forgotten when the group's offset
// is not where its acknowledgements have brought it: somebody has set it.

import * as z from 'zod'
import { retryMarkerOf } from './names.ts'

type Batch = {
  readonly popTime: number
  readonly invisibleMs: number
  readonly offsets: readonly number[]
  /** By offset: when it is visible again, where that was changed. */
  readonly visibleAt: Map<number, number>
  /** By offset: how often it was given before; no entry for never. */
  readonly given: Map<number, number>
  readonly givenAt: number
  /** Bit i: `offsets[i]` is acknowledged. */
  acked: number
  readonly attemptId: string | undefined
}

export type OrderedQueue = {
  readonly topic: string
  readonly group: string
  readonly queueId: number
}

type Taken = {
  readonly popTime: number
  readonly invisibleMs: number
  readonly offsets: readonly number[]
  readonly attemptId: string | undefined
}

/** How an acknowledgement went; `commit` is the group's new offset. */
export type OrderedAck =
  | { readonly kind: 'commit'; readonly offset: number }
  | { readonly kind: 'ignored' | 'illegal' }

const forgottenAfterMs = 24 * 3600 * 1000

export class OrderedBatches {
  readonly #batches = new Map<string, Map<number, Batch>>()
  /** Something changed since {@link snapshot}. */
  isDirty = false

  /** Until when the queue gives nothing; undefined when it does. */
  blockedUntil(queue: OrderedQueue, attemptId: string | undefined, now: number) {
    const batch = this.#find(queue)
    if (!batch || (attemptId !== undefined && batch.attemptId === attemptId)) return undefined
    let until: number | undefined
    batch.offsets.forEach((offset, i) => {
      if (batch.acked & (1 << i)) return
      const at = batch.visibleAt.get(offset) ?? batch.popTime + batch.invisibleMs
      if (now < at) until = Math.max(until ?? 0, at)
    })
    return until
  }

  /**
   * Forgets the batch if the group's offset is not where its acknowledgements led. An offset
   * further on within it, such as a replica tells that was master before, acknowledges what is
   * before it: the rest is still out.
   */
  check(queue: OrderedQueue, committed: number | undefined): void {
    const batch = this.#find(queue)
    if (!batch || committed === nextOffset(batch)) return
    if (committed !== undefined && committed > nextOffset(batch)) {
      batch.offsets.forEach((offset, i) => {
        if (offset < committed) batch.acked |= 1 << i
      })
      this.isDirty = true
    }
    if (committed !== nextOffset(batch)) this.forget(queue)
  }

  forget(queue: OrderedQueue): void {
    this.isDirty = this.#batches.get(keyOf(queue))?.delete(queue.queueId) || this.isDirty
  }

  /** Notes what is given now; the answer is the queue's part of orderCountInfo. */
  take(queue: OrderedQueue, taken: Taken, now: number): string {
    const before = this.#find(queue)
    const given = before ? givenAgain(before, taken) : new Map<number, number>()
    const batch = { ...taken, visibleAt: new Map(), given, givenAt: now, acked: 0 }
    this.#put(queue, batch)
    const marker = retryMarkerOf(queue.topic)
    const counts = [...given].map(
      ([offset, count]) => `${marker} qo${queue.queueId}%${offset} ${count}`,
    )
    // Older clients know only a count for the whole queue: the least of its messages.
    const least = given.size === taken.offsets.length ? Math.min(...given.values()) : 0
    return [...counts, `${marker} ${queue.queueId} ${least}`].join(';')
  }

  ack(queue: OrderedQueue, offset: number, popTime: number): OrderedAck {
    const batch = this.#find(queue)
    if (!batch) return { kind: 'commit', offset: offset + 1 }
    if (batch.popTime !== popTime) return { kind: 'ignored' }
    const index = batch.offsets.indexOf(offset)
    if (index < 0) return { kind: 'illegal' }
    batch.acked |= 1 << index
    this.isDirty = true
    return { kind: 'commit', offset: nextOffset(batch) }
  }

  /** False when the receipt is not of the batch that is out. */
  setVisibleAt(queue: OrderedQueue, offset: number, popTime: number, atMs: number): boolean {
    const batch = this.#find(queue)
    if (batch?.popTime !== popTime) return false
    batch.visibleAt.set(offset, atMs)
    this.isDirty = true
    return true
  }

  /** The popTime of the batch that is out. */
  popTimeOf(queue: OrderedQueue): number | undefined {
    return this.#find(queue)?.popTime
  }

  /** Every queue with a batch, and until when it is out. */
  *blocked(now: number): Iterable<{ queue: OrderedQueue; untilMs: number }> {
    for (const [key, batches] of this.#batches) {
      for (const queueId of batches.keys()) {
        const queue = { ...namesOf(key), queueId }
        const untilMs = this.blockedUntil(queue, undefined, now)
        if (untilMs !== undefined) yield { queue, untilMs }
      }
    }
  }

  load(value: unknown): void {
    for (const [key, batches] of Object.entries(fileJson.parse(value).table)) {
      for (const [queueId, stored] of Object.entries(batches)) {
        const [first, ...rest] = stored.o
        if (first === undefined) continue
        this.#put({ ...namesOf(key), queueId: Number(queueId) }, fromJson(stored, first, rest))
      }
    }
  }

  /** What the file holds. Batches that nobody came back to for a day are dropped. */
  snapshot(now: number): unknown {
    const table: Record<string, Record<string, unknown>> = {}
    for (const [key, batches] of this.#batches) {
      const kept = [...batches].filter(([, batch]) => now - batch.givenAt < forgottenAfterMs)
      if (kept.length === 0) continue
      table[key] = Object.fromEntries(kept.map(([queueId, batch]) => [queueId, toJson(batch)]))
    }
    this.isDirty = false
    return { orderInfoCount: 0, orderedConsumptionLevel: 'QUEUE', table }
  }

  #find(queue: OrderedQueue): Batch | undefined {
    return this.#batches.get(keyOf(queue))?.get(queue.queueId)
  }

  #put(queue: OrderedQueue, batch: Batch): void {
    const key = keyOf(queue)
    const batches = this.#batches.get(key) ?? new Map<number, Batch>()
    batches.set(queue.queueId, batch)
    this.#batches.set(key, batches)
    this.isDirty = true
  }
}

const keyOf = ({ topic, group }: OrderedQueue): string => `${topic}@${group}`

function namesOf(key: string): { topic: string; group: string } {
  const [topic = '', group = ''] = key.split('@')
  return { topic, group }
}

/** Behind the last message when all are acknowledged, else the first that is not. */
function nextOffset(batch: Batch): number {
  const open = batch.offsets.find((_, i) => (batch.acked & (1 << i)) === 0)
  return open ?? (batch.offsets.at(-1) ?? -1) + 1
}

/** A repeated attempt does not count. */
function givenAgain(before: Batch, taken: Taken): Map<number, number> {
  if (before.attemptId !== undefined && before.attemptId === taken.attemptId) return before.given
  const again = taken.offsets.filter((offset) => before.offsets.includes(offset))
  return new Map(again.map((offset) => [offset, (before.given.get(offset) ?? 0) + 1]))
}

const numbers = z
  .record(z.string(), z.number())
  .nullish()
  .transform((it) => new Map(Object.entries(it ?? {}).map(([k, v]) => [Number(k), v])))

const batchJson = z.object({
  popTime: z.number().default(0),
  i: z.number().nullish(),
  o: z.array(z.number()).default([]),
  ot: numbers,
  oc: numbers,
  l: z.number().default(0),
  cm: z.number().default(0),
  a: z.string().nullish(),
})
const fileJson = z.object({
  table: z.record(z.string(), z.record(z.string(), batchJson)).default({}),
})

const fromJson = (stored: z.output<typeof batchJson>, first: number, rest: number[]): Batch => ({
  popTime: stored.popTime,
  invisibleMs: stored.i ?? 0,
  offsets: [first, ...rest.map((delta) => first + delta)],
  visibleAt: stored.ot,
  given: stored.oc,
  givenAt: stored.l,
  acked: stored.cm | 0,
  attemptId: stored.a ?? undefined,
})

function toJson(batch: Batch): unknown {
  const first = batch.offsets[0] ?? 0
  return {
    popTime: batch.popTime,
    i: batch.invisibleMs,
    o: batch.offsets.map((offset, i) => (i === 0 ? offset : offset - first)),
    ot: Object.fromEntries(batch.visibleAt),
    oc: Object.fromEntries(batch.given),
    l: batch.givenAt,
    cm: batch.acked >>> 0,
    ...(batch.attemptId === undefined ? {} : { a: batch.attemptId }),
  }
}
