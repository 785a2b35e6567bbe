// Every operation and where it is: openapi/gateway.yaml as data. A test compares the two.

import { streamMessages } from './events.ts'
import {
  ackMessages,
  extendMessages,
  nackMessages,
  type Operation,
  readMessages,
  recallMessage,
  receiveMessages,
  sendBatch,
  sendMessage,
} from './operations.ts'
import { createTopic, getTopic, listTopics } from './topic-operations.ts'

export type Route = {
  /** The operationId of the document, and the label of metrics. */
  readonly id: string
  readonly method: 'get' | 'post' | 'delete'
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
  route('sendBatch', 'post', '/v1/topics/:topic/messages\\:batch', sendBatch),
  route('recallMessage', 'delete', '/v1/topics/:topic/scheduled/:handle', recallMessage),
  route('readMessages', 'post', '/v1/topics/:topic/messages\\:read', readMessages),
  route('streamMessages', 'get', '/v1/topics/:topic/events', streamMessages),
]

/** Everything else, as an express application. */
export const controlPlane: readonly Route[] = [
  route('listTopics', 'get', '/v1/topics', listTopics),
  route('createTopic', 'post', '/v1/topics', createTopic),
  route('getTopic', 'get', '/v1/topics/:topic', getTopic),
]

/** The methods that some operation has at a path. */
export function methodsAt(pathname: string): readonly string[] {
  return patterns.filter(({ pattern }) => pattern.test(pathname)).map(({ method }) => method)
}

const patterns = [...dataPlane, ...controlPlane].map(({ method, path }) => ({
  method: method.toUpperCase(),
  pattern: new RegExp(`^${path.replaceAll(/:(?<!\\:)\w+/g, '[^/]+').replaceAll('\\:', ':')}/?$`),
}))
