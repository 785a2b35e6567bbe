// Every operation and where it is: openapi/gateway.yaml as data. A test compares the two.

import type { Counted } from '../core/rate-limits.ts'
import { createTicket, listAudit } from './access-operations.ts'
import { browseQueue, getMessage, searchMessages } from './browse-operations.ts'
import {
  changeBrokerConfig,
  getBrokerConfig,
  getCluster,
  listBrokers,
  listReplicas,
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
import { createApiKey, getApiKey, listApiKeys, revokeApiKey } from './key-operations.ts'
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
import {
  changeUser,
  createUser,
  deleteAcl,
  deleteUser,
  getAcl,
  getUser,
  listAcls,
  listUsers,
  putAcl,
} from './user-operations.ts'

export type Route = {
  /** The operationId of the document, and the label of metrics. */
  readonly id: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** In the notation of express: a verb's colon is escaped. */
  readonly path: string
  readonly run: Operation
  /** The rate that it is counted in. */
  readonly counted?: Counted
  /** Of people and administrators, as against what programs do all day. */
  readonly isControl: boolean
}

type Make = (id: string, method: Route['method'], path: string, run: Operation) => Route

const route: Make = (id, method, path, run) => ({ id, method, path, run, isControl: false })
const control: Make = (id, method, path, run) => ({ id, method, path, run, isControl: true })
const send: Make = (...given) => ({ ...route(...given), counted: 'sends' })
const receive: Make = (...given) => ({ ...route(...given), counted: 'receives' })

/** Called for every message: a bare router over node's request and response. */
export const dataPlane: readonly Route[] = [
  send('sendMessage', 'post', '/v1/topics/:topic/messages', sendMessage),
  receive(
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
  send('requestReply', 'post', '/v1/topics/:topic/requests', requestReply),
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
  send('sendBatch', 'post', '/v1/topics/:topic/messages\\:batch', sendBatch),
  route('recallMessage', 'delete', '/v1/topics/:topic/scheduled/:handle', recallMessage),
  receive('readMessages', 'post', '/v1/topics/:topic/messages\\:read', readMessages),
  receive('streamGroup', 'get', '/v1/groups/:group/topics/:topic/events', streamGroup),
  receive('streamMessages', 'get', '/v1/topics/:topic/events', streamMessages),
]

/** Everything else, as an express application. */
export const controlPlane: readonly Route[] = [
  route('createTicket', 'post', '/v1/tickets', createTicket),
  control('listAudit', 'get', '/v1/audit', listAudit),
  control('listApiKeys', 'get', '/v1/api-keys', listApiKeys),
  control('createApiKey', 'post', '/v1/api-keys', createApiKey),
  control('getApiKey', 'get', '/v1/api-keys/:keyId', getApiKey),
  control('revokeApiKey', 'delete', '/v1/api-keys/:keyId', revokeApiKey),
  control('listUsers', 'get', '/v1/users', listUsers),
  control('createUser', 'post', '/v1/users', createUser),
  control('getUser', 'get', '/v1/users/:username', getUser),
  control('changeUser', 'patch', '/v1/users/:username', changeUser),
  control('deleteUser', 'delete', '/v1/users/:username', deleteUser),
  control('listAcls', 'get', '/v1/acls', listAcls),
  control('putAcl', 'post', '/v1/acls', putAcl),
  control('getAcl', 'get', '/v1/acls/:username', getAcl),
  control('deleteAcl', 'delete', '/v1/acls/:username', deleteAcl),
  control('listTopics', 'get', '/v1/topics', listTopics),
  control('createTopic', 'post', '/v1/topics', createTopic),
  control('getTopic', 'get', '/v1/topics/:topic', getTopic),
  control('changeTopic', 'patch', '/v1/topics/:topic', changeTopic),
  control('deleteTopic', 'delete', '/v1/topics/:topic', deleteTopic),
  control('listQueues', 'get', '/v1/topics/:topic/queues', listQueues),
  control('browseQueue', 'get', '/v1/topics/:topic/queues/:broker/:queueId/messages', browseQueue),
  control('searchMessages', 'get', '/v1/topics/:topic/messages', searchMessages),
  control('getMessage', 'get', '/v1/topics/:topic/messages/:messageId', getMessage),
  control('listGroups', 'get', '/v1/groups', listGroups),
  control('getGroup', 'get', '/v1/groups/:group', getGroup),
  control('getLag', 'get', '/v1/groups/:group/lag', getLag),
  control('getInFlight', 'get', '/v1/groups/:group/in-flight', getInFlight),
  control('listClients', 'get', '/v1/groups/:group/clients', listClients),
  control('seekGroup', 'post', '/v1/groups/:group/topics/:topic\\:seek', seekGroup),
  control('listDeadLetters', 'get', '/v1/groups/:group/dlq/messages', listDeadLetters),
  control(
    'resendDeadLetters',
    'post',
    '/v1/groups/:group/dlq/messages\\:resend',
    resendDeadLetters,
  ),
  control('purgeDeadLetters', 'post', '/v1/groups/:group/dlq/messages\\:purge', purgeDeadLetters),
  control('getCluster', 'get', '/v1/cluster', getCluster),
  control('listBrokers', 'get', '/v1/brokers', listBrokers),
  control('listReplicas', 'get', '/v1/brokers/:broker/replicas', listReplicas),
  control('getBrokerConfig', 'get', '/v1/brokers/:broker/config', getBrokerConfig),
  control('changeBrokerConfig', 'patch', '/v1/brokers/:broker/config', changeBrokerConfig),
]

/** Whether a call of it leaves a row: it changes something, or it was refused. */
export const isAudited = ({ isControl, method }: Route, status: number): boolean =>
  isControl && (method !== 'get' || status === 401 || status === 403)

/** The methods that some operation has at a path. */
export function methodsAt(pathname: string): readonly string[] {
  return patterns.filter(({ pattern }) => pattern.test(pathname)).map(({ method }) => method)
}

/** The operation at a path, whoever asks for it. */
export function routeAt(method: string, pathname: string): Route | undefined {
  return patterns.find((one) => one.method === method && one.pattern.test(pathname))?.route
}

const patterns = [...dataPlane, ...controlPlane].map((one) => ({
  route: one,
  method: one.method.toUpperCase(),
  pattern: new RegExp(
    `^${one.path.replaceAll(/:(?<!\\:)\w+/g, '[^/]+').replaceAll('\\:', ':')}/?$`,
  ),
}))
