// What is in flight: popped and neither acknowledged nor visible again.
//
// The unit is the checkpoint: what one pop took from one queue, at most 32 messages. Each of
// its messages has one bit, "settled": acknowledged, moved to a newer checkpoint by a change
// of its invisible time, or visible again. So there is one state for (group, topic, queue,
// offset), the open bit of the newest checkpoint that names it, and a receipt is current
// exactly as long as its bit is open.
//
// Pure: no clock, no log. Times are ms since 1970 and come in as arguments.
//
// Source: PopCheckPoint, PopBufferMergeService.

import { MqError } from '../../base/errors.ts'
import { Calendar } from './calendar.ts'

export type Checkpoint = {
  readonly group: string
  /** The topic that was read: a retry topic when it was one. */
  readonly topic: string
  readonly queueId: number
  /** Where the read began. With popTime it names the checkpoint in its queue. */
  readonly startOffset: number
  readonly popTime: number
  readonly invisibleMs: number
  readonly reviveQid: number
  readonly brokerName: string
  /** Queue offsets, ascending: 1 to 32 of them. */
  readonly offsets: readonly number[]
  /** Coming back after this checkpoint is no further attempt. Ours: `suspend` of a change. */
  readonly isSuspended: boolean
}

export const checkpointSizeMax = 32

/** A checkpoint and what became of its messages. Bit i is for `offsets[i]`. */
export type Entry = Checkpoint & {
  readonly key: string
  settled: number
  /** Those of the settled that a newer checkpoint names. */
  moved: number
  /** Its messages are being made visible again. */
  isReviving: boolean
  ticket: number
}

/** Two checkpoints are one exactly when this is the same. Names cannot have an @. */
export const checkpointKey = (
  group: string,
  topic: string,
  queueId: number,
  startOffset: number,
  popTime: number,
): string => `${topic}@${group}@${queueId}@${startOffset}@${popTime}`

export const dueAtOf = (checkpoint: Checkpoint): number =>
  checkpoint.popTime + checkpoint.invisibleMs

const allBits = (checkpoint: Checkpoint): number => (2 ** checkpoint.offsets.length - 1) | 0

export const isSettled = (entry: Entry): boolean => entry.settled === allBits(entry)

/** The offsets of the bits that `mask` has and the entry has not settled. */
export const openOffsets = (entry: Entry, mask: number): number[] =>
  entry.offsets.filter((_, i) => (mask & ~entry.settled & (1 << i)) !== 0)

/** All checkpoints with an open message. */
export class InFlight {
  readonly #entries = new Map<string, Entry>()
  readonly #calendar = new Calendar<Entry>()
  readonly #countMax: number

  constructor(countMax: number) {
    this.#countMax = countMax
  }

  /** Checkpoints, those of settled messages that were moved included. */
  get count(): number {
    return this.#entries.size
  }

  /** Throws `broker-busy` when no further checkpoint may be made. */
  checkRoom(): void {
    if (this.#entries.size < this.#countMax) return
    throw new MqError('broker-busy', 'too many messages are in flight', { max: this.#countMax })
  }

  /** The checkpoint as it is when it is known already. */
  add(checkpoint: Checkpoint): Entry {
    const { group, topic, queueId, startOffset, popTime } = checkpoint
    const key = checkpointKey(group, topic, queueId, startOffset, popTime)
    const known = this.#entries.get(key)
    if (known) return known
    const entry: Entry = {
      group,
      topic,
      queueId,
      startOffset,
      popTime,
      invisibleMs: checkpoint.invisibleMs,
      reviveQid: checkpoint.reviveQid,
      brokerName: checkpoint.brokerName,
      offsets: checkpoint.offsets,
      isSuspended: checkpoint.isSuspended,
      key,
      settled: 0,
      moved: 0,
      isReviving: false,
      ticket: 0,
    }
    this.#entries.set(key, entry)
    entry.ticket = this.#calendar.add(entry, dueAtOf(entry))
    return entry
  }

  find(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  all(): Iterable<Entry> {
    return this.#entries.values()
  }

  /** Settles the bits of `mask`. A checkpoint without an open bit is forgotten. */
  settle(entry: Entry, mask: number): void {
    entry.settled |= mask
    // A moved bit is kept until its receipt expires: to tell "superseded" from "acknowledged".
    if (isSettled(entry) && entry.moved === 0) this.#forget(entry)
  }

  /** Settles the bits of `mask` because a newer checkpoint names their messages. */
  move(entry: Entry, mask: number): void {
    entry.moved |= mask & ~entry.settled
    entry.settled |= mask
  }

  /**
   * Takes out at most `countMax` of what is due and has open messages. They stay in flight
   * until they are settled; who cannot do so calls {@link postpone}.
   */
  due(nowMs: number, countMax: number): Entry[] {
    const due = this.#calendar.take(nowMs, countMax)
    return due.filter((entry) => {
      if (isSettled(entry)) this.#entries.delete(entry.key)
      return !isSettled(entry)
    })
  }

  /** Settles all of it, moved bits included, and forgets it. */
  close(entry: Entry): void {
    entry.settled = allBits(entry)
    this.#forget(entry)
  }

  postpone(entry: Entry, untilMs: number): void {
    entry.ticket = this.#calendar.add(entry, untilMs)
  }

  /** When something may be due; undefined when nothing is in flight. */
  nextDueMs(): number | undefined {
    return this.#calendar.nextMs()
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.key)
    this.#calendar.remove(entry, entry.ticket)
  }
}
