// Writes the queue entries that only memory holds, makes them durable and then moves the
// checkpoint: from time to time, in small steps between which the loop runs.
// Source: DefaultMessageStore.FlushConsumeQueueService.

import type { Clock, Timer } from '../base/clock.ts'
import type { Queue } from './queue-table.ts'

// So much of the log may have to be dispatched again after a crash.
const behindSizeMax = 512 * 1024 * 1024
const lookEveryMs = 1_000
const stepCount = 8
// From so many queues on one sync of the whole file system costs less than one of each file.
const syncAllCount = 64

export type SweepParts = {
  readonly clock: Clock
  readonly thoroughIntervalMs: number
  /** Start and store time of the last record that was dispatched. */
  readonly dispatched: () => { position: number; storeTimestamp: number }
  /** Makes the whole file system durable in one call; undefined when that is not to be had. */
  readonly syncAll: () => Promise<void> | undefined
  /** Makes the log durable. Rejects when it cannot be. */
  readonly flush: () => Promise<void>
  /** Makes the key index durable. Rejects when it cannot be; tried again. */
  readonly syncIndex: (turn: () => Promise<void>) => Promise<void>
  /** Everything before `position` is in the queue files on disk. */
  readonly checkpoint: (position: number, storeTimestamp: number) => Promise<void>
  /** The entries cannot be written or synced; `undefined` when they can be again. */
  readonly onTrouble: (cause: unknown) => void
}

export class QueueSweep {
  readonly #parts: SweepParts
  #dirty = new Set<Queue>()
  #sweptPosition: number
  #sweptMs: number
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #failed = false
  #isHurried = false
  /** When a file was made on the way of a dispatch, and how long it took. */
  #madeMs = 0
  #makingMs = 0

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
  add(queue: Queue): void {
    if (queue.isDirty) return
    queue.isDirty = true
    this.#dirty.add(queue)
  }

  /** As {@link add}, and writes the entries once that is worth a call. */
  take(queue: Queue): void {
    this.add(queue)
    if (!queue.isWriteDue) return
    try {
      if (!queue.needsFile) queue.writeOut()
      else if (this.#mayMake()) this.#make(queue)
    } catch (cause) {
      this.hurry()
      this.#parts.onTrouble(cause)
    }
  }

  // A new file waits for folders and the disk's journal. Many new queues at once share half of
  // the loop's time; the entries of those that have to wait stay in memory.
  #mayMake(): boolean {
    return this.#parts.clock.monotonic() - this.#madeMs >= this.#makingMs
  }

  #make(queue: Queue): void {
    const { clock } = this.#parts
    const startedMs = clock.monotonic()
    queue.writeOut()
    this.#madeMs = clock.monotonic()
    this.#makingMs = this.#madeMs - startedMs
  }

  /** Something failed, or what the checkpoint covers has changed: the next look sweeps. */
  hurry(): void {
    this.#isHurried = true
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
    const { clock, dispatched, thoroughIntervalMs, onTrouble } = this.#parts
    if (this.#running || this.#failed) return
    if (this.#dirty.size === 0 && !this.#isHurried) return
    const isDue = this.#isHurried || clock.monotonic() - this.#sweptMs >= thoroughIntervalMs
    if (!isDue && dispatched().position - this.#sweptPosition < behindSizeMax) return
    this.sweep().then(
      () => onTrouble(undefined),
      (cause: unknown) => {
        this.hurry()
        onTrouble(cause)
      },
    )
  }

  async #sweepOnce(): Promise<void> {
    // After a failed sync nobody knows what is on disk: the checkpoint stays where it is.
    if (this.#failed) throw new Error('an earlier sync of the queue files failed')
    const { position, storeTimestamp } = this.#parts.dispatched()
    const queues = [...this.#dirty]
    for (const queue of queues) queue.isDirty = false
    this.#dirty = new Set()
    this.#sweptMs = this.#parts.clock.monotonic()
    try {
      await this.#parts.flush()
      await this.#write(queues)
      await this.#parts.syncIndex(() => this.#turn())
    } catch (cause) {
      for (const queue of queues) this.add(queue)
      throw cause
    }
    try {
      await this.#sync(queues)
      if (position >= 0) await this.#parts.checkpoint(position, storeTimestamp)
    } catch (cause) {
      this.#failed = true
      throw cause
    }
    this.#sweptPosition = position
    this.#isHurried = false
  }

  async #write(queues: readonly Queue[]): Promise<void> {
    let inStep = 0
    for (const queue of queues) {
      inStep += queue.needsFile ? stepCount : 1
      queue.writeOut()
      if (inStep < stepCount) continue
      inStep = 0
      await this.#turn()
    }
  }

  async #sync(queues: readonly Queue[]): Promise<void> {
    if (queues.length >= syncAllCount && (await this.#syncAll(queues))) return
    for (let first = 0; first < queues.length; first += stepCount) {
      const step = queues.slice(first, first + stepCount)
      await Promise.all(step.map((queue) => queue.sync()))
    }
  }

  async #syncAll(queues: readonly Queue[]): Promise<boolean> {
    // Taken before the call: what is written while it runs is not covered by it.
    const done = this.#parts.syncAll()
    if (!done) return false
    for (const queue of queues) queue.takeUnsynced()
    await done
    return true
  }

  /** Lets the loop run before going on. */
  #turn(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.endOfTurn(resolve))
  }
}
