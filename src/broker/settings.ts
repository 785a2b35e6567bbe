// The settings in force, and the few of them that may change while the broker runs.

import { MqError } from '../base/errors.ts'
import { type BrokerConfig, brokerConfig, reloadable } from './config.ts'

/** Read at each use, so that a change counts from the next request. */
export class Settings {
  #current: BrokerConfig

  constructor(config: BrokerConfig) {
    this.#current = Object.freeze({ ...config })
  }

  get current(): BrokerConfig {
    return this.#current
  }

  /**
   * Changes what may be changed: all of it or nothing. Throws `permission-denied` for a key
   * outside the list and `invalid-argument` for a value that does not fit.
   */
  update(changes: ReadonlyMap<string, string>): void {
    for (const key of changes.keys()) {
      if (!reloadable.has(key as keyof BrokerConfig)) {
        throw new MqError('permission-denied', 'the setting cannot be changed', { key })
      }
    }
    const parsed = brokerConfig.safeParse({ ...this.#current, ...Object.fromEntries(changes) })
    if (!parsed.success) {
      const key = String(parsed.error.issues[0]?.path[0] ?? '')
      throw new MqError('invalid-argument', 'the value does not fit the setting', { key })
    }
    this.#current = Object.freeze(parsed.data)
  }
}
