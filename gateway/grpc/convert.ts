// What callers send, as the core takes it; delivery-frame.ts is the way back.
// Source: SendMessageActivity, GrpcConverter.
// Not served: lite topics and priorities.

import { hash } from 'node:crypto'
import { MqError } from '../../src/base/errors.ts'
import type { Filter, MessageType, SendInput } from '../core/core.ts'
import { v2 } from './gen/messaging.js'
import { msOf } from './time.ts'

/**
 * HTTP senders say what a body is, and the core keeps that in a field of its own; here it is
 * a property in both directions.
 */
export const contentType = 'content-type'

/** The name of a topic; its namespace is that of the credential, whatever the caller says. */
export const topicName = (topic: v2.Resource.Fields | null | undefined): string =>
  nameOf(topic, 'illegal-topic')

export const groupName = (group: v2.Resource.Fields | null | undefined): string =>
  nameOf(group, 'illegal-group')

function nameOf(
  resource: v2.Resource.Fields | null | undefined,
  failure: 'illegal-topic' | 'illegal-group',
): string {
  if (!resource?.name) throw new MqError(failure, 'the name is missing')
  return resource.name
}

/** What to send. The core checks the parts; here only what it cannot see is. */
export function sendInputOf(message: v2.Message.Fields): SendInput {
  const system = message.systemProperties
  if (!system?.messageId?.trim()) throw new MqError('illegal-message-id')
  const body = message.body ?? empty
  if (system.bodyDigest) checkDigest(body, system.bodyDigest)

  const properties = propertiesOf(message.userProperties)
  const deliverAt = msOf(system.deliveryTimestamp)
  const orderingKey = system.messageGroup ?? undefined
  return {
    topic: topicName(message.topic),
    body,
    messageId: system.messageId,
    type: typeOf(system, deliverAt, orderingKey),
    tag: system.tag ?? undefined,
    keys: system.keys ?? undefined,
    contentType: properties && takeContentType(properties),
    properties,
    orderingKey,
    deliverAt,
    checkAfterMs: msOf(system.orphanedTransactionRecoveryDuration),
    bornAt: msOf(system.bornTimestamp),
    traceContext: system.traceContext || undefined,
    bodyEncoding: system.bodyEncoding === v2.Encoding.GZIP ? 'gzip' : undefined,
  }
}

const empty = new Uint8Array()

// Only TRANSACTION is believed; the others follow from what the message carries.
function typeOf(
  { messageType, liteTopic, priority }: v2.SystemProperties.Fields,
  deliverAt: number | undefined,
  orderingKey: string | undefined,
): MessageType {
  if (messageType === v2.MessageType.TRANSACTION) return 'transaction'
  if (liteTopic != null || messageType === v2.MessageType.LITE) throw unserved('lite topics')
  if (priority != null || messageType === v2.MessageType.PRIORITY) throw unserved('priorities')
  if (deliverAt !== undefined) return 'delay'
  return orderingKey === undefined ? 'normal' : 'fifo'
}

const unserved = (what: string) => new MqError('not-implemented', `${what} are not served`)

function propertiesOf(
  users: { readonly [name: string]: string } | null | undefined,
): Map<string, string> | undefined {
  let properties: Map<string, string> | undefined
  for (const name in users) {
    properties ??= new Map()
    properties.set(name, users[name] ?? '')
  }
  return properties
}

function takeContentType(properties: Map<string, string>): string | undefined {
  const value = properties.get(contentType)
  if (value !== undefined) properties.delete(contentType)
  return value
}

// CRC32 is written differently by every client, and no client sends it: it is not compared.
function checkDigest(body: Uint8Array, { type, checksum }: v2.Digest.Fields): void {
  const algorithm =
    type === v2.DigestType.MD5 ? 'md5' : type === v2.DigestType.SHA1 ? 'sha1' : undefined
  if (algorithm === undefined) return
  if (hash(algorithm, body) !== checksum?.toLowerCase()) throw new MqError('message-corrupted')
}

/** Undefined is every message. An unspecified type is a tag's. */
export function filterOf(
  filter: v2.FilterExpression.Fields | null | undefined,
): Filter | undefined {
  const expression = filter?.expression ?? ''
  if (filter?.type === v2.FilterType.SQL) return { type: 'sql', expression }
  return expression === '' || expression === '*' ? undefined : { type: 'tag', expression }
}
