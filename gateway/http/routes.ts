// Every operation and where it is: openapi/gateway.yaml as data. A test compares the two.

import { browseQueue, getMessage, searchMessages } from './browse-operations.ts'
import {
  changeBrokerConfig,
  getBrokerConfig,
  getCluster,
  listBrokers,
} from './cluster-operations.ts'
import {
  commitTransaction,
  deadLetterMessages,
  receiveChecks,
  requestReply,
  rollbackTransaction,
  sendReply,
} from './conversation-operations.ts'
import { streamMessages } from './events.ts'
import { streamGroup } from './group-events.ts'
import {
  getGroup,
  getInFlight,
  getLag,
  listClients,
  listDeadLetters,
  listGroups,
  purgeDeadLetters,
  resendDeadLetters,
  seekGroup,
} from './group-operations.ts'
import {
  ackMessages,
  extendMessages,
  nackMessages,
  readMessages,
  recallMessage,
  receiveMessages,
  sendBatch,
  sendMessage,
} from './operations.ts'
import type { Operation } from './ports.ts'
import {
  changeTopic,
  createTopic,
  deleteTopic,
  getTopic,
  listQueues,
  listTopics,
} from './topic-operations.ts'

export type Route = {
  /** The operationId of the document, and the label of metrics. */
  readonly id: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** In the notation of express: a verb's colon is escaped. */
  readonly path: string
  readonly run: Operation
}

const route = (id: string, method: Route['method'], path: string, run: Operation): Route => ({
  id,
  method,
  path,
  run,
})

/** Called for every message: a bare router over node's request and response. */
export const dataPlane: readonly Route[] = [
  route('sendMessage', 'post', '/v1/topics/:topic/messages', sendMessage),
  route(
    'receiveMessages',
    'post',
    '/v1/groups/:group/topics/:topic/messages\\:receive',
    receiveMessages,
  ),
  route('ackMessages', 'post', '/v1/groups/:group/messages\\:ack', ackMessages),
  route('nackMessages', 'post', '/v1/groups/:group/messages\\:nack', nackMessages),
  route('extendMessages', 'post', '/v1/groups/:group/messages\\:extend', extendMessages),
  route(
    'deadLetterMessages',
    'post',
    '/v1/groups/:group/messages\\:dead-letter',
    deadLetterMessages,
  ),
  route('requestReply', 'post', '/v1/topics/:topic/requests', requestReply),
  route('sendReply', 'post', '/v1/replies/:handle', sendReply),
  route('commitTransaction', 'post', '/v1/transactions/:transactionId\\:commit', commitTransaction),
  route(
    'rollbackTransaction',
    'post',
    '/v1/transactions/:transactionId\\:rollback',
    rollbackTransaction,
  ),
  route(
    'receiveChecks',
    'post',
    '/v1/producer-groups/:topic/transaction-checks\\:receive',
    receiveChecks,
  ),
  route('sendBatch', 'post', '/v1/topics/:topic/messages\\:batch', sendBatch),
  route('recallMessage', 'delete', '/v1/topics/:topic/scheduled/:handle', recallMessage),
  route('readMessages', 'post', '/v1/topics/:topic/messages\\:read', readMessages),
  route('streamGroup', 'get', '/v1/groups/:group/topics/:topic/events', streamGroup),
  route('streamMessages', 'get', '/v1/topics/:topic/events', streamMessages),
]

/** Everything else, as an express application. */
export const controlPlane: readonly Route[] = [
  route('listTopics', 'get', '/v1/topics', listTopics),
  route('createTopic', 'post', '/v1/topics', createTopic),
  route('getTopic', 'get', '/v1/topics/:topic', getTopic),
  route('changeTopic', 'patch', '/v1/topics/:topic', changeTopic),
  route('deleteTopic', 'delete', '/v1/topics/:topic', deleteTopic),
  route('listQueues', 'get', '/v1/topics/:topic/queues', listQueues),
  route('browseQueue', 'get', '/v1/topics/:topic/queues/:broker/:queueId/messages', browseQueue),
  route('searchMessages', 'get', '/v1/topics/:topic/messages', searchMessages),
  route('getMessage', 'get', '/v1/topics/:topic/messages/:messageId', getMessage),
  route('listGroups', 'get', '/v1/groups', listGroups),
  route('getGroup', 'get', '/v1/groups/:group', getGroup),
  route('getLag', 'get', '/v1/groups/:group/lag', getLag),
  route('getInFlight', 'get', '/v1/groups/:group/in-flight', getInFlight),
  route('listClients', 'get', '/v1/groups/:group/clients', listClients),
  route('seekGroup', 'post', '/v1/groups/:group/topics/:topic\\:seek', seekGroup),
  route('listDeadLetters', 'get', '/v1/groups/:group/dlq/messages', listDeadLetters),
  route('resendDeadLetters', 'post', '/v1/groups/:group/dlq/messages\\:resend', resendDeadLetters),
  route('purgeDeadLetters', 'post', '/v1/groups/:group/dlq/messages\\:purge', purgeDeadLetters),
  route('getCluster', 'get', '/v1/cluster', getCluster),
  route('listBrokers', 'get', '/v1/brokers', listBrokers),
  route('getBrokerConfig', 'get', '/v1/brokers/:broker/config', getBrokerConfig),
  route('changeBrokerConfig', 'patch', '/v1/brokers/:broker/config', changeBrokerConfig),
]

/** The methods that some operation has at a path. */
export function methodsAt(pathname: string): readonly string[] {
  return patterns.filter(({ pattern }) => pattern.test(pathname)).map(({ method }) => method)
}

const patterns = [...dataPlane, ...controlPlane].map(({ method, path }) => ({
  method: method.toUpperCase(),
  pattern: new RegExp(`^${path.replaceAll(/:(?<!\\:)\w+/g, '[^/]+').replaceAll('\\:', ':')}/?$`),
}))
