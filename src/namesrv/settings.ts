// The settings in force, and the few of them that may change while the namesrv runs. Changes
// last until it stops: the request that makes them must never write a file
// (CVE-2023-37582).

import { MqError } from '../base/errors.ts'
import { type NamesrvConfig, namesrvConfig, reloadable } from './config.ts'

export class Settings {
  #current: NamesrvConfig
  #onChange: () => void = () => {}

  constructor(config: NamesrvConfig) {
    this.#current = Object.freeze({ ...config })
  }

  /** Read it at each use, so that a change counts from the next request. */
  get current(): NamesrvConfig {
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
      if (!reloadable.has(key)) {
        throw new MqError('permission-denied', 'the setting cannot be changed', { key })
      }
    }
    const parsed = namesrvConfig.safeParse({ ...this.#current, ...Object.fromEntries(changes) })
    if (!parsed.success) {
      const key = String(parsed.error.issues[0]?.path[0] ?? '')
      throw new MqError('invalid-argument', 'the value does not fit the setting', { key })
    }
    this.#current = Object.freeze(parsed.data)
    this.#onChange()
  }
}
