// Who is connected (38, 203, 204, 328) and what each is to read (400, 401).

import { consumeType, messageModel, subscriptionData } from './heartbeat.ts'
import {
  body,
  bool,
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

/**
 * What a consumer says of itself (307); of its tables only what consumers of all kinds have.
 * Source: ConsumerRunningInfo
 */
export const consumerRunningInfo = body(
  object({
    jstack: optional(text),
    properties: map(text),
    subscriptionSet: list(subscriptionData),
  }),
)

/** What became of a message that was consumed on trial (309). Source: ConsumeMessageDirectlyResult */
export const consumeDirectlyResult = body(
  object({
    autoCommit: orElse(bool, true),
    consumeResult: nameOf(
      'CR_RETURN_NULL',
      'CR_SUCCESS',
      'CR_LATER',
      'CR_ROLLBACK',
      'CR_COMMIT',
      'CR_THROW_EXCEPTION',
    ),
    order: orElse(bool, false),
    remark: optional(text),
    spentTimeMills: orElse(whole, 0),
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
