// Positions in a queue: what a group has consumed, and what there is. None of these waits.
//
// Surprising: a new group on a queue that is still empty from offset 0 is given offset 0, so
// that it does not miss what is sent while it starts; Apache answers "not found" there and the
// client then jumps to the end. Static topics are not served.
//
// Source: ConsumerManageProcessor, AdminBrokerProcessor.

import { MqError } from '../../base/errors.ts'
import {
  getEarliestMsgStoreTime,
  getMaxOffset,
  getMinOffset,
  queryConsumerOffset,
  searchOffsetByTimestamp,
  updateConsumerOffset,
} from '../../protocol/requests/offsets.ts'
import { type BrokerPorts, handle } from '../handler.ts'

const onQueryConsumerOffset = handle(queryConsumerOffset, (header, ports) => {
  const { queues, offsets, topics } = ports
  const { consumerGroup, setZeroIfNotFound, topic, queueId } = header
  const committed = offsets.find(consumerGroup, header)
  if (committed !== undefined && committed >= 0) return { header: { offset: committed } }

  // On an old queue zero would replay cold disk: there the client applies its consumeFromWhere.
  if (setZeroIfNotFound !== false && queues.minOffset(header) <= 0) {
    const isEmpty = topics.find(topic) !== undefined && queues.maxOffset(header) <= 0
    if (isEmpty || queues.isHot(header, 0)) return { header: { offset: 0 } }
  }
  throw new MqError('offset-not-found', 'the group has no offset here', { topic, queueId })
})

const onUpdateConsumerOffset = handle(updateConsumerOffset, (header, ports) => {
  const { consumerGroup, topic, queueId, commitOffset } = header
  const config = ports.topics.find(topic)
  if (!config) throw new MqError('topic-not-found', undefined, { topic })
  if (!ports.groups.find(consumerGroup)) {
    throw new MqError('group-not-found', undefined, { group: consumerGroup })
  }
  if (queueId < 0 || queueId >= Math.max(config.readQueueNums, config.writeQueueNums)) {
    throw new MqError('invalid-argument', 'the queue does not exist', { topic, queueId })
  }
  // What the client knew before its offset was set from elsewhere.
  if (ports.resets.has(consumerGroup, header)) return { remark: 'the offset was reset before' }
  const isBack = commitOffset <= (ports.offsets.find(consumerGroup, header) ?? -1)
  if (!header.rwForward || !isBack) ports.offsets.commit(consumerGroup, header, commitOffset)
  return {}
})

const onSearchOffsetByTimestamp = handle(searchOffsetByTimestamp, (header, ports) => {
  checkTopic(header.topic, ports)
  const boundary = header.boundaryType?.toLowerCase() === 'upper' ? 'upper' : 'lower'
  return { header: { offset: ports.queues.offsetByTime(header, header.timestamp, boundary) } }
})

const onGetMaxOffset = handle(getMaxOffset, (header, { queues }) => ({
  header: { offset: queues.maxOffset(header) },
}))

const onGetMinOffset = handle(getMinOffset, (header, { queues }) => ({
  header: { offset: queues.minOffset(header) },
}))

const onGetEarliestMsgStoreTime = handle(getEarliestMsgStoreTime, (header, { queues }) => ({
  header: { timestamp: queues.storeTime(header, queues.minOffset(header)) ?? -1 },
}))

function checkTopic(topic: string, ports: BrokerPorts): void {
  if (!ports.topics.find(topic)) throw new MqError('topic-not-found', undefined, { topic })
}

export const offsetHandlers = [
  onQueryConsumerOffset,
  onUpdateConsumerOffset,
  onSearchOffsetByTimestamp,
  onGetMaxOffset,
  onGetMinOffset,
  onGetEarliestMsgStoreTime,
]
