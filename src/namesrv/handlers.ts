// Every request that the namesrv serves. Anything else is answered "not supported".

import { authHandlers } from '../guard/handlers/auth.ts'
import type { Handler } from '../remoting/dispatch.ts'
import type { NamesrvPorts } from './handler.ts'
import {
  onDeleteKvConfig,
  onGetKvConfig,
  onGetKvListByNamespace,
  onPutKvConfig,
} from './handlers/kv.ts'
import {
  onBrokerHeartbeat,
  onGetBrokerMemberGroup,
  onQueryDataVersion,
  onRegisterBroker,
  onUnregisterBroker,
} from './handlers/registration.ts'
import {
  onAddWritePerm,
  onDeleteTopic,
  onGetAllTopicList,
  onGetBrokerClusterInfo,
  onGetHasUnitSubTopicList,
  onGetHasUnitSubUnunitTopicList,
  onGetNamesrvConfig,
  onGetRouteInfoByTopic,
  onGetSystemTopicList,
  onGetTopicsByCluster,
  onGetUnitTopicList,
  onRegisterTopic,
  onUpdateNamesrvConfig,
  onWipeWritePerm,
} from './handlers/route.ts'

export const handlers: readonly Handler<NamesrvPorts>[] = [
  onAddWritePerm,
  onBrokerHeartbeat,
  onDeleteKvConfig,
  onDeleteTopic,
  onGetAllTopicList,
  onGetBrokerClusterInfo,
  onGetBrokerMemberGroup,
  onGetHasUnitSubTopicList,
  onGetHasUnitSubUnunitTopicList,
  onGetKvConfig,
  onGetKvListByNamespace,
  onGetNamesrvConfig,
  onGetRouteInfoByTopic,
  onGetSystemTopicList,
  onGetTopicsByCluster,
  onGetUnitTopicList,
  onPutKvConfig,
  onQueryDataVersion,
  onRegisterBroker,
  onRegisterTopic,
  onUnregisterBroker,
  onUpdateNamesrvConfig,
  onWipeWritePerm,
  ...authHandlers,
]
