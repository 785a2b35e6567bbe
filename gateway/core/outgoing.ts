// From what a front read to what the brokers store: every check of a message, then its
// properties. Source: GrpcValidator, SendMessageActivity.

import { MqError } from '../../src/base/errors.ts'
import type { MessageToSend } from '../../src/client/types.ts'
import type { Call, MessageType, SendInput } from './core.ts'
import { type Once, onceOf } from './idempotency.ts'
import type { MessageIds } from './message-ids.ts'
import { writableTopic } from './names.ts'
import type { CorePorts } from './ports.ts'
import { checkProperties, hasControl, wire } from './properties.ts'

const orderingKeyBytesMax = 63
const compressedFlag = 1
/** Source: the proxy's maxTransactionRecoverySecond. */
const checkAfterMsMax = 3_600_000

export type Outgoing = {
  readonly message: MessageToSend & { readonly properties: Map<string, string> }
  readonly messageId: string
  readonly type: MessageType
  /** Of a send with an idempotency key. */
  readonly once: Once | undefined
}

/** Checks a message and makes it; throws an MqError with outcome 'not-stored'. */
export function outgoing(
  input: SendInput,
  call: Call,
  { limits, clock }: CorePorts,
  ids: MessageIds,
): Outgoing {
  const topic = writableTopic(input.topic, call.identity)
  if (input.body.length === 0) throw new MqError('message-body-empty')
  if (input.body.length > limits.bodyBytesMax) {
    throw new MqError('message-too-large', undefined, { bytesMax: limits.bodyBytesMax })
  }
  const now = clock.now()
  const type = typeOf(input)
  const properties = new Map(input.properties)
  const bytes = checkProperties(properties, limits) + addLabels(properties, input)
  if (bytes > limits.propertyBytesMax) {
    throw new MqError('properties-too-large', undefined, { bytesMax: limits.propertyBytesMax })
  }
  const once = onceOf(input, call)
  const messageId = once?.id ?? messageIdOf(input, ids, now)
  properties.set(wire.uniqueKey, messageId)
  if (once) properties.set(wire.digest, once.digest)
  if (input.deliverAt !== undefined)
    addDelivery(properties, input.deliverAt, now, limits.delayMsMax)
  if (input.contentType) properties.set(wire.contentType, input.contentType)
  if (input.traceparent) properties.set(wire.traceparent, input.traceparent)
  if (input.tracestate) properties.set(wire.tracestate, input.tracestate)
  if (input.traceContext) properties.set(wire.traceContext, input.traceContext)
  if (type === 'transaction') addTransaction(properties, topic, input.checkAfterMs)
  properties.set(wire.bornHost, hostOf(call.remote))

  return {
    message: {
      topic,
      body: input.body,
      properties,
      sysFlag: input.bodyEncoding === 'gzip' ? compressedFlag : 0,
      bornTimestamp: input.bornAt ?? now,
    },
    messageId,
    type,
    once,
  }
}

function typeOf(input: SendInput): MessageType {
  const actual =
    input.type === 'transaction'
      ? 'transaction'
      : input.deliverAt !== undefined
        ? 'delay'
        : input.orderingKey !== undefined
          ? 'fifo'
          : 'normal'
  if (input.type !== undefined && input.type !== actual) {
    throw new MqError('message-type-mismatch', 'the message is not of the type it declares', {
      declared: input.type,
      actual,
    })
  }
  return actual
}

/** Adds tag, keys and ordering key; answers their bytes. */
function addLabels(properties: Map<string, string>, input: SendInput): number {
  let bytes = 0
  if (input.tag !== undefined) {
    if (input.tag.trim() === '' || input.tag.includes('|') || hasControl(input.tag)) {
      throw new MqError('illegal-tag')
    }
    properties.set(wire.tags, input.tag)
    bytes += Buffer.byteLength(input.tag)
  }
  if (input.keys !== undefined && input.keys.length > 0) {
    // Keys are stored as one text with spaces between them.
    for (const key of input.keys) {
      if (key === '' || key.includes(' ') || hasControl(key)) throw new MqError('illegal-key')
    }
    const keys = input.keys.join(' ')
    properties.set(wire.keys, keys)
    bytes += Buffer.byteLength(keys)
  }
  if (input.orderingKey !== undefined) {
    const size = Buffer.byteLength(input.orderingKey)
    const isBlank = input.orderingKey.trim() === ''
    if (isBlank || size > orderingKeyBytesMax || hasControl(input.orderingKey)) {
      throw new MqError('illegal-ordering-key', undefined, { bytesMax: orderingKeyBytesMax })
    }
    properties.set(wire.orderingKey, input.orderingKey)
  }
  for (const text of [input.contentType, input.traceparent, input.tracestate]) {
    if (text === undefined) continue
    if (hasControl(text)) throw new MqError('illegal-property', 'a header has control characters')
    bytes += Buffer.byteLength(text)
  }
  return bytes
}

// The producer group is the topic; whoever serves a producer of it is asked how it ends.
function addTransaction(
  properties: Map<string, string>,
  topic: string,
  checkAfterMs: number | undefined,
): void {
  properties.set(wire.transaction, 'true')
  properties.set(wire.producerGroup, topic)
  if (checkAfterMs === undefined) return
  if (!(checkAfterMs >= 0 && checkAfterMs <= checkAfterMsMax)) {
    throw new MqError('invalid-argument', 'the time before a check is out of its range', {
      max: checkAfterMsMax,
    })
  }
  properties.set(wire.checkAfter, String(Math.floor(checkAfterMs / 1000)))
}

function addDelivery(
  properties: Map<string, string>,
  deliverAt: number,
  now: number,
  delayMsMax: number,
): void {
  if (!Number.isSafeInteger(deliverAt) || deliverAt < 0 || deliverAt > now + delayMsMax) {
    throw new MqError('illegal-delivery-time', undefined, { delayMsMax })
  }
  if (deliverAt > now) properties.set(wire.deliverAt, String(deliverAt))
}

function messageIdOf(input: SendInput, ids: MessageIds, now: number): string {
  if (input.messageId === undefined) return ids.next(now)
  if (input.messageId.trim() === '' || hasControl(input.messageId)) {
    throw new MqError('illegal-message-id')
  }
  return input.messageId
}

function hostOf(remote: string): string {
  const colon = remote.lastIndexOf(':')
  return (colon < 0 ? remote : remote.slice(0, colon)) || 'unknown'
}
