// Every request that the controller serves. Anything else is answered "not supported".

import type { Handler } from '../remoting/dispatch.ts'
import type { ControllerPorts } from './handler.ts'
import {
  onAlterSyncStateSet,
  onApplyBrokerId,
  onCleanBrokerData,
  onElectMaster,
  onGetControllerConfig,
  onGetMetadataInfo,
  onGetNextBrokerId,
  onGetReplicaInfo,
  onGetSyncStateData,
  onRegisterBroker,
  onUpdateControllerConfig,
} from './handlers/controller.ts'
import { onBrokerHeartbeat } from './handlers/heartbeat.ts'

export const handlers: readonly Handler<ControllerPorts>[] = [
  onAlterSyncStateSet,
  onApplyBrokerId,
  onBrokerHeartbeat,
  onCleanBrokerData,
  onElectMaster,
  onGetControllerConfig,
  onGetMetadataInfo,
  onGetNextBrokerId,
  onGetReplicaInfo,
  onGetSyncStateData,
  onRegisterBroker,
  onUpdateControllerConfig,
]
