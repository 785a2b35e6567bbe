// The broker itself: its settings, its figures and what it stores, for tools.
//
// Serves UPDATE_BROKER_CONFIG, GET_BROKER_CONFIG, GET_BROKER_RUNTIME_INFO, GET_TIMER_METRICS,
// VIEW_BROKER_STATS_DATA, QUERY_CONSUME_QUEUE, CLEAN_UNUSED_TOPIC, CLEAN_EXPIRED_CONSUMEQUEUE,
// DELETE_EXPIRED_COMMITLOG.
// Settings can be changed that are listed for it (config.ts), never a path, an address or a
// command (CVE-2023-33246); the change lasts until the broker stops. Apache writes its file.
//
// Source: AdminBrokerProcessor.

import { MqError } from '../../base/errors.ts'
import { parseProperties, printProperties } from '../../base/java-properties.ts'
import { shownSetting } from '../../base/setting.ts'
import { storeTimestampOf } from '../../message/record.ts'
import { javaHash } from '../../message/tags.ts'
import {
  cleanExpiredConsumeQueue,
  cleanUnusedTopic,
  deleteExpiredCommitLog,
  getBrokerConfig,
  getBrokerRuntimeInfo,
  getTimerMetrics,
  updateBrokerConfig,
  viewBrokerStatsData,
} from '../../protocol/requests/admin.ts'
import { queryConsumeQueue } from '../../protocol/requests/pull.ts'
import { handle } from '../handler.ts'
import { jsonReply } from '../json-body.ts'
import { isSystemTopic } from '../names.ts'
import { runtimeInfo } from '../runtime-info.ts'
import { subscriptionBody } from './clients.ts'

const entriesMax = 1024

const onUpdateBrokerConfig = handle(updateBrokerConfig, (_, { settings, topics, log }, call) => {
  const changes = parseProperties(Buffer.from(call.body).toString('utf8'))
  if (changes.size === 0) throw new MqError('invalid-argument', 'no setting is given')
  settings.update(changes)
  if (changes.has('brokerPermission')) topics.renew()
  log.info('settings-changed', { keys: [...changes.keys()] })
  return {}
})

const onGetBrokerConfig = handle(getBrokerConfig, (_, { settings }) => {
  const values = Object.entries(settings.current).map(
    ([key, value]) => [key, String(shownSetting(key, value) ?? '')] as const,
  )
  const version = JSON.stringify({ counter: 0, stateVersion: 0, timestamp: 0 })
  return { header: { version }, body: Buffer.from(printProperties(values)) }
})

const onGetBrokerRuntimeInfo = handle(getBrokerRuntimeInfo, (_, ports) => {
  const told = (first: Uint8Array | undefined) =>
    jsonReply({ table: runtimeInfo(ports, first ? storeTimestampOf(first) : -1) })
  const first = ports.reader.recordAt(ports.positions.minPosition)
  return first instanceof Promise ? first.then(told) : told(first)
})

const onViewBrokerStatsData = handle(viewBrokerStatsData, ({ statsName, statsKey }, ports) => {
  const data = ports.stats.view(statsName, statsKey)
  if (data) return jsonReply(data)
  throw new MqError('broker-error', `The stats <${statsName}> <${statsKey}> not exist`)
})

/** What waits for an exact time, by topic. Source: TimerMetrics.encode. */
const onGetTimerMetrics = handle(getTimerMetrics, (_, { timerFigures, topics, settings }) => {
  if (!settings.current.timerWheelEnable) {
    throw new MqError('broker-error', 'this broker does not keep messages for a time')
  }
  // A slave does not count what waits at its master.
  const figures = timerFigures() ?? { waiting: [], changes: 0 }
  const byHash = new Map([...topics.all()].map(({ topicName }) => [javaHash(topicName), topicName]))
  const timingCount: Record<string, { count: number; timeStamp: number }> = {}
  let timestamp = 0
  for (const { topicHash, count, changedMs } of figures.waiting) {
    const topic = byHash.get(topicHash)
    // Of a topic that is deleted nothing is delivered any more.
    if (topic !== undefined) timingCount[topic] = { count, timeStamp: changedMs }
    timestamp = Math.max(timestamp, changedMs)
  }
  const dataVersion = { counter: figures.changes, stateVersion: 0, timestamp }
  return jsonReply({ dataVersion, timingCount })
})

/** `eval` and `filterData` are of Apache's extended entries, which are not kept here. */
const onQueryConsumeQueue = handle(queryConsumeQueue, (header, ports) => {
  const { topic, queueId, index, consumerGroup } = header
  if (!ports.topics.find(topic)) throw new MqError('topic-not-found', undefined, { topic })
  const subscription = ports.consumers.find(consumerGroup ?? '')?.subscriptions.get(topic)
  const minQueueIndex = ports.queues.minOffset(header)
  const maxQueueIndex = ports.queues.maxOffset(header)
  if (maxQueueIndex === 0) throw new MqError('broker-error', `${queueId}@${topic} is not exist!`)

  const from = Math.max(index, minQueueIndex)
  const end = Math.min(from + Math.min(header.count, entriesMax), maxQueueIndex)
  const queueData = []
  for (let offset = from; offset < end; offset++) {
    const entry = ports.queueEntries.entryAt(header, offset)
    if (!entry) continue
    const { position: physicOffset, size: physicSize, tagsCode } = entry
    queueData.push({ eval: false, physicOffset, physicSize, tagsCode })
  }
  return jsonReply({
    maxQueueIndex,
    minQueueIndex,
    queueData,
    ...(subscription
      ? { filterData: 'null', subscriptionData: subscriptionBody(subscription) }
      : {}),
  })
})

/** Removes the queues of topics that the broker has not: recovery may have made them again. */
const onCleanUnusedTopic = handle(cleanUnusedTopic, (_, { queueEntries, queues, topics, log }) => {
  for (const topic of [...queueEntries.topicsWithQueues()]) {
    if (topics.find(topic) || isSystemTopic(topic)) continue
    queues.deleteTopic(topic)
    log.info('queues-without-topic-removed', { topic })
  }
  return {}
})

/**
 * Files of queues go, never a whole queue as in Apache: the offsets of its next messages would be
 * those of its first ones.
 */
const onCleanExpiredConsumeQueue = handle(cleanExpiredConsumeQueue, async (_, { cleaning }) => {
  await cleaning.deleteExpiredQueues()
  return {}
})

/** Answered before it is done. Source: DefaultMessageStore.executeDeleteFilesManually. */
const onDeleteExpiredCommitLog = handle(deleteExpiredCommitLog, (_, { cleaning }) => {
  cleaning.deleteExpiredFiles()
  return {}
})

export const adminHandlers = [
  onUpdateBrokerConfig,
  onGetBrokerConfig,
  onGetBrokerRuntimeInfo,
  onGetTimerMetrics,
  onViewBrokerStatsData,
  onQueryConsumeQueue,
  onCleanUnusedTopic,
  onCleanExpiredConsumeQueue,
  onDeleteExpiredCommitLog,
]
