// What a send waits for beside the disk: that enough slaves have it too. One line, in the order
// of the log: an acknowledgement from a slave releases a whole run of it.
//
// A wait that cannot end well ends at once where that is known (no slave is there), and after
// `slaveTimeout` otherwise. Nothing is released as done while this broker may not act as master.
// Source: GroupTransferService, CommitLog.handleDiskFlushAndHA.

import type { Clock, Timer } from '../../base/clock.ts'
import type { DurableStatus, DurableWaiter } from '../ports.ts'

export type AcknowledgementParts = {
  readonly clock: Clock
  readonly timeoutMs: number
  /** As MessageStore.isDurable: on this broker's disk, as its flush promises. */
  readonly isFlushed: (endPosition: number, waiter: DurableWaiter) => boolean
  /** Whether slaves are waited for. */
  readonly waitsForSlaves: () => boolean
  /** Up to where enough slaves have the log. */
  readonly replicatedPosition: () => number
  /** Why waiting is no use now; undefined when it is. */
  readonly hopeless: () => 'slave-not-available' | undefined
  /** False: another broker may be master by now. */
  readonly mayAcknowledge: () => boolean
}

type Waiting = {
  readonly endPosition: number
  readonly deadline: number
  readonly waiter: DurableWaiter
}

export class Acknowledgements {
  readonly #parts: AcknowledgementParts
  #waiting: Waiting[] = []
  #head = 0
  #timer: Timer | undefined

  constructor(parts: AcknowledgementParts) {
    this.#parts = parts
  }

  /** Sends that wait for slaves. */
  get waitingCount(): number {
    return this.#waiting.length - this.#head
  }

  /** See Appender in the broker's ports. */
  isDurable(endPosition: number, waiter: DurableWaiter): boolean {
    const { isFlushed, waitsForSlaves } = this.#parts
    const waits = waitsForSlaves()
    const flushing = new Flushing(this, endPosition, waiter, waits)
    if (!isFlushed(endPosition, flushing)) return false
    return waits ? this.joins(endPosition, waiter) : true
  }

  /** True: the slaves have it already. False: the waiter is released later. */
  joins(endPosition: number, waiter: DurableWaiter): boolean {
    const { clock, timeoutMs, replicatedPosition, hopeless } = this.#parts
    if (replicatedPosition() >= endPosition) return this.settles(waiter)
    const failed = hopeless()
    if (failed) {
      clock.endOfTurn(() => waiter.release(failed))
      return false
    }
    this.#waiting.push({ endPosition, deadline: clock.monotonic() + timeoutMs, waiter })
    this.#arm()
    return false
  }

  /** Whether it may be called done; if not, the waiter is told so. */
  settles(waiter: DurableWaiter): boolean {
    if (this.#parts.mayAcknowledge()) return true
    this.#parts.clock.endOfTurn(() => waiter.release('flush-slave-timeout'))
    return false
  }

  /** The slaves have come further. */
  moved(): void {
    if (this.waitingCount === 0) return
    const { replicatedPosition, mayAcknowledge } = this.#parts
    const position = replicatedPosition()
    const status = mayAcknowledge() ? 'ok' : 'flush-slave-timeout'
    for (let first = this.#waiting[this.#head]; first; first = this.#waiting[this.#head]) {
      if (first.endPosition > position) break
      this.#head++
      first.waiter.release(status)
    }
    this.#compact()
  }

  /** Slaves have gone, or the role has: nothing of this will come. */
  fail(status: DurableStatus): void {
    const failed = this.#waiting.slice(this.#head)
    this.#waiting = []
    this.#head = 0
    for (const { waiter } of failed) waiter.release(status)
  }

  /** A slave is gone: those that wait for more than there are need not. */
  slaveGone(): void {
    const failed = this.#parts.hopeless()
    if (failed) this.fail(failed)
  }

  stop(): void {
    this.#timer?.cancel()
    this.fail('flush-slave-timeout')
  }

  #arm(): void {
    const first = this.#waiting[this.#head]
    if (this.#timer || !first) return
    const { clock } = this.#parts
    this.#timer = clock.after(Math.max(first.deadline - clock.monotonic(), 1), () => {
      this.#timer = undefined
      this.#releaseOverdue()
      this.#arm()
    })
  }

  #releaseOverdue(): void {
    const now = this.#parts.clock.monotonic()
    for (let first = this.#waiting[this.#head]; first; first = this.#waiting[this.#head]) {
      if (first.deadline > now) break
      this.#head++
      first.waiter.release('flush-slave-timeout')
    }
    this.#compact()
  }

  #compact(): void {
    if (this.#head === this.#waiting.length) {
      this.#waiting = []
      this.#head = 0
    } else if (this.#head > 4096) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
  }
}

/** Waits for the disk first, then for the slaves. */
class Flushing implements DurableWaiter {
  readonly #acknowledgements: Acknowledgements
  readonly #endPosition: number
  readonly #waiter: DurableWaiter
  readonly #waitsForSlaves: boolean

  constructor(
    acknowledgements: Acknowledgements,
    endPosition: number,
    waiter: DurableWaiter,
    waitsForSlaves: boolean,
  ) {
    this.#acknowledgements = acknowledgements
    this.#endPosition = endPosition
    this.#waiter = waiter
    this.#waitsForSlaves = waitsForSlaves
  }

  release(status: DurableStatus): void {
    const own = this.#acknowledgements
    if (status !== 'ok') {
      this.#waiter.release(status)
      return
    }
    const isDone = this.#waitsForSlaves
      ? own.joins(this.#endPosition, this.#waiter)
      : own.settles(this.#waiter)
    if (isDone) this.#waiter.release('ok')
  }
}
