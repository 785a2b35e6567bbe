// Broker to broker: what a slave copies beside the log.

import { i32, i64, maybe, text } from '../field.ts'
import { request } from '../request.ts'

export const getAllConsumerOffset = request({
  code: 43,
  name: 'GET_ALL_CONSUMER_OFFSET',
  servedBy: 'broker',
  access: 'peer',
  source: 'ConsumerOffsetSerializeWrapper',
  header: {},
})

export const getAllDelayOffset = request({
  code: 45,
  name: 'GET_ALL_DELAY_OFFSET',
  servedBy: 'broker',
  access: 'peer',
  source: 'DelayOffsetSerializeWrapper',
  header: {},
})

/** Both ways: the master answers its own three. */
const haInfo = {
  masterHaAddress: maybe(text),
  masterFlushOffset: maybe(i64),
  masterAddress: maybe(text),
}

export const exchangeBrokerHaInfo = request({
  code: 906,
  name: 'EXCHANGE_BROKER_HA_INFO',
  servedBy: 'broker',
  access: 'peer',
  source: 'ExchangeHAInfoRequestHeader',
  /** `rwSlaveZone`: the caller is a slave; `rwSlaveToken` lets it in at the port for slaves. Ours. */
  header: { ...haInfo, rwSlaveZone: maybe(text) },
  reply: { ...haInfo, rwSlaveToken: maybe(text) },
})

export const getBrokerHaStatus = request({
  code: 907,
  name: 'GET_BROKER_HA_STATUS',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'HARuntimeInfo',
  header: {},
})

export const getBrokerEpochCache = request({
  code: 1007,
  name: 'GET_BROKER_EPOCH_CACHE',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'EpochEntryCache',
  header: {},
})

/** From the controller; the body is the in-sync set. */
export const notifyBrokerRoleChanged = request({
  code: 1008,
  name: 'NOTIFY_BROKER_ROLE_CHANGED',
  servedBy: 'broker',
  access: 'peer',
  source: 'NotifyBrokerRoleChangedRequestHeader',
  header: {
    masterAddress: maybe(text),
    masterEpoch: maybe(i32),
    syncStateSetEpoch: maybe(i32),
    masterBrokerId: maybe(i64),
  },
})
