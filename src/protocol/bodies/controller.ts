// What brokers and tools exchange with a controller (1001 to 1008).

import { body, bool, intMap, list, map, object, optional, orElse, text, whole } from './shape.ts'

const ids = list(whole)

/** Who is in sync with the master, the master included. Source: SyncStateSet */
export const syncStateSet = body(object({ syncStateSet: ids, syncStateSetEpoch: orElse(whole, 0) }))

/** Source: ElectMasterResponseBody */
export const electedMaster = body(
  object({
    brokerMemberGroup: optional(
      object({ brokerAddrs: intMap(text), brokerName: text, cluster: text }),
    ),
    syncStateSet: ids,
  }),
)

/** Of GET_SYNC_STATE_DATA. */
export const brokerNames = body(list(text))

const replica = object({ alive: bool, brokerAddress: text, brokerId: whole, brokerName: text })

/** Source: BrokerReplicasInfo */
export const brokerReplicas = body(
  object({
    replicasInfoTable: map(
      object({
        inSyncReplicas: list(replica),
        masterAddress: optional(text),
        masterBrokerId: optional(whole),
        masterEpoch: whole,
        notInSyncReplicas: list(replica),
        syncStateSetEpoch: whole,
      }),
    ),
  }),
)
