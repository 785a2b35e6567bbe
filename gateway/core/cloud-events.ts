// CloudEvents 1.0 as messages: attributes are properties with the prefix `CE_`, the data is the
// body, so that a consumer that knows nothing of CloudEvents still gets the data alone.
// Source: CloudEvents 1.0.2 sections 2 and 3; its JSON format; the prefix is that of the RocketMQ
// binding of the Java SDK.

import { MqError } from '../../src/base/errors.ts'
import type { Delivered, SendInput } from './core.ts'
import { type Json, malformed, parseTime } from './envelope.ts'
import { plainBody, timeText } from './message-json.ts'

export const cloudEventType = 'application/cloudevents+json'

const prefix = 'CE_'
const attributeName = /^[a-z0-9]{1,20}$/
const required = ['id', 'source', 'specversion', 'type'] as const
const ownMessageType = 'rocketway.message'

/** An event in structured mode, to be sent to `topic`. */
export function parseCloudEvent(event: Json, topic: string, at = ''): SendInput {
  const { data, data_base64: packed, datacontenttype, ...attributes } = event
  if (data !== undefined && packed !== undefined) malformed(`${at}/data_base64`, 'excludes data')
  if (datacontenttype !== undefined && typeof datacontenttype !== 'string') {
    malformed(`${at}/datacontenttype`, 'must be text')
  }
  const contentType = datacontenttype ?? (packed === undefined ? 'application/json' : undefined)
  return inputOf(attributes, topic, contentType, bodyOf(data, packed, contentType, at), at)
}

/** An event in binary mode: `attributes` by name, without the prefix of their headers. */
export function binaryCloudEvent(
  attributes: Readonly<Record<string, string>>,
  topic: string,
  contentType: string | undefined,
  body: Uint8Array,
): SendInput {
  return inputOf(attributes, topic, contentType, body, '')
}

function inputOf(
  attributes: Json,
  topic: string,
  contentType: string | undefined,
  body: Uint8Array,
  at: string,
): SendInput {
  for (const name of required) {
    if (typeof attributes[name] !== 'string' || attributes[name] === '') {
      malformed(`${at}/${name}`, 'is required')
    }
  }
  if (attributes['specversion'] !== '1.0') malformed(`${at}/specversion`, 'must be 1.0')
  const properties = new Map<string, string>()
  for (const [name, value] of Object.entries(attributes)) {
    if (!attributeName.test(name)) malformed(`${at}/${name.slice(0, 64)}`, 'is no attribute name')
    if (value === null) continue
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      malformed(`${at}/${name}`, 'must be text, a whole number or a truth value')
    }
    properties.set(prefix + name, String(value))
  }
  const { time, partitionkey } = attributes
  return {
    topic,
    body,
    contentType,
    properties,
    keys: [String(attributes['id']).replaceAll(/\s/g, '_')],
    orderingKey: typeof partitionkey === 'string' ? partitionkey : undefined,
    bornAt: time === undefined ? undefined : parseTime(time, `${at}/time`),
    traceparent: textOf(attributes['traceparent']),
    tracestate: textOf(attributes['tracestate']),
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

function bodyOf(data: unknown, packed: unknown, type: string | undefined, at: string): Uint8Array {
  if (packed !== undefined) {
    if (typeof packed !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
      malformed(`${at}/data_base64`, 'is not base64')
    }
    return Buffer.from(packed, 'base64')
  }
  if (data === undefined) throw new MqError('message-body-empty', 'an event here has data')
  const isJson = type === undefined || /[/+]json\s*(;|$)/.test(type)
  if (!isJson && typeof data === 'string') return Buffer.from(data, 'utf8')
  return Buffer.from(JSON.stringify(data), 'utf8')
}

/** A message as an event, as JSON text; one that was no event gets the attributes it needs. */
export function printCloudEvent(message: Delivered): string {
  const event: Record<string, unknown> = {
    specversion: '1.0',
    id: message.messageId,
    source: `/v1/topics/${message.topic}`,
    type: ownMessageType,
    time: timeText(message.bornAt),
  }
  for (const [name, value] of message.properties) {
    const attribute = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    if (attributeName.test(attribute)) event[attribute] = value
  }
  if (message.contentType !== undefined) event['datacontenttype'] = message.contentType
  const body = Buffer.from(plainBody(message) ?? message.body)
  const text = body.toString('utf8')
  if (message.contentType !== undefined && /[/+]json\s*(;|$)/.test(message.contentType)) {
    // As it was stored: numbers that JavaScript would round stay what they were.
    if (isJson(text)) return `${JSON.stringify(event).slice(0, -1)},"data":${text}}`
  }
  if (message.contentType?.startsWith('text/')) event['data'] = text
  else event['data_base64'] = body.toString('base64')
  return JSON.stringify(event)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
