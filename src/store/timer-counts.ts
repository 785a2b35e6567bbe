// How many messages wait for an exact time, by the hash of the topic that they are for: each entry of
// the timer log has it, so that nothing has to be kept or read for it.
//
// Source: TimerMetrics, TimerMessageStore.addMetric, checkAndReviseMetrics.

import { type TimerEntry, timerMagics } from './timer-entry.ts'

export type TimerCount = {
  readonly topicHash: number
  readonly count: number
  /** Of the last change, ms since 1970. */
  readonly changedMs: number
}

type Sum = { count: number; changedMs: number }

export class TimerCounts {
  readonly #sums = new Map<number, Sum>()
  /** How often something has changed. */
  changes = 0

  /** Topics for which something waits. The recall of what was delivered counts until its second. */
  get all(): readonly TimerCount[] {
    return [...this.#sums]
      .map(([topicHash, sum]) => ({ topicHash, ...sum }))
      .filter(({ count }) => count > 0)
  }

  put(entry: TimerEntry): void {
    this.#add(entry, weightOf(entry), entry.enqueueMs)
  }

  /** Their second is over. */
  dropped(entries: readonly TimerEntry[]): void {
    for (const entry of entries) this.#add(entry, -weightOf(entry), entry.dueMs)
  }

  clear(): void {
    this.#sums.clear()
  }

  #add({ topicHash }: TimerEntry, weight: number, ms: number): void {
    const sum = this.#sums.get(topicHash) ?? { count: 0, changedMs: 0 }
    this.#sums.set(topicHash, sum)
    sum.count += weight
    sum.changedMs = Math.max(sum.changedMs, ms)
    this.changes++
    if (sum.count === 0) this.#sums.delete(topicHash)
  }
}

/** A recall takes one away; on its way there, in stages, it is none. */
function weightOf({ magic }: TimerEntry): number {
  if ((magic & timerMagics.delete) === 0) return 1
  return (magic & timerMagics.roll) === 0 ? -1 : 0
}
