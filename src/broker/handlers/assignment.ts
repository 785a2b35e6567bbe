// Which queues a client reads, worked out here instead of by every client.
//
// Serves QUERY_ASSIGNMENT, SET_MESSAGE_REQUEST_MODE. In POP mode every client of a clustering
// group gets this broker as a whole (queue -1), unless queues are shared by fewer. Retry topics
// are always pulled. Only this broker's queues are known here; a client asks every broker.
//
// Not served: consistent hashing, queues of other brokers (Apache asks the name server).
// Source: QueryAssignmentProcessor, AllocateMessageQueueAveragely(ByCircle).

import * as z from 'zod'
import { MqError } from '../../base/errors.ts'
import { queryAssignment, setMessageRequestMode } from '../../protocol/requests/pull.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { jsonReply, messageQueue, parseBody } from '../json-body.ts'
import { isRetryTopic } from '../names.ts'
import type { RequestMode } from '../ports.ts'
import { requestModeJson } from '../request-modes.ts'

const queryJson = z.object({
  topic: z.string(),
  consumerGroup: z.string(),
  clientId: z.string(),
  strategyName: z
    .string()
    .nullish()
    .transform((name) => name ?? 'AVG'),
  messageModel: z
    .string()
    .nullish()
    .transform((model) => model?.toUpperCase() ?? 'CLUSTERING'),
})

type Query = z.output<typeof queryJson>

const onQueryAssignment = handle(queryAssignment, (_, ports, call) => {
  const query = parseBody(queryJson, call.body)
  const mode = modeOf(query, ports)
  const queueIds = assigned(query, mode, ports)
  const { brokerName } = ports.self
  const { topic } = query
  return jsonReply({
    messageQueueAssignments: queueIds.map((queueId) => ({
      messageQueue: messageQueue(brokerName, { topic, queueId }),
      mode: mode.mode,
    })),
  })
})

const onSetMessageRequestMode = handle(setMessageRequestMode, (_, ports, call) => {
  const mode = parseBody(requestModeJson, call.body)
  if (isRetryTopic(mode.topic)) {
    throw new MqError('permission-denied', 'a retry topic is always pulled')
  }
  if (!ports.topics.find(mode.topic)) {
    throw new MqError('topic-not-found', undefined, { topic: mode.topic })
  }
  if (!ports.groups.find(mode.consumerGroup)) {
    throw new MqError('group-not-found', undefined, { group: mode.consumerGroup })
  }
  ports.requestModes.put(mode)
  return ports.requestModes.saved().then(() => ({}))
})

function modeOf({ topic, consumerGroup }: Query, ports: BrokerPorts): RequestMode {
  const { defaultMessageRequestMode, defaultPopShareQueueNum } = ports.settings.current
  const set = ports.requestModes.find(topic, consumerGroup)
  if (isRetryTopic(topic)) return { topic, consumerGroup, mode: 'PULL', popShareQueueNum: 0 }
  return (
    set ?? {
      topic,
      consumerGroup,
      mode: defaultMessageRequestMode,
      popShareQueueNum: defaultPopShareQueueNum,
    }
  )
}

function assigned(query: Query, mode: RequestMode, ports: BrokerPorts): readonly number[] {
  const topic = ports.topics.find(query.topic)
  if (!topic) return []
  const queueIds = Array.from({ length: topic.readQueueNums }, (_, queueId) => queueId)
  if (query.messageModel === 'BROADCASTING') return queueIds

  const members = ports.consumers.find(query.consumerGroup)?.channels.values() ?? []
  const clients = [...new Set([...members].map(({ clientId }) => clientId))].sort()
  if (!clients.includes(query.clientId)) return []
  if (mode.mode === 'PULL') return share(queueIds, clients, query)

  // Fewer clients than asked for: all of them share all queues.
  const { popShareQueueNum } = mode
  if (popShareQueueNum <= 0 || popShareQueueNum >= clients.length - 1) return [-1]
  return popShare(queueIds, clients, query, popShareQueueNum)
}

function share(queueIds: readonly number[], clients: readonly string[], query: Query) {
  const { clientId, strategyName } = query
  if (strategyName === 'AVG') return average(queueIds, clients, clientId)
  if (strategyName === 'AVG_BY_CIRCLE') return byCircle(queueIds, clients, clientId)
  throw new MqError('broker-error', 'the strategy is not known', { strategyName })
}

/** Runs of neighbouring queues, the first clients one longer where it does not come out even. */
function average(
  queueIds: readonly number[],
  clients: readonly string[],
  clientId: string,
): readonly number[] {
  const index = clients.indexOf(clientId)
  const rest = queueIds.length % clients.length
  const size = Math.floor(queueIds.length / clients.length)
  const from = index * size + Math.min(index, rest)
  return queueIds.slice(from, from + size + (index < rest ? 1 : 0))
}

const byCircle = (
  queueIds: readonly number[],
  clients: readonly string[],
  clientId: string,
): readonly number[] =>
  queueIds.filter((_, at) => at % clients.length === clients.indexOf(clientId))

/** The client's own queues and those of the next clients, so that each queue has several. */
function popShare(
  queueIds: readonly number[],
  clients: readonly string[],
  query: Query,
  count: number,
): readonly number[] {
  if (clients.length > queueIds.length) {
    const own = queueIds[clients.indexOf(query.clientId) % queueIds.length]
    return own === undefined ? [] : [own]
  }
  const first = clients.indexOf(query.clientId)
  const taken = new Set<number>()
  for (let step = 0; step <= count; step++) {
    const clientId = clients[(first + step) % clients.length] ?? query.clientId
    for (const queueId of share(queueIds, clients, { ...query, clientId })) taken.add(queueId)
  }
  return [...taken]
}

export const assignmentHandlers = [onQueryAssignment, onSetMessageRequestMode]
