// The figures of GET_BROKER_RUNTIME_INFO that Apache's tools read; a missing one breaks them.
//
// Not served: figures of pools, of which there are none here, so they are 0.
// Source: AdminBrokerProcessor.prepareRuntimeInfo, ClusterListSubCommand.

import type { BrokerPorts } from './handler.ts'
import type { RateName } from './stats.ts'
import type { TimerFigures } from './timer/timer.ts'

const queueFigures = ['send', 'pull', 'ack', 'query', 'litePull', 'endTransaction']
const zeroCounters = ['pageCacheLockTimeMills', 'dispatchBehindBytes']

/** `earliestMs`: when the first message of the log was stored; -1 when there is none. */
export function runtimeInfo(
  ports: Pick<
    BrokerPorts,
    'self' | 'clock' | 'stats' | 'positions' | 'diskSpace' | 'settings' | 'timerFigures'
  >,
  earliestMs: number,
): Record<string, string> {
  const { positions } = ports
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
    remainHowManyDataToFlush: size(positions.maxPosition - positions.flushedPosition),
    earliestMessageTimeStamp: String(earliestMs),
    EndTransactionQueueSize: '0',
    EndTransactionThreadPoolQueueCapacity: String(ports.settings.current.maxHeldRequests),
    remainTransientStoreBufferNumbs: noTransientPool,
    dispatchMaxBuffer: '0',
    ...diskFigures(ports.diskSpace()),
    ...countFigures(ports.stats),
    ...timeFigures(ports.stats),
    ...timerFigures(ports.timerFigures(), ports.stats),
  }
  // There are no pools: what may wait is bounded by the count of held requests.
  const held = String(ports.settings.current.maxHeldRequests)
  for (const name of zeroCounters) table[name] = '0'
  for (const name of queueFigures) {
    table[`${name}ThreadPoolQueueSize`] = '0'
    table[`${name}ThreadPoolQueueHeadWaitTimeMills`] = '0'
    table[`${name}ThreadPoolQueueCapacity`] = held
  }
  return table
}

function diskFigures(space: ReturnType<BrokerPorts['diskSpace']>): Record<string, string> {
  const { total, used, free } = space
  const ratio = used + free > 0 ? decimal(used / (used + free)) : '-1.0'
  return {
    commitLogDirCapacity: `Total : ${size(total)}, Free : ${size(total - used)}.`,
    commitLogDiskRatio: ratio,
    consumeQueueDiskRatio: ratio,
  }
}

function countFigures(stats: BrokerPorts['stats']): Record<string, string> {
  const { totals, mornings } = stats
  const rates = (...names: RateName[]): string => {
    const each = names.map((name) => stats.rates(name))
    const sums = [0, 1, 2].map((window) => {
      const values = each.map((one) => one[window])
      return values.some((value) => value === undefined)
        ? ''
        : decimal(values.reduce<number>((sum, value) => sum + (value ?? 0), 0))
    })
    return sums.join(' ')
  }
  return {
    putTps: rates('putMessages'),
    getTransferredTps: rates('gotMessages'),
    getFoundTps: rates('found'),
    getMissTps: rates('missed'),
    getTotalTps: rates('found', 'missed'),
    putMessageTimesTotal: String(totals.putMessages),
    putMessageFailedTimes: String(totals.putFailures),
    putMessageSizeTotal: String(totals.putBytes),
    putMessageAverageSize: decimal(
      totals.putMessages > 0 ? totals.putBytes / totals.putMessages : 0,
    ),
    msgPutTotalYesterdayMorning: String(mornings.yesterday.puts),
    msgPutTotalTodayMorning: String(mornings.today.puts),
    msgPutTotalTodayNow: String(totals.userPuts),
    msgGetTotalYesterdayMorning: String(mornings.yesterday.gets),
    msgGetTotalTodayMorning: String(mornings.today.gets),
    msgGetTotalTodayNow: String(totals.userGets),
  }
}

function timeFigures({ latencies }: BrokerPorts['stats']): Record<string, string> {
  return {
    putMessageDistributeTime: latencies.distribution,
    putMessageEntireTimeMax: String(latencies.putMaxMs),
    getMessageEntireTimeMax: String(latencies.readMaxMs),
    putLatency99: latencies.percentile(0.99).toFixed(2),
    putLatency999: latencies.percentile(0.999).toFixed(2),
  }
}

function timerFigures(
  figures: TimerFigures | undefined,
  { timerRates }: BrokerPorts['stats'],
): Record<string, string> {
  const waiting = figures?.waiting ?? []
  return {
    timerEnqueueTps: decimal(timerRates.enqueue),
    timerDequeueTps: decimal(timerRates.dequeue),
    timerReadBehind: String(figures?.lateSeconds ?? 0),
    timerOffsetBehind: String(figures?.notTakenIn ?? 0),
    timerCongestNum: String(waiting.reduce((sum, { count }) => sum + count, 0)),
  }
}

/** As Java prints a double: never without a fraction. */
const decimal = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))

/** Integer.MAX_VALUE, as Java prints it without such a pool. */
const noTransientPool = '2147483647'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `6.3 KiB` */
function size(bytes: number): string {
  const unit = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  return unit === 0 ? `${bytes} B` : `${(bytes / 1024 ** unit).toFixed(1)} ${units[unit]}`
}

/** `[ 0 days, 1 hours, 2 minutes, 3 seconds ]` */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor(seconds / 3600) % 24
  const minutes = Math.floor(seconds / 60) % 60
  return `[ ${days} days, ${hours} hours, ${minutes} minutes, ${seconds % 60} seconds ]`
}
