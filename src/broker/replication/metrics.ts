// Role and gap, for whoever watches.

import type { Metrics } from '../../base/metrics.ts'
import type { ReplicationPort } from './ports.ts'

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
