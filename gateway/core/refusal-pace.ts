// How fast callers are told that they are over a rate. The first few are told at once; whoever
// goes on asking waits for it, a little longer each time and never more than a second, so that a
// caller who asks again as soon as it was refused slows down instead of taking the time of
// others. What waits is bounded; beyond that a refusal is told at once.

import type { Clock } from '../../src/base/clock.ts'

const waitMsMax = 1000
/** What is due in so long may be told at once. */
const burstMs = 100
const waitCountMax = 10_000
/** Of what came with the calls that wait. */
const waitBytesMax = 16 * 1024 * 1024
const callersMax = 10_000

type Parts = {
  /** To one caller; what is beyond waits. */
  perSecond(): number
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
}

export class RefusalPace {
  readonly #parts: Parts
  /** By caller: when its next refusal is due. Those that were told last are last. */
  readonly #dueAt = new Map<string, number>()
  #count = 0
  #bytes = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Resolves when the caller may be told; undefined: at once. */
  wait(caller: string, bytes: number): Promise<void> | undefined {
    const { clock } = this.#parts
    const now = clock.monotonic()
    const waitMs = this.#take(caller, now) - now
    if (waitMs <= 0) return undefined
    if (this.#count >= waitCountMax || this.#bytes + bytes > waitBytesMax) return undefined
    this.#count += 1
    this.#bytes += bytes
    return clock.sleep(waitMs).then(() => {
      this.#count -= 1
      this.#bytes -= bytes
    })
  }

  /** When this refusal is due; the next one is later. */
  #take(caller: string, now: number): number {
    const earliest = now - burstMs
    const due = Math.max(this.#dueAt.get(caller) ?? earliest, earliest)
    this.#dueAt.delete(caller)
    this.#dueAt.set(caller, Math.min(due + 1000 / this.#parts.perSecond(), now + waitMsMax))
    for (const [oldest, next] of this.#dueAt) {
      if (next > earliest && this.#dueAt.size <= callersMax) break
      this.#dueAt.delete(oldest)
    }
    return due
  }
}
