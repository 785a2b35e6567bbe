// A raw message: the body is the message, everything else is in headers, both ways.

import { MqError } from '../../src/base/errors.ts'
import type { MessageType, Received, SendInput } from '../core/core.ts'
import { parseDuration } from '../core/duration.ts'
import { parseTime } from '../core/envelope.ts'
import { timeText } from '../core/message-json.ts'
import { isReservedIgnoringCase } from '../core/properties.ts'
import type { Exchange, Headers } from './exchange.ts'

const propertyPrefix = 'mq-property-'
const delayMsMax = 40 * 24 * 3_600_000
const types: readonly string[] = ['normal', 'fifo', 'delay', 'transaction']

const known = new Set([
  'mq-tag',
  'mq-keys',
  'mq-ordering-key',
  'mq-delay',
  'mq-deliver-at',
  'mq-type',
  'mq-producer-group',
  'mq-require',
  'mq-namespace',
])

/** What the headers of a raw send say. */
export function parseRawSend(
  exchange: Exchange,
  topic: string,
  body: Uint8Array,
  now: number,
): SendInput {
  // The list as it came: walking through node's object of headers costs several times as much.
  const { rawHeaders } = exchange.req
  let properties: Map<string, string> | undefined
  let hasOwn = false
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const rawName = rawHeaders[i] ?? ''
    if (!isOwnHeader(rawName)) continue
    const name = rawName.toLowerCase()
    hasOwn = true
    if (!name.startsWith(propertyPrefix)) {
      if (known.has(name)) continue
      throw new MqError('invalid-argument', 'the header is not known here', { pointer: name })
    }
    const property = name.slice(propertyPrefix.length)
    if (isReservedIgnoringCase(property)) {
      throw new MqError('illegal-property', 'the property name is reserved', { pointer: name })
    }
    properties ??= new Map()
    properties.set(property, decoded(exchange.header(name), name))
  }
  const base = {
    topic,
    body,
    contentType: exchange.header('content-type'),
    properties,
    idempotencyKey: exchange.header('idempotency-key'),
    traceparent: exchange.header('traceparent'),
    tracestate: exchange.header('tracestate'),
  }
  if (!hasOwn) return base
  return {
    ...base,
    tag: exchange.header('mq-tag'),
    keys: exchange.header('mq-keys')?.split(' ').filter(Boolean),
    orderingKey: exchange.header('mq-ordering-key'),
    deliverAt: deliverAtOf(exchange, now),
    type: typeOf(exchange.header('mq-type')),
    producerGroup: exchange.header('mq-producer-group'),
    requireReplicated: requireOf(exchange.header('mq-require')),
  }
}

/** Whether a header's name starts with `Mq-`, in any case. */
const isOwnHeader = (name: string): boolean =>
  name.charCodeAt(2) === 0x2d &&
  (name.charCodeAt(0) | 0x20) === 0x6d &&
  (name.charCodeAt(1) | 0x20) === 0x71

/** The headers of a raw delivery. */
export function rawHeaders(message: Received): Headers {
  const headers: Record<string, string> = {
    'Mq-Handle': message.handle,
    'Mq-Message-Id': headerText(message.messageId),
    'Mq-Attempt': String(message.attempt),
    'Mq-Invisible-Until': timeText(message.invisibleUntil),
    'Mq-Born-At': timeText(message.bornAt),
    'Mq-Stored-At': timeText(message.storedAt),
    'Mq-Broker': headerText(message.broker),
    'Mq-Queue-Id': String(message.queueId),
    'Mq-Queue-Offset': String(message.queueOffset),
  }
  if (message.tag !== undefined) headers['Mq-Tag'] = headerText(message.tag)
  if (message.keys.length > 0) headers['Mq-Keys'] = headerText(message.keys.join(' '))
  if (message.orderingKey !== undefined) {
    headers['Mq-Ordering-Key'] = headerText(message.orderingKey)
  }
  if (message.traceparent !== undefined) headers['traceparent'] = headerText(message.traceparent)
  for (const [name, value] of message.properties) {
    // A property may have any name; a header may not, and what does not fit is left out.
    if (/^[\w.-]{1,128}$/.test(name)) headers[`Mq-Property-${name}`] = encodeURIComponent(value)
  }
  return headers
}

/** UTF-8 in the only way that node writes bytes above ASCII; control characters become spaces. */
export const headerText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  Buffer.from(text.replaceAll(/[\x00-\x1f\x7f]/g, ' '), 'utf8').toString('latin1')

function decoded(value: string | undefined, name: string): string {
  try {
    return decodeURIComponent(value ?? '')
  } catch {
    throw new MqError('illegal-property', 'the value is not percent-encoded UTF-8', {
      pointer: name,
    })
  }
}

function deliverAtOf(exchange: Exchange, now: number): number | undefined {
  const delay = exchange.header('mq-delay')
  const deliverAt = exchange.header('mq-deliver-at')
  if (delay !== undefined && deliverAt !== undefined) {
    throw new MqError('invalid-argument', 'Mq-Delay excludes Mq-Deliver-At', {
      pointer: 'Mq-Delay',
    })
  }
  if (deliverAt !== undefined) return parseTime(deliverAt, 'Mq-Deliver-At')
  if (delay === undefined) return undefined
  const rule = { pointer: 'Mq-Delay', minMs: 0, maxMs: delayMsMax }
  return now + parseDuration(delay, { ...rule, failure: 'illegal-delivery-time' })
}

function typeOf(text: string | undefined): MessageType | undefined {
  if (text === undefined) return undefined
  if (types.includes(text)) return text as MessageType
  throw new MqError('invalid-argument', `must be one of ${types.join(', ')}`, {
    pointer: 'Mq-Type',
  })
}

function requireOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  if (text === 'replicated') return true
  throw new MqError('invalid-argument', 'must be replicated', { pointer: 'Mq-Require' })
}
