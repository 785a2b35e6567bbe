// What brokers tell a namesrv, and it them.

import { bool, i32, i64, maybe, named, orElse, text } from '../field.ts'
import { request } from '../request.ts'

const broker = { brokerName: text, brokerAddr: text, clusterName: text }

/** The body is RegisterBrokerBody; the answer's body is a KVTable of the ordered topics. */
export const registerBroker = request({
  code: 103,
  name: 'REGISTER_BROKER',
  servedBy: 'namesrv',
  access: 'peer',
  source: 'RegisterBrokerRequestHeader',
  header: {
    ...broker,
    haServerAddr: text,
    /** 0 is the master. */
    brokerId: i64,
    heartbeatTimeoutMillis: maybe(i64),
    enableActingMaster: maybe(bool),
    compressed: orElse(bool, false),
    /** Of the body, without the sign bit; 0: not checked. */
    bodyCrc32: orElse(i32, 0),
    zoneName: named('__ZONE_NAME', maybe(text)),
  },
  reply: { haServerAddr: maybe(text), masterAddr: maybe(text) },
})

export const unregisterBroker = request({
  code: 104,
  name: 'UNREGISTER_BROKER',
  servedBy: 'namesrv',
  access: 'peer',
  source: 'UnRegisterBrokerRequestHeader',
  header: { ...broker, brokerId: i64 },
})

/** Also sent to a controller. */
export const brokerHeartbeat = request({
  code: 904,
  name: 'BROKER_HEARTBEAT',
  servedBy: 'namesrv',
  access: 'peer',
  source: 'BrokerHeartbeatRequestHeader',
  header: {
    ...broker,
    brokerId: maybe(i64),
    epoch: maybe(i32),
    maxOffset: maybe(i64),
    confirmOffset: maybe(i64),
    /** Java's spelling. */
    heartbeatTimeoutMills: maybe(i64),
    electionPriority: maybe(i32),
  },
  /** Ours, from a controller that leads: see docs/decisions/0003. */
  reply: {
    rwMasterBrokerId: maybe(i64),
    rwMasterEpoch: maybe(i32),
    rwSyncStateSetEpoch: maybe(i32),
    /** For the master of `rwMasterEpoch`: how long after sending it may acknowledge. ms. */
    rwLeaseMs: maybe(i64),
  },
})

/** Both bodies are DataVersions. */
export const queryDataVersion = request({
  code: 322,
  name: 'QUERY_DATA_VERSION',
  servedBy: 'namesrv',
  access: 'peer',
  source: 'QueryDataVersionRequestHeader',
  header: { ...broker, brokerId: i64 },
  reply: { changed: bool },
})

export const getBrokerMemberGroup = request({
  code: 901,
  name: 'GET_BROKER_MEMBER_GROUP',
  servedBy: 'namesrv',
  access: 'peer',
  source: 'GetBrokerMemberGroupRequestHeader',
  header: { clusterName: text, brokerName: text },
})

/** One-way, from a namesrv: who acts for the master of the set now. */
export const notifyMinBrokerIdChange = request({
  code: 905,
  name: 'NOTIFY_MIN_BROKER_ID_CHANGE',
  servedBy: 'broker',
  access: 'peer',
  source: 'NotifyMinBrokerIdChangeRequestHeader',
  header: {
    minBrokerId: maybe(i64),
    brokerName: maybe(text),
    minBrokerAddr: maybe(text),
    offlineBrokerAddr: maybe(text),
    haBrokerAddr: maybe(text),
  },
})
