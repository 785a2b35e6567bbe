// Who may consume an ordered queue. One client of a group at a time, for as long as it renews.
//
// Source: RebalanceLockManager. The lease lives in memory only, as there.

import type { Clock } from '../base/clock.ts'
import type { QueueKey, QueueLocks } from './ports.ts'

/** Source: rocketmq.broker.rebalance.lockMaxLiveTime. */
const leaseMs = 60_000

type Lease = { clientId: string; until: number }

/** The leases. Expired ones are swept by {@link sweep}, which the broker calls now and then. */
export class LockTable implements QueueLocks {
  readonly #clock: Clock
  readonly #groups = new Map<string, Map<string, Lease>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  lock(group: string, queue: QueueKey, clientId: string): boolean {
    const now = this.#clock.monotonic()
    const leases = this.#groups.get(group) ?? new Map<string, Lease>()
    const key = keyOf(queue)
    const lease = leases.get(key)
    if (lease && lease.clientId !== clientId && lease.until > now) return false
    leases.set(key, { clientId, until: now + leaseMs })
    this.#groups.set(group, leases)
    return true
  }

  unlock(group: string, queue: QueueKey, clientId: string): void {
    const leases = this.#groups.get(group)
    const key = keyOf(queue)
    if (!leases || leases.get(key)?.clientId !== clientId) return
    leases.delete(key)
    if (leases.size === 0) this.#groups.delete(group)
  }

  isAnyLocked(group: string): boolean {
    const now = this.#clock.monotonic()
    for (const lease of this.#groups.get(group)?.values() ?? []) if (lease.until > now) return true
    return false
  }

  sweep(): void {
    const now = this.#clock.monotonic()
    for (const [group, leases] of this.#groups) {
      for (const [key, lease] of leases) if (lease.until <= now) leases.delete(key)
      if (leases.size === 0) this.#groups.delete(group)
    }
  }
}

const keyOf = ({ topic, queueId }: QueueKey): string => `${topic}@${queueId}`
