// Which properties of a message belong to the user, and which to the system.
// Source: MessageConst.STRING_HASH_SET, and what the gateway itself stores.

import { MqError } from '../../src/base/errors.ts'
import type { CoreLimits } from './ports.ts'

/** Names that the brokers and clients use themselves. */
export const wire = {
  keys: 'KEYS',
  tags: 'TAGS',
  uniqueKey: 'UNIQ_KEY',
  orderingKey: '__SHARDINGKEY',
  deliverAt: 'TIMER_DELIVER_MS',
  delaySeconds: 'TIMER_DELAY_SEC',
  delayMs: 'TIMER_DELAY_MS',
  delayedUntil: 'TIMER_OUT_MS',
  delayLevel: 'DELAY',
  transaction: 'TRAN_MSG',
  producerGroup: 'PGROUP',
  checkAfter: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  bornHost: '__BORNHOST',
  bornAt: 'BORN_TIMESTAMP',
  retryTopic: 'RETRY_TOPIC',
  dlqTopic: 'DLQ_ORIGIN_TOPIC',
  traceContext: 'TRACE_CONTEXT',
  contentType: 'content-type',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  digest: '__RWDIGEST',
} as const

const reserved = new Set(
  `TRACE_ON MSG_REGION KEYS TAGS WAIT DELAY RETRY_TOPIC REAL_TOPIC REAL_QID TRAN_MSG PGROUP
  MIN_OFFSET MAX_OFFSET BUYER_ID ORIGIN_MESSAGE_ID TRANSFER_FLAG CORRECTION_FLAG MQ2_FLAG
  RECONSUME_TIME UNIQ_KEY MAX_RECONSUME_TIMES CONSUME_START_TIME POP_CK POP_CK_OFFSET
  1ST_POP_TIME TRAN_PREPARED_QUEUE_OFFSET DUP_INFO EXTEND_UNIQ_INFO INSTANCE_ID
  CORRELATION_ID REPLY_TO_CLIENT TTL ARRIVE_TIME PUSH_REPLY_TIME CLUSTER MSG_TYPE INNER_NUM
  INNER_BASE INNER_MULTI_DISPATCH INNER_MULTI_QUEUE_OFFSET TIMER_DELAY_MS TIMER_DELAY_SEC
  TIMER_DELIVER_MS TIMER_ENQUEUE_MS TIMER_DEQUEUE_MS TIMER_ROLL_TIMES TIMER_OUT_MS
  TIMER_DEL_UNIQKEY TIMER_DELAY_LEVEL __BORNHOST BORN_TIMESTAMP DLQ_ORIGIN_TOPIC
  DLQ_ORIGIN_MESSAGE_ID __CRC32# TRACE_CONTEXT __SHARDINGKEY __transactionId__
  CHECK_IMMUNITY_TIME_IN_SECONDS TRANSACTION_CHECK_TIMES ORIGIN_GROUP
  PROPERTY_FORWARD_QUEUE_ID REDIRECT __RWDIGEST`.split(/\s+/),
)

// Said in fields of their own on delivery.
const told = new Set<string>([wire.contentType, wire.traceparent, wire.tracestate])

const isReserved = (name: string): boolean => reserved.has(name) || name.startsWith('__RMQ.')

const reservedLower = new Set([...reserved].map((name) => name.toLowerCase()))

/** For where names have no case, as in headers: `mq-property-wait` may well mean WAIT. */
export const isReservedIgnoringCase = (name: string): boolean =>
  reservedLower.has(name.toLowerCase())

/** The user's properties of a stored message, without what other fields of it say. */
export function userProperties(all: ReadonlyMap<string, string>): Map<string, string> {
  const users = new Map<string, string>()
  for (const [name, value] of all) {
    if (!isReserved(name) && !told.has(name)) users.set(name, value)
  }
  return users
}

/** Bytes of the user's properties; refuses what cannot be stored or is not the user's to set. */
export function checkProperties(
  properties: ReadonlyMap<string, string>,
  limits: CoreLimits,
): number {
  if (properties.size > limits.propertyCountMax) {
    throw new MqError('properties-too-large', 'there are too many properties', {
      countMax: limits.propertyCountMax,
    })
  }
  let bytes = 0
  for (const [name, value] of properties) {
    if (isReserved(name)) {
      throw new MqError('illegal-property', 'the property name is reserved', { property: name })
    }
    // An empty value would be lost: the stored form has no way to write it.
    if (name === '' || value === '' || hasControl(name) || hasControl(value)) {
      throw new MqError('illegal-property', 'a property is empty or has control characters')
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 2
  }
  return bytes
}

/** Whether a text has a character below space, or DEL: the stored form separates with them. */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
