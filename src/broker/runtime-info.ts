// The figures of GET_BROKER_RUNTIME_INFO that Apache's tools read; a missing one breaks them.
//
// Not served: rates and percentiles, which are 0; pool and timer figures, of which there are
// none here. Source: AdminBrokerProcessor.prepareRuntimeInfo, ClusterListSubCommand.

import type { BrokerPorts } from './handler.ts'
import type { LogPositions } from './ports.ts'

const queueFigures = ['send', 'pull', 'ack', 'query', 'litePull', 'endTransaction']
const zeroCounters = [
  'msgPutTotalYesterdayMorning',
  'msgPutTotalTodayMorning',
  'msgPutTotalTodayNow',
  'msgGetTotalYesterdayMorning',
  'msgGetTotalTodayMorning',
  'msgGetTotalTodayNow',
  'timerReadBehind',
  'timerOffsetBehind',
  'timerCongestNum',
  'pageCacheLockTimeMills',
  'dispatchBehindBytes',
]
const rates = ['putTps', 'getTransferredTps', 'getFoundTps', 'getMissTps', 'getTotalTps']

export function runtimeInfo(
  ports: Pick<BrokerPorts, 'self' | 'clock' | 'log'>,
  positions: LogPositions,
): Record<string, string> {
  const { startedAt } = ports.self
  const now = ports.clock.now()
  const table: Record<string, string> = {
    brokerVersion: '513',
    brokerVersionDesc: 'V5_5_0',
    brokerActive: 'true',
    bootTimestamp: String(startedAt),
    startAcceptSendRequestTimeStamp: '0',
    runtime: duration(now - startedAt),
    commitLogMinOffset: String(positions.minPosition),
    commitLogMaxOffset: String(positions.maxPosition),
    remainHowManyDataToFlush: `${positions.maxPosition - positions.flushedPosition} B`,
    earliestMessageTimeStamp: String(startedAt),
    commitLogDiskRatio: '0.0',
    consumeQueueDiskRatio: '0.0',
    timerEnqueueTps: '0.0',
    timerDequeueTps: '0.0',
  }
  for (const name of zeroCounters) table[name] = '0'
  for (const name of rates) table[name] = '0.0 0.0 0.0'
  for (const name of queueFigures) {
    table[`${name}ThreadPoolQueueSize`] = '0'
    table[`${name}ThreadPoolQueueHeadWaitTimeMills`] = '0'
  }
  return table
}

/** `[ 0 days, 1 hours, 2 minutes, 3 seconds ]` */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor(seconds / 3600) % 24
  const minutes = Math.floor(seconds / 60) % 60
  return `[ ${days} days, ${hours} hours, ${minutes} minutes, ${seconds % 60} seconds ]`
}
