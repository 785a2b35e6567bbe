// How far the timer has come, on disk.
//
// What was delivered must be on disk before the word that it was: each turn writes what the
// turn before had ready, if the log is synced that far. After a crash what came since is
// delivered again. At the end the word is written after the store has closed.
//
// Source: TimerFlushService.

import type { Timer } from '../../base/clock.ts'
import type { TimerCheckpoint } from '../../store/timer-checkpoint.ts'
import type { TimerParts } from './parts.ts'

/** For slaves: who has the commit log up to `endPosition` has all that the checkpoint calls delivered. */
export type SavedProgress = { readonly checkpoint: TimerCheckpoint; readonly endPosition: number }

type Word = { readonly readMs: number; readonly queueOffset: number; readonly endPosition: number }

export class TimerProgress {
  readonly #parts: TimerParts
  readonly #flushMs: number
  /** Undefined: the files do not hold all that waits, nothing may be said of them. */
  #word: Word | undefined
  #endPosition = 0
  #savedEnd = 0
  #isNews = false
  #ready: Word | undefined
  #saving: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(parts: TimerParts, flushMs: number) {
    this.#parts = parts
    this.#flushMs = flushMs
  }

  start(): void {
    // Of what was delivered before, nothing is known but that it is in the log.
    this.#savedEnd = this.#parts.positions.maxPosition
    this.#timer = this.#parts.clock.every(this.#flushMs, () => this.#turn())
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#saving
  }

  /** After the store has closed: what was delivered is on disk by now, or is not counted. */
  async close(): Promise<void> {
    const { files, positions } = this.#parts
    const word = this.#word
    const isDurable = word !== undefined && word.endPosition <= positions.flushedPosition
    if (isDurable && (this.#isNews || this.#ready || files.isDirty)) await this.#flush(word)
    files.close()
  }

  /** All that the word on disk calls delivered ends before it. */
  get savedEnd(): number {
    return this.#savedEnd
  }

  /** Something was delivered, in a record that ends there. */
  delivered(endPosition: number): void {
    this.#endPosition = endPosition
    this.#isNews = true
  }

  /** Everything before `readMs` is delivered, everything before `queueOffset` dealt with. */
  reached(readMs: number, queueOffset: number): void {
    if (queueOffset !== this.#word?.queueOffset) this.#isNews = true
    this.#word = { readMs, queueOffset, endPosition: this.#endPosition }
  }

  /** The files are filled again: until the next word nothing is written. */
  async forget(): Promise<void> {
    this.#word = undefined
    this.#ready = undefined
    await this.#saving
  }

  #turn(): void {
    if (this.#saving) return
    const ready = this.#ready
    if (ready && ready.endPosition <= this.#parts.positions.flushedPosition) {
      this.#ready = undefined
      this.#saving = this.#save(ready).finally(() => {
        this.#saving = undefined
      })
    }
    if (this.#ready || !(this.#isNews || this.#parts.files.isDirty)) return
    this.#isNews = false
    this.#ready = this.#word
  }

  async #save(word: Word): Promise<void> {
    try {
      await this.#flush(word)
    } catch (error) {
      this.#isNews = true
      this.#parts.log.error('timer-progress-not-saved', { error })
    }
  }

  async #flush({ readMs, queueOffset, endPosition }: Word): Promise<void> {
    await this.#parts.files.flush({ readMs, queueOffset, nowMs: this.#parts.clock.now() })
    this.#savedEnd = endPosition
  }
}
