// Setting the offsets of a group from elsewhere, and the times that they stand for.
//
// Serves INVOKE_BROKER_TO_RESET_OFFSET, CLONE_GROUP_OFFSET, QUERY_CONSUME_TIME_SPAN,
// QUERY_CORRECTION_OFFSET. A reset
// counts at once, online or not: a pull that is held is answered with it, where Apache lets it
// wait until its time is over; see resets.ts. The client is not called (220).
//
// Source: AdminBrokerProcessor.resetOffsetInner, cloneGroupOffset, queryConsumeTimeSpan.

import { MqError } from '../../base/errors.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import {
  cloneGroupOffset,
  invokeBrokerToResetOffset,
  queryCorrectionOffset,
} from '../../protocol/requests/offsets.ts'
import { queryConsumeTimeSpan } from '../../protocol/requests/topics.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { jsonReply, messageQueue, queueMapText } from '../json-body.ts'
import type { QueueKey, TopicConfig } from '../ports.ts'
import { pullKey } from './pull.ts'

type ResetHeader = HeaderOf<typeof invokeBrokerToResetOffset.header>

const onInvokeBrokerToResetOffset = handle(invokeBrokerToResetOffset, (header, ports) => {
  const topic = topicOf(header.topic, ports)
  if (!ports.groups.has(header.group)) {
    throw new MqError('group-not-found', undefined, { group: header.group })
  }
  const queueIds = header.queueId >= 0 ? [header.queueId] : [...Array(topic.readQueueNums).keys()]
  const rows = queueIds.map((queueId) => {
    const queue = { topic: header.topic, queueId }
    return [queue, targetOf(header, queue, ports)] as const
  })
  for (const [queue, offset] of rows) reset(header.group, queue, offset, ports)
  const offsetTable = queueMapText(ports.self.brokerName, rows)
  return { body: Buffer.from(`{"offsetTable":${offsetTable}}`) }
})

function targetOf(header: ResetHeader, queue: QueueKey, { queues }: BrokerPorts): number {
  if (header.queueId < 0 || header.offset === -1) {
    if (header.timestamp < 0) return queues.maxOffset(queue)
    return queues.offsetByTime(queue, header.timestamp, 'lower')
  }
  const [min, max] = [queues.minOffset(queue), queues.maxOffset(queue)]
  if (header.offset < min || header.offset > max + 1) {
    const message = `the offset ${header.offset} is not in the queue's range [${min}-${max}]`
    throw new MqError('broker-error', message)
  }
  return header.offset
}

function reset(group: string, queue: QueueKey, offset: number, ports: BrokerPorts): void {
  const { offsets, resets, consumers, holds, pop, clock } = ports
  if (consumers.find(group)) resets.add(group, queue, offset)
  offsets.commit(group, queue, offset)
  const now = { ...queue, maxOffset: Number.MAX_SAFE_INTEGER, tagsCode: 0 }
  const arrival = { ...now, storeTimestamp: clock.now() }
  holds.wake(pullKey(queue.topic, queue.queueId), arrival)
  pop.arrived(arrival)
}

/** The offsets of one topic, or of all that the source reads when none is named. */
const onCloneGroupOffset = handle(cloneGroupOffset, (header, ports) => {
  const { srcGroup, destGroup, topic, offline } = header
  const online = ports.consumers.find(srcGroup)
  const topics = topic.trim() === '' ? ports.offsets.topicsOf(srcGroup) : [topic]
  for (const name of topics) {
    if (!ports.topics.find(name)) continue
    const isSubscribed =
      !online || online.subscriptions.size === 0 || online.subscriptions.has(name)
    if (!offline && !isSubscribed) continue
    for (const [queueId, offset] of ports.offsets.ofTopic(srcGroup, name) ?? []) {
      ports.offsets.commit(destGroup, { topic: name, queueId }, offset)
    }
  }
  return {}
})

/** Source: Long.MAX_VALUE: the compared group is not ahead there. */
const noCorrection = '9223372036854775807'

/**
 * By queue the smallest offset of all groups but those filtered out, or "none" where the
 * compared group is behind it. Source: ConsumerOffsetManager.queryMinOffsetInAllGroup; that one
 * forgets the offsets of the groups that are filtered out.
 */
const onQueryCorrectionOffset = handle(queryCorrectionOffset, (header, ports) => {
  const { topic, compareGroup, filterGroups = '' } = header
  const filtered = new Set(filterGroups.split(','))
  const smallest = new Map<number, number>()
  for (const group of ports.offsets.groupsOf(topic)) {
    if (filtered.has(group)) continue
    for (const [queueId, offset] of ports.offsets.ofTopic(group, topic) ?? []) {
      if (offset < ports.queues.minOffset({ topic, queueId })) continue
      smallest.set(queueId, Math.min(offset, smallest.get(queueId) ?? offset))
    }
  }
  const compared = ports.offsets.ofTopic(compareGroup, topic)
  const rows = [...smallest].map(([queueId, offset]) => {
    const own = compared?.get(queueId)
    return `"${queueId}":${own !== undefined && offset > own ? noCorrection : offset}`
  })
  return { body: Buffer.from(`{"correctionOffsets":{${rows.join(',')}}}`) }
})

const onQueryConsumeTimeSpan = handle(queryConsumeTimeSpan, (header, ports) => {
  const topic = topicOf(header.topic, ports)
  const consumeTimeSpanSet = Array.from({ length: topic.writeQueueNums }, (_, queueId) =>
    timeSpan(header.group, { topic: header.topic, queueId }, ports),
  )
  return jsonReply({ consumeTimeSpanSet })
})

/** -1 stands for a message that is not there. Source: QueueTimeSpan. */
function timeSpan(group: string, queue: QueueKey, ports: BrokerPorts) {
  const { queues, offsets, clock, self } = ports
  const timeAt = (offset: number): number => queues.storeTime(queue, offset) ?? -1
  const minTimeStamp = timeAt(queues.minOffset(queue))
  const max = queues.maxOffset(queue)
  const consumed = offsets.find(group, queue) ?? -1
  const isBehind = consumed < max
  return {
    consumeTimeStamp: consumed > 0 ? timeAt(consumed - 1) : minTimeStamp,
    delayTime: isBehind ? clock.now() - timeAt(Math.max(consumed, 0)) : 0,
    maxTimeStamp: timeAt(max - 1),
    messageQueue: messageQueue(self.brokerName, queue),
    minTimeStamp,
  }
}

function topicOf(topic: string, ports: BrokerPorts): TopicConfig {
  const found = ports.topics.find(topic)
  if (!found) throw new MqError('topic-not-found', undefined, { topic })
  return found
}

export const groupOffsetHandlers = [
  onInvokeBrokerToResetOffset,
  onCloneGroupOffset,
  onQueryConsumeTimeSpan,
  onQueryCorrectionOffset,
]
