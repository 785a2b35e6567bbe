// Writes the queue entries that only memory holds, makes them durable and then moves the
// checkpoint: from time to time, in small steps between which the loop runs.
// Source: DefaultMessageStore.FlushConsumeQueueService.

import type { Clock, Timer } from '../base/clock.ts'
import type { Log as Logger } from '../base/log.ts'
import type { ConsumeQueue } from './consume-queue.ts'

// So much of the log may have to be dispatched again after a crash.
const behindSizeMax = 256 * 1024 * 1024
const lookEveryMs = 1_000
const stepCount = 32

export type SweepParts = {
  readonly clock: Clock
  readonly log: Logger
  readonly thoroughIntervalMs: number
  /** Start and store time of the last record that was dispatched. */
  readonly dispatched: () => { position: number; storeTimestamp: number }
  /** Makes the log durable. Rejects when it cannot be. */
  readonly flush: () => Promise<void>
  /** Everything before `position` is in the queue files on disk. */
  readonly checkpoint: (position: number, storeTimestamp: number) => Promise<void>
  /** The entries cannot be written; `undefined` when they can be again. */
  readonly onTrouble: (cause: unknown) => void
}

export class QueueSweep {
  readonly #parts: SweepParts
  #dirty = new Set<ConsumeQueue>()
  #sweptPosition: number
  #sweptMs: number
  #running: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(parts: SweepParts, sweptPosition: number) {
    this.#parts = parts
    this.#sweptPosition = sweptPosition
    this.#sweptMs = parts.clock.monotonic()
  }

  start(): void {
    this.#timer = this.#parts.clock.every(lookEveryMs, () => this.#look())
  }

  /** Waits for the running sweep and does a last one. Rejects if that fails. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#running?.catch(() => {})
    await this.sweep()
  }

  /** The queue has entries that its files do not. */
  add(queue: ConsumeQueue): void {
    this.#dirty.add(queue)
  }

  /** The queue's files are gone. */
  forget(topic: string): void {
    for (const queue of this.#dirty) if (queue.topic === topic) this.#dirty.delete(queue)
  }

  /** Brings all queues to disk and moves the checkpoint. Rejects when it cannot be done. */
  async sweep(): Promise<void> {
    while (this.#running) await this.#running.catch(() => {})
    this.#running = this.#sweepOnce()
    try {
      await this.#running
    } finally {
      this.#running = undefined
    }
  }

  #look(): void {
    const { clock, dispatched, thoroughIntervalMs, log, onTrouble } = this.#parts
    if (this.#running || this.#dirty.size === 0) return
    const isDue = clock.monotonic() - this.#sweptMs >= thoroughIntervalMs
    if (!isDue && dispatched().position - this.#sweptPosition < behindSizeMax) return
    this.sweep().then(
      () => onTrouble(undefined),
      (cause: unknown) => {
        log.error('queue-sweep-failed', { cause })
        onTrouble(cause)
      },
    )
  }

  async #sweepOnce(): Promise<void> {
    const { position, storeTimestamp } = this.#parts.dispatched()
    const queues = [...this.#dirty]
    this.#dirty = new Set()
    this.#sweptMs = this.#parts.clock.monotonic()
    try {
      await this.#parts.flush()
      for (let first = 0; first < queues.length; first += stepCount) {
        await this.#step(queues.slice(first, first + stepCount))
      }
    } catch (cause) {
      for (const queue of queues) this.#dirty.add(queue)
      throw cause
    }
    this.#sweptPosition = position
    if (position >= 0) await this.#parts.checkpoint(position, storeTimestamp)
  }

  async #step(queues: readonly ConsumeQueue[]): Promise<void> {
    for (const queue of queues) queue.writeOut()
    await Promise.all(queues.map((queue) => queue.sync()))
  }
}
