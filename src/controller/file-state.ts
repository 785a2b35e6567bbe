// The shared state of a controller that is alone: a file, replaced whole by each change. A second
// process with the same file does not start.

import { MqError } from '../base/errors.ts'
import type { File, Files } from '../base/files.ts'
import { JsonFile } from '../base/json-file.ts'
import type { Log } from '../base/log.ts'
import type { SharedState, SharedStateEvents } from '../base/shared-state.ts'

export class FileState implements SharedState {
  readonly #files: Files
  readonly #path: string
  readonly #file: JsonFile
  #values = new Map<string, string>()
  #lock: File | undefined
  #events: SharedStateEvents | undefined

  constructor(files: Files, path: string, log: Log) {
    this.#files = files
    this.#path = path
    this.#file = new JsonFile(files, path, log)
  }

  get leadsUntil(): number {
    return this.#lock ? Number.POSITIVE_INFINITY : 0
  }

  async start(events: SharedStateEvents): Promise<void> {
    this.#files.makeDirectory(this.#path.slice(0, Math.max(this.#path.lastIndexOf('/'), 0)) || '.')
    const lock = this.#files.open(`${this.#path}.lock`, 'create')
    if (!lock.lock()) {
      lock.close()
      throw new MqError('broker-unavailable', 'another controller has the file', {
        path: this.#path,
      })
    }
    this.#lock = lock
    this.#events = events
    this.#values = this.#file.load(parseValues) ?? new Map()
    events.lead(this.#values)
  }

  async stop(): Promise<void> {
    this.#lock?.close()
    this.#lock = undefined
  }

  async put(key: string, value: string | undefined): Promise<boolean> {
    if (!this.#lock) return false
    const before = this.#values
    const values = new Map(before)
    if (value === undefined) values.delete(key)
    else values.set(key, value)
    this.#values = values
    try {
      await this.#file.save(() => ({ values: Object.fromEntries(this.#values) }))
      return true
    } catch {
      // The file may be the old one or the new one: the next save decides, after a fresh look.
      this.#values = this.#file.load(parseValues) ?? before
      this.#events?.follow(undefined)
      this.#events?.lead(this.#values)
      return false
    }
  }
}

function parseValues(value: unknown): Map<string, string> {
  const values = (value as { values?: Record<string, unknown> } | null)?.values
  if (typeof values !== 'object' || values === null) {
    throw new MqError('internal', 'the state has no values')
  }
  return new Map(Object.entries(values).map(([key, one]) => [key, String(one)]))
}
