// Makes messages visible again whose invisible time is over: a copy goes to the group's retry
// topic, then the original is acknowledged. In this order a crash in between gives the message
// twice and never loses it.
//
// A message that the log no longer has is let go: the record read must be the one asked for,
// not the next that is left (apache/rocketmq issue 7724). What cannot be stored now stays in
// flight and is tried again (issue 7914).
//
// Source: PopReviveService.

import type { Timer } from '../../base/clock.ts'
import type { QueueKey, ReadResult } from '../ports.ts'
import { type Entry, openOffsets } from './in-flight.ts'
import { normalTopicOf, popRetryTopicOf } from './names.ts'
import type { PopParts } from './parts.ts'
import { retryMessage } from './retry-record.ts'

/** Checkpoints of one turn; the others of the moment follow in the next turns. */
const perTurnMax = 64
const nextTurnMs = 1
const retryAfterMs = 1000

export class Reviver {
  readonly #parts: PopParts
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #stopped = true
  /** Said once, not for each of what may be thousands. */
  #isFailing = false
  readonly #running = new Set<Promise<void>>()

  constructor(parts: PopParts) {
    this.#parts = parts
  }

  start(): void {
    this.#stopped = false
    this.arm()
  }

  /** Resolved when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await Promise.all(this.#running)
  }

  /** Sees that the next run is when something falls due. */
  arm(): void {
    const dueAt = this.#parts.inFlight.nextDueMs()
    if (this.#stopped || dueAt === undefined || dueAt >= this.#timerAt) return
    this.#armAt(dueAt)
  }

  #armAt(atMs: number): void {
    this.#cancel()
    const { clock } = this.#parts
    this.#timerAt = atMs
    this.#timer = clock.after(Math.max(nextTurnMs, atMs - clock.now()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.run()
    })
  }

  #cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  /** Revives what is due now. */
  run(): void {
    const { inFlight, clock } = this.#parts
    for (const entry of inFlight.due(clock.now(), perTurnMax)) this.#revive(entry)
    this.arm()
  }

  #revive(entry: Entry): void {
    entry.isReviving = true
    const reading = this.#reviveFrom(entry, 0)
    if (!reading) return
    this.#running.add(reading)
    reading.finally(() => this.#running.delete(reading)).catch(() => {})
  }

  /** Goes on with the message of bit `from`; a promise when cold bytes had to be fetched. */
  #reviveFrom(entry: Entry, from: number): Promise<void> | undefined {
    let copied = 0
    try {
      if (!this.#isWanted(entry)) return this.#close(entry)
      for (let i = from; i < entry.offsets.length; i++) {
        if (openOffsets(entry, 1 << i).length === 0) continue
        const { topic, queueId } = entry
        const offset = entry.offsets[i] ?? 0
        const query = { topic, queueId, offset, maxCount: 1, maxBytes: 1 }
        const result = this.#parts.reader.read(query)
        if (result instanceof Promise) {
          this.#settle(entry, copied)
          return this.#goOn(entry, i, result)
        }
        this.#copy(entry, offset, result)
        copied |= 1 << i
      }
      this.#settle(entry, copied)
      this.#isFailing = false
      return this.#close(entry)
    } catch (error) {
      // What was copied is settled in memory at least; its record follows with the others.
      entry.settled |= copied
      return this.#postpone(entry, error)
    }
  }

  #goOn(entry: Entry, index: number, reading: Promise<ReadResult>): Promise<void> {
    return reading.then(
      (result) => {
        // An acknowledgement may have come meanwhile, or the end of the broker.
        const mask = 1 << index
        if (this.#stopped || openOffsets(entry, mask).length === 0) return undefined
        this.#copy(entry, entry.offsets[index] ?? 0, result)
        this.#settle(entry, mask)
        return this.#reviveFrom(entry, index + 1)
      },
      (error: unknown) => this.#postpone(entry, error),
    )
  }

  /** A group or topic that was deleted gets nothing again. */
  #isWanted(entry: Entry): boolean {
    const { topics, groups } = this.#parts
    const normal = normalTopicOf(entry.group, entry.topic)
    return topics.find(normal) !== undefined && groups.has(entry.group)
  }

  #copy(entry: Entry, offset: number, result: ReadResult): void {
    const { appender, self, topics, offsets, log } = this.#parts
    const record = result.offsets[0] === offset ? result.records[0] : undefined
    if (!record) {
      const { group, topic, queueId } = entry
      log.info('pop-message-gone', { group, topic, queueId, offset })
      return
    }
    const queue: QueueKey = { topic: popRetryTopicOf(entry.group, entry.topic), queueId: 0 }
    if (!topics.find(queue.topic)) {
      topics.ensure(queue.topic, { queueNums: 1 })
      if (offsets.find(entry.group, queue) === undefined) offsets.commit(entry.group, queue, 0)
    }
    appender.append(retryMessage(record, entry, self.storeHost))
  }

  /** Notes in the log that the copies are made: neither a restart nor Java makes them again. */
  #settle(entry: Entry, mask: number): void {
    const offsets = openOffsets(entry, mask)
    if (offsets.length === 0) return
    entry.settled |= mask
    this.#parts.journal.appendAck(entry, offsets, this.#parts.clock.now())
  }

  #close(entry: Entry): undefined {
    this.#parts.inFlight.close(entry)
    return undefined
  }

  #postpone(entry: Entry, error: unknown): undefined {
    const { group, topic, queueId, startOffset } = entry
    if (!this.#isFailing) {
      this.#parts.log.warn('pop-revive-failed', { group, topic, queueId, startOffset, error })
    }
    this.#isFailing = true
    entry.isReviving = false
    this.#parts.inFlight.postpone(entry, this.#parts.clock.now() + retryAfterMs)
    this.arm()
    return undefined
  }
}
