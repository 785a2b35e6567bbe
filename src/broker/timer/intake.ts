// From the queue of the timer topic into the timer log, message by message.
//
// After damage the queue is read again from where the oldest message may be that still waits;
// what was delivered already, as far as the checkpoint knows, is passed over.
//
// Source: TimerMessageStore.enqueue, TimerEnqueueGetService.

import { MqError } from '../../base/errors.ts'
import { readInt64, viewOf } from '../../base/int64.ts'
import { recordFields } from '../../message/record.ts'
import { isTimerDue, timerTopic } from '../../message/timer.ts'
import type { QueueKey } from '../ports.ts'
import type { TimerParts } from './parts.ts'
import { waitingOf } from './waiting.ts'

const batchCount = 1024
const batchBytes = 1024 * 1024

/** The one queue in which messages wait for an exact time. */
export const timerQueue: QueueKey = { topic: timerTopic, queueId: 0 }

/** A record that is due and too late for the wheel. */
export type Late = { readonly position: number }

export class Intake {
  readonly #parts: TimerParts
  #offset = 0
  /** Messages before it were dealt with before: only those that still wait count. */
  #knownTo = 0
  /** What waits for an earlier second was delivered. */
  #readMs = 0
  readonly #late: Late[] = []

  constructor(parts: TimerParts) {
    this.#parts = parts
  }

  get offset(): number {
    return this.#offset
  }

  get readMs(): number {
    return this.#readMs
  }

  get hasMore(): boolean {
    return this.#offset < this.#parts.queues.maxOffset(timerQueue)
  }

  /** Goes on at `offset`; what waits for a second before `readMs` is delivered. */
  begin(offset: number, readMs: number): void {
    this.#offset = this.#clamped(offset)
    this.#knownTo = this.#offset
    this.#readMs = readMs
  }

  /** Reads again whatever may still wait; the log has been cleared. */
  beginAgain(offset: number, readMs: number): void {
    const { queues, maxDelayMs } = this.#parts
    const storedAfter = readMs - maxDelayMs - clockSlackMs
    const from = storedAfter > 0 ? queues.offsetByTime(timerQueue, storedAfter, 'lower') : 0
    this.begin(offset, readMs)
    this.#offset = Math.min(this.#clamped(from), this.#offset)
  }

  /** What waits for a second before `ms` was delivered. */
  delivered(ms: number): void {
    this.#readMs = Math.max(this.#readMs, ms)
  }

  /** Puts everything into the log that the queue has. */
  async run(isStopped: () => boolean): Promise<void> {
    const { files, reader, clock, stats } = this.#parts
    while (this.hasMore && !isStopped()) {
      const query = { offset: this.#offset, maxCount: batchCount, maxBytes: batchBytes }
      const result = await reader.read({ ...timerQueue, ...query })
      if (result.nextOffset <= this.#offset) {
        throw new MqError('broker-unavailable', 'the timer queue cannot be read now')
      }
      for (const [index, record] of result.records.entries()) {
        this.#take(record, result.offsets[index] ?? this.#offset)
      }
      files.writeOut()
      stats.timedIn(result.records.length)
      this.#offset = result.nextOffset
      await new Promise<void>((resolve) => clock.endOfTurn(resolve))
    }
  }

  /** Hands over what is late; it counts as dealt with once it is delivered. */
  takeLate(): Late | undefined {
    return this.#late[0]
  }

  lateDelivered(): void {
    this.#late.shift()
  }

  #take(record: Uint8Array, offset: number): void {
    const { clock, files } = this.#parts
    const position = readInt64(viewOf(record), recordFields.position)
    const { entry, outMs } = waitingOf(record, position, clock.now())
    if (outMs < this.#readMs) {
      if (isTimerDue(outMs, clock.now())) {
        if (offset >= this.#knownTo) this.#late.push({ position })
        this.#offset = offset + 1
        return
      }
      // The clock was set back: that second comes once more.
      this.#readMs = outMs
    }
    files.put(entry)
    this.#offset = offset + 1
  }

  #clamped(offset: number): number {
    const { queues } = this.#parts
    const [min, max] = [queues.minOffset(timerQueue), queues.maxOffset(timerQueue)]
    return Math.min(Math.max(offset, min), max)
  }
}

/** Store times are those of a clock that may have been set. */
const clockSlackMs = 3_600_000
