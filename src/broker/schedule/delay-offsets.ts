// How far each delay level was delivered.
//
// Kept in config/delayOffset.json in Java's form. A delivery must be on disk before the offset
// behind it is: each write takes what the write before had ready, if the log is synced that far.
// After a crash what came since is delivered again.
//
// Source: ScheduleMessageService.persist, DelayOffsetSerializeWrapper.

import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Clock, Timer } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { DataVersion, LogPositions } from '../ports.ts'
import { dataVersionJson, nextVersion, type StateFile } from '../state-file.ts'

const fileJson = z.object({
  dataVersion: dataVersionJson,
  offsetTable: z.record(z.string(), z.number()).default({}),
})

type Options = {
  readonly file: StateFile
  readonly clock: Clock
  readonly log: Log
  readonly positions: Pick<LogPositions, 'flushedPosition'>
  /** Between two writes of the file. */
  readonly flushMs: number
}

type Ready = { readonly offsets: Readonly<Record<string, number>>; readonly endPosition: number }

export class DelayOffsets {
  readonly #options: Options
  readonly #offsets = new Map<number, number>()
  #version: DataVersion = { stateVersion: 0, timestamp: 0, counter: 0 }
  #endPosition = 0
  #ready: Ready | undefined
  #dirty = false
  #timer: Timer | undefined

  constructor(options: Options) {
    this.#options = options
  }

  start(): void {
    const stored = this.#options.file.load((value) => fileJson.parse(value))
    if (stored) {
      this.#version = stored.dataVersion
      for (const [level, offset] of Object.entries(stored.offsetTable)) {
        this.#offsets.set(Number(level), offset)
      }
    }
    this.#timer = this.#options.clock.every(this.#options.flushMs, () => this.#turn())
  }

  /** Writes where it stands now: the store is made durable right after. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    if (this.#dirty) await this.#save(this.#snapshot())
  }

  /** On a slave, where nothing is delivered: the file becomes the master's. */
  async adopt(value: unknown): Promise<void> {
    const { dataVersion, offsetTable } = fileJson.parse(value)
    if (isDeepStrictEqual(dataVersion, this.#version)) return
    this.#version = dataVersion
    await this.#options.file.save(() => ({ dataVersion, offsetTable }))
  }

  /** What GET_ALL_DELAY_OFFSET answers. */
  snapshot(): unknown {
    return { dataVersion: this.#version, offsetTable: Object.fromEntries(this.#offsets) }
  }

  /** The next to deliver; undefined when the level was never looked at. */
  find(level: number): number | undefined {
    return this.#offsets.get(level)
  }

  /** Everything before `offset` is delivered; the records end at `endPosition`. */
  advance(level: number, offset: number, endPosition: number): void {
    this.#offsets.set(level, offset)
    this.#endPosition = Math.max(this.#endPosition, endPosition)
    this.#dirty = true
  }

  #turn(): void {
    const ready = this.#ready
    if (ready && ready.endPosition <= this.#options.positions.flushedPosition) {
      this.#ready = undefined
      this.#save(ready).catch((error: unknown) => {
        this.#dirty = true
        this.#options.log.error('delay-offsets-not-saved', { error })
      })
    }
    if (this.#ready || !this.#dirty) return
    this.#dirty = false
    this.#ready = this.#snapshot()
  }

  #snapshot(): Ready {
    return { offsets: Object.fromEntries(this.#offsets), endPosition: this.#endPosition }
  }

  #save({ offsets }: Ready): Promise<void> {
    this.#version = nextVersion(this.#version, this.#options.clock)
    const dataVersion = this.#version
    return this.#options.file.save(() => ({ dataVersion, offsetTable: offsets }))
  }
}
