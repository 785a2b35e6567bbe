// Who is master: what brokers and tools ask the controller.

import { bool, i32, i64, maybe, orElse, text } from '../field.ts'
import { request } from '../request.ts'

const master = { masterBrokerId: maybe(i64), masterAddress: maybe(text), masterEpoch: maybe(i32) }
const brokerSet = { clusterName: maybe(text), brokerName: maybe(text) }

/** The body is the new in-sync set. */
export const controllerAlterSyncStateSet = request({
  code: 1001,
  name: 'CONTROLLER_ALTER_SYNC_STATE_SET',
  servedBy: 'controller',
  access: 'peer',
  source: 'AlterSyncStateSetRequestHeader',
  header: { brokerName: text, masterBrokerId: i64, masterEpoch: i32, invokeTime: maybe(i64) },
  reply: { newSyncStateSetEpoch: maybe(i32) },
})

export const controllerElectMaster = request({
  code: 1002,
  name: 'CONTROLLER_ELECT_MASTER',
  servedBy: 'controller',
  access: { cluster: 'Update' },
  source: 'ElectMasterRequestHeader',
  header: {
    clusterName: text,
    brokerName: text,
    brokerId: orElse(i64, -1),
    designateElect: orElse(bool, false),
    invokeTime: maybe(i64),
  },
  reply: { ...master, syncStateSetEpoch: maybe(i32) },
})

export const controllerRegisterBroker = request({
  code: 1003,
  name: 'CONTROLLER_REGISTER_BROKER',
  servedBy: 'controller',
  access: 'peer',
  source: 'RegisterBrokerToControllerRequestHeader',
  header: {
    ...brokerSet,
    brokerId: maybe(i64),
    brokerAddress: maybe(text),
    invokeTime: maybe(i64),
  },
  reply: { ...brokerSet, ...master, syncStateSetEpoch: maybe(i32) },
})

export const controllerGetReplicaInfo = request({
  code: 1004,
  name: 'CONTROLLER_GET_REPLICA_INFO',
  servedBy: 'controller',
  access: 'peer',
  source: 'GetReplicaInfoRequestHeader',
  header: { brokerName: text },
  reply: master,
})

export const controllerGetMetadataInfo = request({
  code: 1005,
  name: 'CONTROLLER_GET_METADATA_INFO',
  servedBy: 'controller',
  access: { cluster: 'Get' },
  source: 'GetMetaDataResponseHeader',
  header: {},
  reply: {
    group: maybe(text),
    controllerLeaderId: maybe(text),
    controllerLeaderAddress: maybe(text),
    isLeader: maybe(bool),
    peers: maybe(text),
    /** Ours: heartbeats are answered with a lease of so many ms at most. */
    rwLeaseMs: maybe(i64),
  },
})

/** The body is a JSON array of broker names. */
export const controllerGetSyncStateData = request({
  code: 1006,
  name: 'CONTROLLER_GET_SYNC_STATE_DATA',
  servedBy: 'controller',
  access: { cluster: 'Get' },
  source: 'BrokerReplicasInfo',
  header: {},
})

export const updateControllerConfig = request({
  code: 1009,
  name: 'UPDATE_CONTROLLER_CONFIG',
  servedBy: 'controller',
  access: { cluster: 'Update' },
  source: 'RequestCode.UPDATE_CONTROLLER_CONFIG',
  header: {},
})

export const getControllerConfig = request({
  code: 1010,
  name: 'GET_CONTROLLER_CONFIG',
  servedBy: 'controller',
  access: { cluster: 'Get' },
  source: 'RequestCode.GET_CONTROLLER_CONFIG',
  header: {},
})

export const cleanBrokerData = request({
  code: 1011,
  name: 'CLEAN_BROKER_DATA',
  servedBy: 'controller',
  access: { cluster: 'Update' },
  source: 'CleanControllerBrokerDataRequestHeader',
  header: {
    clusterName: maybe(text),
    brokerName: text,
    brokerControllerIdsToClean: maybe(text),
    isCleanLivingBroker: orElse(bool, false),
    invokeTime: maybe(i64),
  },
})

export const controllerGetNextBrokerId = request({
  code: 1012,
  name: 'CONTROLLER_GET_NEXT_BROKER_ID',
  servedBy: 'controller',
  access: 'peer',
  source: 'GetNextBrokerIdRequestHeader',
  header: brokerSet,
  reply: { ...brokerSet, nextBrokerId: maybe(i64) },
})

export const controllerApplyBrokerId = request({
  code: 1013,
  name: 'CONTROLLER_APPLY_BROKER_ID',
  servedBy: 'controller',
  access: 'peer',
  source: 'ApplyBrokerIdRequestHeader',
  header: { ...brokerSet, appliedBrokerId: maybe(i64), registerCheckCode: maybe(text) },
  reply: brokerSet,
})
