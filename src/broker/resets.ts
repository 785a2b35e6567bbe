// Resets of offsets that members of a group have not taken over yet.
//
// The committed offset is changed at once, which is enough for a group that is offline. One
// that is online goes on from its memory: its next pull is answered with where to go on, and
// what it commits until then is dropped. Members pull their queues several times a minute; a
// reset that nobody took in two was for a group that pops, or is gone. In memory only.
//
// Source: ConsumerOffsetManager.assignResetOffset, queryThenEraseResetOffset.

import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { QueueKey } from './ports.ts'

const pendingMax = 100_000
const pendingMs = 120_000

type Pending = { readonly offset: number; readonly until: number }

export class PendingResets {
  readonly #clock: Clock
  readonly #pending = new Map<string, Pending>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Throws `broker-busy` when too many are pending. */
  add(group: string, queue: QueueKey, offset: number): void {
    const key = keyOf(group, queue)
    this.#pending.delete(key)
    this.#expire()
    if (this.#pending.size >= pendingMax) {
      throw new MqError('broker-busy', 'too many resets are pending', { pendingMax })
    }
    this.#pending.set(key, { offset, until: this.#clock.monotonic() + pendingMs })
  }

  has(group: string, queue: QueueKey): boolean {
    return this.#find(group, queue) !== undefined
  }

  /** Where the group goes on, once; undefined when nothing is pending. */
  take(group: string, queue: QueueKey): number | undefined {
    const found = this.#find(group, queue)
    if (found) this.#pending.delete(keyOf(group, queue))
    return found?.offset
  }

  #find(group: string, queue: QueueKey): Pending | undefined {
    // Nearly always empty: then a pull pays nothing for it.
    if (this.#pending.size === 0) return undefined
    const found = this.#pending.get(keyOf(group, queue))
    return found && found.until > this.#clock.monotonic() ? found : undefined
  }

  /** The oldest come first. */
  #expire(): void {
    const now = this.#clock.monotonic()
    for (const [key, { until }] of this.#pending) {
      if (until > now) return
      this.#pending.delete(key)
    }
  }
}

const keyOf = (group: string, { topic, queueId }: QueueKey): string =>
  `${topic}@${group}@${queueId}`
