// Deleting what is old, or in the way: whole files of the log from its oldest end, and then what
// queues and index know of them.
//
// A file is old when its last write and the first record behind it are both older than the
// reserved time, on a clock that never runs ahead of the time that has really passed since the
// start: a wall clock that jumps deletes nothing early.
// Source: DefaultMessageStore.CleanCommitLogService, CleanConsumeQueueService.

import type { Clock, Timer } from '../base/clock.ts'
import type { Log as Logger } from '../base/log.ts'
import type { StoreOptions } from './options.ts'

const firstLookMs = 60_000
const lookWhenFullMs = 1_000
const hourMs = 3_600_000
// Source: CleanCommitLogService.MAX_MANUAL_DELETE_FILE_TIMES.
const manualRoundsMax = 20

export type RetentionParts = {
  readonly clock: Clock
  readonly log: Logger
  readonly options: StoreOptions
  /** Of the disk that the log is on; of several the one with most space. */
  readonly usedPercent: () => number
  /**
   * The oldest file of the log that may go: it is not the last, nothing of it waits for the
   * disk. With the store time of the first record behind it.
   */
  readonly oldest: () => { modifiedAt: number; leftAt: number } | undefined
  readonly removeOldest: () => void
  /** Lets queues and index forget what the log does not have any more. */
  readonly forget: () => Promise<void>
  readonly onFull: (isFull: boolean) => void
}

export class Retention {
  readonly #parts: RetentionParts
  readonly #started: { readonly now: number; readonly monotonic: number }
  readonly #hours: ReadonlySet<number>
  #timer: Timer | undefined
  #manualRounds = 0
  #running: Promise<void> | undefined

  constructor(parts: RetentionParts) {
    this.#parts = parts
    this.#started = { now: parts.clock.now(), monotonic: parts.clock.monotonic() }
    this.#hours = new Set(parts.options.deleteWhen.split(';').map((hour) => Number(hour)))
  }

  start(): void {
    this.#arm(firstLookMs)
  }

  /** Waits for the running round. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#running
    this.#timer?.cancel()
  }

  /** The next rounds delete expired files at any hour. Source: executeDeleteFilesManually. */
  deleteExpired(): void {
    this.#manualRounds = manualRoundsMax
  }

  #arm(ms: number): void {
    this.#timer = this.#parts.clock.after(ms, () => {
      this.#running = this.#round()
        .catch((cause: unknown) => {
          this.#parts.log.warn('old-files-not-deleted', { cause })
          return false
        })
        .then((isFull) =>
          this.#arm(isFull ? lookWhenFullMs : this.#parts.options.cleanResourceInterval),
        )
    })
  }

  /** Answers whether the disk is full. */
  async #round(): Promise<boolean> {
    const { options, forget, log } = this.#parts
    const used = this.#look()
    const isManual = this.#manualRounds > 0
    if (isManual) this.#manualRounds--
    const isHour = this.#hours.has(new Date(this.#now()).getHours())
    const isForced = used > options.diskSpaceCleanForciblyRatio && options.cleanFileForciblyEnable
    let count = 0
    if (isForced || isManual || isHour || used > options.diskMaxUsedSpaceRatio) {
      count = this.#deleteFiles(isForced)
    }
    if (count === 0) return used > options.diskSpaceWarningLevelRatio
    log.info('old-files-deleted', { count, usedPercent: used, isForced })
    await forget()
    return this.#look() > options.diskSpaceWarningLevelRatio
  }

  /** Percent of the disk in use; tells the store whether that is too much. */
  #look(): number {
    const { usedPercent, options, onFull } = this.#parts
    const used = usedPercent()
    onFull(used > options.diskSpaceWarningLevelRatio)
    return used
  }

  #deleteFiles(isForced: boolean): number {
    const { options, oldest, removeOldest } = this.#parts
    const expiredBefore = this.#now() - options.fileReservedTime * hourMs
    let count = 0
    for (let file = oldest(); file && count < options.deleteFileBatchMax; file = oldest()) {
      const isExpired = file.modifiedAt <= expiredBefore && file.leftAt <= expiredBefore
      if (!isForced && !isExpired) break
      removeOldest()
      count++
    }
    return count
  }

  /** The wall clock, as long as it is not ahead of the time that has passed. */
  #now(): number {
    const { clock } = this.#parts
    const passed = clock.monotonic() - this.#started.monotonic
    return Math.min(clock.now(), this.#started.now + passed)
  }
}
