// The broker itself: its settings, figures and housekeeping.

import { i64, maybe, text } from '../field.ts'
import { request } from '../request.ts'

/** The body is properties text. */
export const updateBrokerConfig = request({
  code: 25,
  name: 'UPDATE_BROKER_CONFIG',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'UpdateBrokerConfigRequestHeader',
  header: {},
})

/** `version` is a DataVersion as JSON; the body is properties text. */
export const getBrokerConfig = request({
  code: 26,
  name: 'GET_BROKER_CONFIG',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'GetBrokerConfigResponseHeader',
  header: {},
  reply: { version: text },
})

export const getBrokerRuntimeInfo = request({
  code: 28,
  name: 'GET_BROKER_RUNTIME_INFO',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'KVTable',
  header: {},
})

export const cleanExpiredConsumeQueue = request({
  code: 306,
  name: 'CLEAN_EXPIRED_CONSUMEQUEUE',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE',
  header: {},
})

export const cleanUnusedTopic = request({
  code: 316,
  name: 'CLEAN_UNUSED_TOPIC',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'RequestCode.CLEAN_UNUSED_TOPIC',
  header: {},
})

export const deleteExpiredCommitLog = request({
  code: 329,
  name: 'DELETE_EXPIRED_COMMITLOG',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'RequestCode.DELETE_EXPIRED_COMMITLOG',
  header: {},
})

export const viewBrokerStatsData = request({
  code: 315,
  name: 'VIEW_BROKER_STATS_DATA',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'ViewBrokerStatsDataRequestHeader',
  header: { statsName: text, statsKey: text },
})

/** Binary: the timer's part of its checkpoint file. */
export const getTimerCheckPoint = request({
  code: 60,
  name: 'GET_TIMER_CHECK_POINT',
  servedBy: 'broker',
  access: 'peer',
  source: 'RequestCode.GET_TIMER_CHECK_POINT',
  header: {},
  /** What it calls delivered ends there, in the commit log. Ours. */
  reply: { rwEndPosition: maybe(i64) },
})

export const getTimerMetrics = request({
  code: 61,
  name: 'GET_TIMER_METRICS',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'RequestCode.GET_TIMER_METRICS',
  header: {},
})

export const exportRocksdbConfigToJson = request({
  code: 355,
  name: 'EXPORT_ROCKSDB_CONFIG_TO_JSON',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'ExportRocksDBConfigToJsonRequestHeader',
  header: { typeName: maybe(text), configType: text },
})

export const updateColdDataFlowCtrConfig = request({
  code: 2001,
  name: 'UPDATE_COLD_DATA_FLOW_CTR_CONFIG',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'RequestCode.UPDATE_COLD_DATA_FLOW_CTR_CONFIG',
  header: {},
})

export const removeColdDataFlowCtrConfig = request({
  code: 2002,
  name: 'REMOVE_COLD_DATA_FLOW_CTR_CONFIG',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'RequestCode.REMOVE_COLD_DATA_FLOW_CTR_CONFIG',
  header: {},
})

export const getColdDataFlowCtrInfo = request({
  code: 2003,
  name: 'GET_COLD_DATA_FLOW_CTR_INFO',
  servedBy: 'broker',
  access: { cluster: 'Get' },
  source: 'RequestCode.GET_COLD_DATA_FLOW_CTR_INFO',
  header: {},
})

export const setCommitLogReadMode = request({
  code: 2004,
  name: 'SET_COMMITLOG_READ_MODE',
  servedBy: 'broker',
  access: { cluster: 'Update' },
  source: 'RequestCode.SET_COMMITLOG_READ_MODE',
  header: { READ_AHEAD_MODE: maybe(text) },
})

/** Where a slave's log ends that has just been emptied, as its master sees it. */
export const resetMasterFlushOffset = request({
  code: 908,
  name: 'RESET_MASTER_FLUSH_OFFSET',
  servedBy: 'broker',
  access: 'peer',
  source: 'ResetMasterFlushOffsetHeader',
  header: { masterFlushOffset: i64 },
})
