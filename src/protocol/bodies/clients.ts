// Who is connected (38, 203, 204, 328) and what each is to read (400, 401).

import { consumeType, messageModel, subscriptionData } from './heartbeat.ts'
import {
  body,
  list,
  map,
  messageQueue,
  nameOf,
  object,
  optional,
  orElse,
  text,
  whole,
} from './shape.ts'

/** Source: GetConsumerListByGroupResponseBody */
export const consumerIds = body(object({ consumerIdList: list(text) }))

/** `clientAddr` is `ip:port`. Source: Connection */
const connection = object({ clientAddr: text, clientId: text, language: text, version: whole })

/** Source: ConsumerConnection */
export const consumerConnection = body(
  object({
    connectionSet: list(connection),
    consumeFromWhere: orElse(text, 'CONSUME_FROM_LAST_OFFSET'),
    consumeType,
    messageModel,
    subscriptionTable: map(subscriptionData),
  }),
)

/** Source: ProducerConnection */
export const producerConnection = body(object({ connectionSet: list(connection) }))

/** By group. Source: ProducerTableInfo */
export const producerTable = body(
  object({
    data: map(
      list(
        object({
          clientId: text,
          language: text,
          lastUpdateTimestamp: whole,
          remoteIP: text,
          version: whole,
        }),
      ),
    ),
  }),
)

const requestMode = nameOf('PULL', 'POP')

/** Source: QueryAssignmentRequestBody */
export const assignmentRequest = body(
  object({
    clientId: text,
    consumerGroup: text,
    messageModel,
    /** AVG or AVG_BY_CIRCLE. */
    strategyName: orElse(text, 'AVG'),
    topic: text,
  }),
)

/** No list at all: the group or topic is not known. Source: QueryAssignmentResponseBody */
export const assignmentReply = body(
  object({
    messageQueueAssignments: optional(list(object({ messageQueue, mode: requestMode }))),
  }),
)

/** Source: SetMessageRequestModeRequestBody */
export const requestModeSetting = body(
  object({
    consumerGroup: text,
    mode: requestMode,
    popShareQueueNum: orElse(whole, 0),
    topic: text,
  }),
)
