// Making the log durable: on a timer, or for the acknowledgements that wait for it.
//
//    flushedPosition        positions of a running sync        written
//     |---- on disk ----------|---- this group ----------|---- next group ----|
//
// Group commit: what arrives while a sync runs shares the next one. A failed sync is final: the
// kernel may have dropped the dirty pages already, so a later success would prove nothing.
// Source: CommitLog.GroupCommitService, FlushRealTimeService.

import type { Clock, Timer } from '../base/clock.ts'
import type { FlushDiskType, StoreOptions } from './options.ts'

const pageSize = 4096

/** The statuses with which a wait for durability ends here; the broker knows two more. */
type FlushStatus = 'ok' | 'flush-disk-timeout'

export type FlushWaiter = { release(status: FlushStatus): void }

type Waiting = {
  readonly endPosition: number
  readonly deadline: number
  readonly waiter: FlushWaiter
}

export type FlusherParts = {
  readonly clock: Clock
  readonly type: FlushDiskType
  readonly intervalMs: number
  readonly leastPages: number
  readonly thoroughIntervalMs: number
  readonly timeoutMs: number
  /** Position after the last record written. */
  readonly written: () => number
  /** Makes [from, to) durable. */
  readonly sync: (from: number, to: number) => Promise<void>
  readonly onFlushed: () => void
  /** The sync failed, once and for all. */
  readonly onFailure: (cause: unknown) => void
}

/** What the settings say of it. */
export const flushTimes = (options: StoreOptions) => ({
  type: options.flushDiskType,
  intervalMs: options.flushIntervalCommitLog,
  leastPages: options.flushCommitLogLeastPages,
  thoroughIntervalMs: options.flushCommitLogThoroughInterval,
  timeoutMs: options.syncFlushTimeout,
})

export class Flusher {
  readonly #parts: FlusherParts
  #flushedPosition: number
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #scheduled = false
  #failed = false
  #lastSyncMs: number
  #timers: Timer[] = []

  constructor(parts: FlusherParts, flushedPosition: number) {
    this.#parts = parts
    this.#flushedPosition = flushedPosition
    this.#lastSyncMs = parts.clock.monotonic()
  }

  /** Everything before it is on disk. */
  get flushedPosition(): number {
    return this.#flushedPosition
  }

  /** The log was cut: what comes behind `position` is new. */
  goBackTo(position: number): void {
    this.#flushedPosition = Math.min(this.#flushedPosition, position)
  }

  start(): void {
    const { clock, type, intervalMs, timeoutMs } = this.#parts
    this.#timers = [clock.every(intervalMs, () => this.#onInterval())]
    if (type !== 'SYNC_FLUSH') return
    this.#timers.push(clock.every(Math.min(timeoutMs, 500), () => this.#releaseOverdue()))
  }

  /** Waits for the running sync and makes the rest durable. Rejects if that fails. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel()
    await this.flush()
    this.#releaseUpTo(this.#flushedPosition)
    this.#releaseAll()
  }

  /**
   * True: as durable as this type of flush promises. False: the waiter is released once, later.
   */
  isDurable(endPosition: number, waiter: FlushWaiter): boolean {
    if (!this.#failed) {
      if (this.#parts.type === 'ASYNC_FLUSH') return true
      if (endPosition <= this.#flushedPosition) return true
    }
    const deadline = this.#parts.clock.monotonic() + this.#parts.timeoutMs
    this.#waiting.push({ endPosition, deadline, waiter })
    this.#schedule()
    return false
  }

  /** Makes everything written so far durable. Rejects when it cannot be. */
  async flush(): Promise<void> {
    const target = this.#parts.written()
    while (this.#flushedPosition < target) {
      if (this.#failed) throw new Error('an earlier sync of the log failed')
      await (this.#running ?? this.#sync())
    }
  }

  #onInterval(): void {
    const { clock, written, leastPages, thoroughIntervalMs, type } = this.#parts
    const end = written()
    if (this.#failed || end === this.#flushedPosition) return
    const pages = Math.floor(end / pageSize) - Math.floor(this.#flushedPosition / pageSize)
    const isDue = clock.monotonic() - this.#lastSyncMs >= thoroughIntervalMs
    if (type === 'SYNC_FLUSH' || pages >= leastPages || isDue) this.#start()
  }

  // At the end of the turn, so that all acknowledgements of the turn share one sync.
  #schedule(): void {
    if (this.#scheduled || this.#running) return
    this.#scheduled = true
    this.#parts.clock.endOfTurn(() => {
      this.#scheduled = false
      if (this.#failed) this.#releaseAll()
      else this.#start()
    })
  }

  #start(): void {
    if (!this.#running) void this.#sync()
  }

  /** Never rejects: a failure is kept and told. */
  #sync(): Promise<void> {
    this.#running = this.#syncOnce().then(() => {
      this.#running = undefined
      if (this.#waiting.length > 0) this.#schedule()
    })
    return this.#running
  }

  async #syncOnce(): Promise<void> {
    const { clock, written, sync, onFlushed, onFailure } = this.#parts
    const end = written()
    try {
      if (end > this.#flushedPosition) await sync(this.#flushedPosition, end)
    } catch (cause) {
      this.#failed = true
      onFailure(cause)
      this.#releaseAll()
      return
    }
    this.#lastSyncMs = clock.monotonic()
    this.#flushedPosition = end
    onFlushed()
    this.#releaseUpTo(end)
  }

  #releaseUpTo(position: number): void {
    const done = this.#waiting.filter((one) => one.endPosition <= position)
    if (done.length === 0) return
    this.#waiting = this.#waiting.filter((one) => one.endPosition > position)
    for (const { waiter } of done) waiter.release('ok')
  }

  #releaseOverdue(): void {
    const now = this.#parts.clock.monotonic()
    const overdue = this.#waiting.filter((one) => one.deadline <= now)
    if (overdue.length === 0) return
    this.#waiting = this.#waiting.filter((one) => one.deadline > now)
    for (const { waiter } of overdue) waiter.release('flush-disk-timeout')
  }

  #releaseAll(): void {
    const all = this.#waiting
    this.#waiting = []
    for (const { waiter } of all) waiter.release('flush-disk-timeout')
  }
}
