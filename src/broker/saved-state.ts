// State that counts what is in the log, in a file: offsets of groups and of delay levels. Written
// from time to time when it changed, and at the stop; each time only after the log is on disk as far
// as it was written when the state was taken. So after a power failure the file never counts a
// record that is gone: a message popped whose checkpoint was lost, or a delivery.

import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { StateFile } from './state-file.ts'

export type SavedStateOptions = {
  readonly file: StateFile
  readonly clock: Clock
  readonly log: Log
  /** Between two writes of the file. */
  readonly flushMs: number
  /** Makes everything durable that the log has. Rejects when it cannot be. */
  readonly syncLog: () => Promise<void>
}

export class SavedState {
  readonly #name: string
  readonly #options: SavedStateOptions
  readonly #snapshot: () => unknown
  #isDirty = false
  #failed = false
  #running: Promise<void> = Promise.resolve()
  #timer: Timer | undefined

  constructor(name: string, options: SavedStateOptions, snapshot: () => unknown) {
    this.#name = name
    this.#options = options
    this.#snapshot = snapshot
  }

  /** What was saved last; undefined when nothing was. From now on changes are written. */
  start<T>(parse: (value: unknown) => T): T | undefined {
    const { file, clock, flushMs, log } = this.#options
    const stored = file.load(parse)
    this.#timer = clock.every(flushMs, () => {
      this.flush().catch((error: unknown) => {
        if (!this.#failed) log.error('state-not-saved', { state: this.#name, error })
        this.#failed = true
      })
    })
    return stored
  }

  changed(): void {
    this.#isDirty = true
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.flush()
  }

  /** Writes the file if something changed since the last time. Rejects when it cannot. */
  flush(): Promise<void> {
    this.#running = this.#running.catch(() => {}).then(() => this.#write())
    return this.#running
  }

  async #write(): Promise<void> {
    if (!this.#isDirty) return
    this.#isDirty = false
    const state = this.#snapshot()
    try {
      await this.#options.syncLog()
      await this.#options.file.save(() => state)
    } catch (error) {
      this.#isDirty = true
      throw error
    }
    this.#failed = false
  }
}
