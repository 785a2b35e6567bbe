// The limits of reads from disk that tools can set for groups, as an Apache broker keeps them
// whose `coldDataFlowControlEnable` is off, which is its default: they can be set, listed and
// removed, and hold up nobody. Here a cold read does not stand in the way of others.
//
// Serves UPDATE_COLD_DATA_FLOW_CTR_CONFIG, REMOVE_COLD_DATA_FLOW_CTR_CONFIG,
// GET_COLD_DATA_FLOW_CTR_INFO, SET_COMMITLOG_READ_MODE (checked and answered; the store reads
// ahead as its cold reads need it).
//
// Source: AdminBrokerProcessor, ColdDataCgCtrService.

import { MqError } from '../../base/errors.ts'
import { parseProperties } from '../../base/java-properties.ts'
import {
  getColdDataFlowCtrInfo,
  removeColdDataFlowCtrConfig,
  setCommitLogReadMode,
  updateColdDataFlowCtrConfig,
} from '../../protocol/requests/admin.ts'
import { handle } from '../handler.ts'
import { jsonReply } from '../json-body.ts'

const groupsMax = 10_000
/** Bytes in a second; Java's defaults of both settings. */
const cgColdReadThreshold = 3 * 1024 * 1024
const globalColdReadThreshold = 100 * 1024 * 1024

const onUpdate = handle(updateColdDataFlowCtrConfig, (_, { coldReadLimits }, call) => {
  const given = [...parseProperties(Buffer.from(call.body).toString('utf8'))]
  for (const [group, limit] of given) {
    if (/^\d{1,15}$/.test(limit)) continue
    throw new MqError('broker-error', 'a limit is a number of bytes', { group })
  }
  if (coldReadLimits.size + given.length > groupsMax) {
    throw new MqError('rate-limited', 'too many groups have a limit', { groupsMax })
  }
  for (const [group, limit] of given) coldReadLimits.set(group, Number(limit))
  return {}
})

const onRemove = handle(removeColdDataFlowCtrConfig, (_, { coldReadLimits }, call) => {
  coldReadLimits.delete(Buffer.from(call.body).toString('utf8'))
  return {}
})

const onGet = handle(getColdDataFlowCtrInfo, (_, { coldReadLimits }) =>
  jsonReply({
    runtimeTable: {},
    configTable: Object.fromEntries(coldReadLimits),
    cgColdReadThreshold,
    globalColdReadThreshold,
    globalAcc: 0,
  }),
)

const onSetReadMode = handle(setCommitLogReadMode, ({ READ_AHEAD_MODE: mode }) => {
  // MADV_NORMAL and MADV_RANDOM.
  if (mode === '0' || mode === '1') {
    return { remark: `set commitlog readahead mode success, mode: ${mode}` }
  }
  throw new MqError('invalid-argument', 'set commitlog readahead mode param value error')
})

export const coldDataHandlers = [onUpdate, onRemove, onGet, onSetReadMode]
