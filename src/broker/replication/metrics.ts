// Role and gap, for whoever watches.

import type { Histogram, Metrics } from '../../base/metrics.ts'
import type { ReplicationPort } from './ports.ts'

/** Bounds in seconds. */
const lagBounds = [
  ...[0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
]

export const lagHistogram = (metrics: Metrics): Histogram =>
  metrics.histogram(
    'rocketway_replication_lag_seconds',
    'From when a master has something until it knows that a slave has it.',
    lagBounds,
  )

export function measureReplication(metrics: Metrics, replication: ReplicationPort): void {
  metrics.gauge('rocketway_broker_role', '1 for the role that the broker has.', (set) => {
    for (const role of ['master', 'slave', 'none']) {
      set(replication.role === role ? 1 : 0, { role })
    }
  })
  metrics.gauge('rocketway_replication_gap_bytes', 'Log that a slave has not yet.', (set) => {
    if (replication.role !== 'master') return
    for (const { remote, ackPosition } of replication.slaves) {
      set(replication.maxPosition - ackPosition, { slave: remote })
    }
  })
  metrics.gauge('rocketway_replication_in_sync_count', 'Replicas in sync.', (set) => {
    if (replication.role === 'master') set(replication.inSyncCount)
  })
}
