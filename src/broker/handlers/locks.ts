// Queue locks of orderly consumers. Only queues that exist can be locked.
//
// Serves LOCK_BATCH_MQ, UNLOCK_BATCH_MQ. Not served: spreading a lock over the replicas of a
// broker set (lockInStrictMode); `onlyThisBroker` is then what happens anyway.
// Source: AdminBrokerProcessor.lockBatchMQ, unlockBatchMQ.

import * as z from 'zod'
import { lockBatchMq, unlockBatchMq } from '../../protocol/requests/locks.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { jsonReply, messageQueue, parseBody } from '../json-body.ts'
import type { QueueKey } from '../ports.ts'

const queuesMax = 65_536

const lockJson = z.object({
  consumerGroup: z.string(),
  clientId: z.string(),
  mqSet: z
    .array(z.object({ topic: z.string(), brokerName: z.string(), queueId: z.number().int() }))
    .max(queuesMax)
    .default([]),
})

const onLockBatchMq = handle(lockBatchMq, (_, ports, call) => {
  const { consumerGroup, clientId, mqSet } = parseBody(lockJson, call.body)
  const locked = mqSet.filter(
    (queue) => exists(queue, ports) && ports.locks.lock(consumerGroup, queue, clientId),
  )
  const { brokerName } = ports.self
  return jsonReply({ lockOKMQSet: locked.map((queue) => messageQueue(brokerName, queue)) })
})

const onUnlockBatchMq = handle(unlockBatchMq, (_, { locks }, call) => {
  const { consumerGroup, clientId, mqSet } = parseBody(lockJson, call.body)
  for (const queue of mqSet) locks.unlock(consumerGroup, queue, clientId)
  return {}
})

function exists({ topic, queueId }: QueueKey, { topics }: BrokerPorts): boolean {
  const config = topics.find(topic)
  return config !== undefined && queueId >= 0 && queueId < config.readQueueNums
}

export const lockHandlers = [onLockBatchMq, onUnlockBatchMq]
