// The two sides of the port for slaves, with the settings of this broker.

import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Metrics } from '../../base/metrics.ts'
import type { Address, Network } from '../../base/network.ts'
import type { Random } from '../../base/random.ts'
import type { ReplicaLog } from '../../store/replica-log.ts'
import type { Epochs } from '../../store/replication/epochs.ts'
import { type MasterParts, ReplicationMaster } from '../../store/replication/master.ts'
import { ReplicationSlave, type SlaveParts } from '../../store/replication/slave.ts'
import type { Mode } from '../../store/replication/wire.ts'
import type { BrokerConfig } from '../config.ts'
import type { Appender } from '../ports.ts'
import type { MasterFinder } from './master-finder.ts'
import { lagHistogram } from './metrics.ts'

export type ReplicationParts = {
  readonly config: BrokerConfig
  readonly network: Network
  readonly clock: Clock
  readonly random: Pick<Random, 'bytes'>
  readonly log: Log
  readonly metrics: Metrics
  readonly store: Appender & { readonly replica: ReplicaLog }
  readonly epochs: Epochs
  readonly finder: MasterFinder
  /** The broker's id as others see it. */
  readonly identity: { is(brokerId: number): void; readonly brokerId: number }
  readonly address: Address
  /** The address that slaves are told. */
  readonly announcedHost: string
}

const modeOf = ({ enableControllerMode }: BrokerConfig): Mode =>
  enableControllerMode ? 'auto-switch' : 'classic'

const timing = (config: BrokerConfig) => ({
  heartbeatMs: config.haSendHeartbeatInterval,
  idleMs: config.haHousekeepingInterval,
})

export function makeMaster(
  { network, clock, log, metrics, epochs, address, store, config }: ReplicationParts,
  hooks: Pick<MasterParts, 'admits' | 'open' | 'confirmed' | 'onAck' | 'onClose'>,
): ReplicationMaster {
  const lag = lagHistogram(metrics)
  return new ReplicationMaster({
    network,
    clock,
    log,
    epochs,
    address,
    orAnyPort: config.haListenPort === 0,
    source: store.replica,
    settings: {
      ...timing(config),
      mode: modeOf(config),
      batchSize: config.haTransferBatchSize,
    },
    onLag: (lagMs) => lag.record(lagMs / 1000),
    ...hooks,
  })
}

export function makeSlave(
  { network, clock, log, epochs, store, config, finder }: ReplicationParts,
  hooks: Pick<SlaveParts, 'slaveId' | 'onConfirmed'>,
): ReplicationSlave {
  return new ReplicationSlave({
    network,
    clock,
    log,
    epochs,
    ...timing(config),
    mode: modeOf(config),
    sink: store.replica,
    fromLastFile: config.syncFromLastFile,
    isLearner: config.asyncLearner,
    master: () => finder.find(),
    ...hooks,
  })
}
