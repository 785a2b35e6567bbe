// Delivers messages at an exact time: from the queue of the timer topic through the timer log
// to where they belong. Never early; late by at most a second more than the machine is busy;
// at least once. How: docs/formats/timer.md.
//
//   intake.ts   queue → timer log     delivery.ts   one second → its queues
//   waiting.ts  what a record says    progress.ts   how far it has come, on disk
//
// One loop does both: what is due is delivered only when the log has all of the queue, so that
// a recall always comes before the message that it names. A slave puts aside and never delivers.
//
// Not served: another precision than a second, a limit per second (timerCongestNumEachSlot),
// delay levels over the wheel (timerInterceptDelayLevel).
// Source: TimerMessageStore.

import type { Timer as ClockTimer } from '../../base/clock.ts'
import { readInt64, viewOf } from '../../base/int64.ts'
import { recordFields } from '../../message/record.ts'
import { isTimerDue, timerPrecisionMs, timerTopic, wholeSecond } from '../../message/timer.ts'
import type { TimerCount } from '../../store/timer-counts.ts'
import type { Arrival } from '../ports.ts'
import { Delivery, TimerDamage } from './delivery.ts'
import { Intake, timerQueue } from './intake.ts'
import type { TimerParts } from './parts.ts'
import { type SavedProgress, TimerProgress } from './progress.ts'

/** Arrivals are taken in together. */
const intakeMs = 100
/** However far the next second is: the clock may be set. */
const lookMs = 10_000
/** After a refused append or a failed write. */
const retryMs = 1000

export type TimerFigures = {
  /** By topic. */
  readonly waiting: readonly TimerCount[]
  /** How often that has changed since the start. */
  readonly changes: number
  /** Messages of the timer topic that are not in the timer log yet. */
  readonly notTakenIn: number
  /** How long the first one that waits is due already. */
  readonly lateSeconds: number
}

export class Timer {
  readonly name = 'timer'
  readonly #parts: TimerParts
  readonly #intake: Intake
  readonly #progress: TimerProgress
  readonly #delivery: Delivery
  #timer: ClockTimer | undefined
  #timerAt = 0
  #running: Promise<void> | undefined
  #stopped = true
  /** Its files are open. */
  #wasStarted = false

  constructor(parts: TimerParts, flushMs: number) {
    this.#parts = parts
    this.#intake = new Intake(parts)
    this.#progress = new TimerProgress(parts, flushMs)
    this.#delivery = new Delivery(parts, this.#progress)
  }

  async start(): Promise<void> {
    this.#wasStarted = true
    const { files, log } = this.#parts
    if (files.isWhole) this.#intake.begin(await this.#startOffset(), files.readMs)
    else {
      log.warn('timer-files-made-again', { reason: 'wheel, log and checkpoint do not agree' })
      files.clear()
      this.#intake.beginAgain(files.queueOffset, files.readMs)
      this.#delivery.madeAgain()
    }
    this.#stopped = false
    this.#progress.start()
    this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
    await this.#progress.stop()
  }

  /** After the store has closed: the last word of how far it has come. */
  async close(): Promise<void> {
    if (this.#wasStarted) await this.#progress.close()
  }

  /** How far it has come, on disk; undefined before its start. */
  get saved(): SavedProgress | undefined {
    if (!this.#wasStarted) return undefined
    return { checkpoint: this.#parts.files.checkpoint, endPosition: this.#progress.savedEnd }
  }

  /** What waits, and how far behind it is; undefined before its start. */
  get figures(): TimerFigures | undefined {
    if (!this.#wasStarted) return undefined
    const { files, queues, clock, self } = this.#parts
    const next = self.brokerId === 0 ? files.earliest() : undefined
    const lateMs = next === undefined ? 0 : clock.now() - next - timerPrecisionMs
    return {
      waiting: files.counts.all,
      changes: files.counts.changes,
      notTakenIn: Math.max(queues.maxOffset(timerQueue) - this.#intake.offset, 0),
      lateSeconds: Math.max(Math.floor(lateMs / 1000), 0),
    }
  }

  onArrival({ topic }: Arrival): void {
    if (topic === timerTopic && !this.#stopped && !this.#running) this.#arm(intakeMs)
  }

  /** Behind the last entry, which the checkpoint may not count yet. */
  async #startOffset(): Promise<number> {
    const { files, reader } = this.#parts
    if (files.lastUncounted === undefined) return files.queueOffset
    const last = await reader.recordAt(files.lastUncounted)
    const offset = last ? readInt64(viewOf(last), recordFields.queueOffset) + 1 : 0
    return Math.max(files.queueOffset, offset)
  }

  #run(): void {
    this.#running = this.#turn()
      .catch((error: unknown) => {
        this.#parts.log.warn('timed-delivery-failed', { error })
        return error instanceof TimerDamage ? this.#makeAgain() : retryMs
      })
      .then((nextMs) => {
        this.#running = undefined
        if (nextMs !== undefined) this.#arm(nextMs)
      })
  }

  /** Not later than `ms` from now. */
  #arm(ms: number): void {
    const { clock } = this.#parts
    const at = clock.monotonic() + ms
    if (this.#stopped || (this.#timer && this.#timerAt <= at)) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = clock.after(ms, () => {
      this.#timer = undefined
      this.#run()
    })
  }

  /** Takes in, delivers. Answers when to look again; undefined: when something arrives. */
  async #turn(): Promise<number | undefined> {
    const { self, clock, files } = this.#parts
    await this.#intake.run(() => this.#stopped)
    if (this.#stopped) return undefined
    if (self.brokerId === 0) await this.#deliver()
    this.#progress.reached(this.#intake.readMs, this.#intake.offset)
    if (this.#intake.hasMore) return intakeMs
    const next = files.earliest()
    if (next === undefined || self.brokerId !== 0) return undefined
    return Math.min(Math.max(next + timerPrecisionMs - clock.now(), 1), lookMs)
  }

  async #deliver(): Promise<void> {
    const { clock, files } = this.#parts
    for (let late = this.#intake.takeLate(); late; late = this.#intake.takeLate()) {
      await this.#delivery.deliverLate(late.position)
      this.#intake.lateDelivered()
    }
    while (!this.#stopped) {
      const next = files.earliest()
      if (next === undefined || !isTimerDue(next, clock.now())) break
      files.drop(next, await this.#delivery.deliver(next))
      this.#intake.delivered(next + timerPrecisionMs)
      this.#progress.reached(this.#intake.readMs, this.#intake.offset)
    }
    const earliest = files.earliest() ?? Number.POSITIVE_INFINITY
    this.#intake.delivered(Math.min(earliest, wholeSecond(clock.now())))
  }

  /** The files are damaged: everything that still waits is in the queue. */
  async #makeAgain(): Promise<number> {
    const { files, log } = this.#parts
    log.warn('timer-files-made-again', { reason: 'an entry does not lead to its message' })
    await this.#progress.forget()
    files.clear()
    this.#intake.beginAgain(this.#intake.offset, this.#intake.readMs)
    this.#delivery.madeAgain()
    return retryMs
  }
}
