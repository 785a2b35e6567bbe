// What the settings of a broker mean for replication.

import { MqError } from '../../base/errors.ts'
import type { BrokerConfig } from '../config.ts'
import type { InSyncSettings } from './in-sync.ts'
import type { Role } from './ports.ts'

export const isControlled = (config: BrokerConfig): boolean => config.enableControllerMode

/** A controller's master always waits as a SYNC_MASTER does. */
export const isSyncMaster = (config: BrokerConfig): boolean =>
  isControlled(config) || config.brokerRole === 'SYNC_MASTER'

/** The role at the start. Throws when the settings contradict each other, as Java exits. */
export function startRole(config: BrokerConfig): Role {
  if (isControlled(config)) return 'none'
  if (config.brokerRole === 'SLAVE' && config.brokerId === 0) {
    throw new MqError('invalid-argument', 'a slave needs a brokerId above 0')
  }
  return config.brokerId > 0 ? 'slave' : 'master'
}

export function inSyncSettings(config: BrokerConfig): InSyncSettings {
  const isSync = isSyncMaster(config)
  const fallback = config.brokerRole === 'SYNC_MASTER' && !isControlled(config) ? 2 : 1
  return {
    isControlled: isControlled(config),
    inSyncReplicas: isSync ? (config.inSyncReplicas ?? fallback) : 1,
    minInSyncReplicas: isSync ? config.minInSyncReplicas : 1,
    enableAutoInSyncReplicas: config.enableAutoInSyncReplicas,
    allAckInSyncStateSet: config.allAckInSyncStateSet,
    haMaxGapNotInSync: config.haMaxGapNotInSync,
    haMaxTimeSlaveNotCatchup: config.haMaxTimeSlaveNotCatchup,
    checkSyncStateSetPeriod: config.checkSyncStateSetPeriod,
    zone: isSync && config.acknowledgeFromOtherZone ? config.zoneName : '',
  }
}
