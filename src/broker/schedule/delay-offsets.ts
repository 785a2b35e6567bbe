// How far each delay level was delivered.
//
// Kept in config/delayOffset.json in Java's form, as saved-state.ts says: a delivery is on disk before
// the offset behind it is. After a crash what came since is delivered again.
//
// Source: ScheduleMessageService.persist, DelayOffsetSerializeWrapper.

import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { DataVersion } from '../ports.ts'
import { SavedState, type SavedStateOptions } from '../saved-state.ts'
import { dataVersionJson, nextVersion } from '../state-file.ts'

const fileJson = z.object({
  dataVersion: dataVersionJson,
  offsetTable: z.record(z.string(), z.number()).default({}),
})

export class DelayOffsets {
  readonly #options: SavedStateOptions
  readonly #saved: SavedState
  readonly #offsets = new Map<number, number>()
  #version: DataVersion = { stateVersion: 0, timestamp: 0, counter: 0 }

  constructor(options: SavedStateOptions) {
    this.#options = options
    this.#saved = new SavedState('delay-offsets', options, () => {
      this.#version = nextVersion(this.#version, options.clock)
      return this.snapshot()
    })
  }

  start(): void {
    const stored = this.#saved.start((value) => fileJson.parse(value))
    if (!stored) return
    this.#version = stored.dataVersion
    for (const [level, offset] of Object.entries(stored.offsetTable)) {
      this.#offsets.set(Number(level), offset)
    }
  }

  stop(): Promise<void> {
    return this.#saved.stop()
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

  /** Everything before `offset` is delivered. */
  advance(level: number, offset: number): void {
    this.#offsets.set(level, offset)
    this.#saved.changed()
  }
}
