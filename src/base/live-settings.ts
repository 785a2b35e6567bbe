// The settings in force, and the few of them that may change while a program runs. Changes last
// until it stops: the request that makes them must never write a file (CVE-2023-37582).

import type { z } from 'zod'
import { MqError } from './errors.ts'

/** Read `current` at each use, so that a change counts from the next request. */
export class LiveSettings<T extends object> {
  readonly #schema: z.ZodType<T>
  readonly #reloadable: ReadonlySet<string>
  #current: T
  #onChange: () => void = () => {}

  /** `reloadable`: the keys that may change. Never a path or a command. */
  constructor(schema: z.ZodType<T>, reloadable: ReadonlySet<string>, config: T) {
    this.#schema = schema
    this.#reloadable = reloadable
    this.#current = Object.freeze({ ...config })
  }

  get current(): T {
    return this.#current
  }

  /** Calls `run` after each change. One listener. */
  onChange(run: () => void): void {
    this.#onChange = run
  }

  /**
   * Changes what may be changed: all of it or nothing. Throws `permission-denied` for a key
   * outside the list and `invalid-argument` for a value that does not fit.
   */
  update(changes: ReadonlyMap<string, string>): void {
    for (const key of changes.keys()) {
      if (!this.#reloadable.has(key)) {
        throw new MqError('permission-denied', 'the setting cannot be changed', { key })
      }
    }
    const parsed = this.#schema.safeParse({ ...this.#current, ...Object.fromEntries(changes) })
    if (!parsed.success) {
      const key = String(parsed.error.issues[0]?.path[0] ?? '')
      throw new MqError('invalid-argument', 'the value does not fit the setting', { key })
    }
    this.#current = Object.freeze(parsed.data)
    this.#onChange()
  }
}
