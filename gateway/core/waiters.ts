// How many calls wait at the same time, and the most that may.

import { MqError } from '../../src/base/errors.ts'
import type { Metrics } from '../../src/base/metrics.ts'

export class Waiters {
  readonly #countMax: number
  #count = 0

  constructor(countMax: number, metrics: Metrics) {
    this.#countMax = countMax
    metrics.gauge('rocketway_gateway_waiters_count', 'Calls that wait for messages', (set) =>
      set(this.#count),
    )
  }

  async wait<T>(run: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#countMax) {
      throw new MqError('too-many-waiters', undefined, { countMax: this.#countMax })
    }
    this.#count += 1
    try {
      return await run()
    } finally {
      this.#count -= 1
    }
  }
}
