// Who is master, looked at all the time.
//
// I9 epochs never go back and each has one master · I14 whoever was healed is in sync again: the
// rounds wait for that.

import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultCluster } from './cluster.ts'

const periodMs = 50

export class Mastership {
  readonly problems: string[] = []
  /** By epoch: the broker's id, once there is one. */
  readonly #masters = new Map<number, number>()
  readonly #cluster: FaultCluster
  #isStopped = false
  readonly #watching: Promise<void>

  constructor(cluster: FaultCluster) {
    this.#cluster = cluster
    this.#watching = this.#watch()
  }

  /** Elections that were seen, the first not counted. */
  get elections(): number {
    return this.#masters.size - 1
  }

  async end(): Promise<void> {
    this.#isStopped = true
    await this.#watching
  }

  async #watch(): Promise<void> {
    let newest = 0
    while (!this.#isStopped) {
      const found = await this.#cluster.replicas()
      if (found) {
        const { epoch, master } = found
        if (epoch < newest) this.problems.push(`I9: epoch ${epoch} after ${newest}`)
        newest = Math.max(newest, epoch)
        const before = this.#masters.get(epoch) ?? master
        if (master !== undefined && before !== undefined) {
          if (before !== master) this.problems.push(`I9: ${before} and ${master} in epoch ${epoch}`)
          this.#masters.set(epoch, before)
        }
      }
      await sleep(periodMs)
    }
  }
}
