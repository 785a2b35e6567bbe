// A delivered message as JSON text: what REST answers, SSE and WebSocket send. Text and not an
// object, because a JSON body goes through as it was stored: numbers that JavaScript would
// round stay what they were, and nothing is printed twice.

import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'
import type { Delivered, Read, Received, SendOutput } from './core.ts'

export type BodyForm = 'auto' | 'base64'

/** A compressed body that unpacks to more than this is delivered as it is, in base64. */
const unpackedBytesMax = 16 * 1024 * 1024

/**
 * The members of a message without the braces around them, so that a front may add its own.
 * What the message does not have is left out.
 */
export function messageMembers(message: Delivered | Received | Read, form?: BodyForm): string {
  return `${describingMembers(message)},${bodyMembers(message, form)}`
}

/** The members without the body, and the body as bytes; `bodyEncoding` says if it is packed. */
export function membersAndBody(message: Delivered | Received | Read): {
  readonly members: string
  readonly body: Uint8Array
} {
  const members = describingMembers(message)
  const body = plainBody(message)
  if (body) return { members, body }
  return { members: `${members},"bodyEncoding":"gzip"`, body: message.body }
}

function describingMembers(message: Delivered | Received | Read): string {
  let text = ''
  if ('handle' in message) {
    text += `"handle":${JSON.stringify(message.handle)},"attempt":${message.attempt}`
    text += `,"invisibleUntil":"${timeText(message.invisibleUntil)}",`
    if (message.replyHandle !== undefined) {
      text += `"replyHandle":${JSON.stringify(message.replyHandle)},`
    }
  }
  if ('cursor' in message) text += `"cursor":${JSON.stringify(message.cursor)},`
  text += `"messageId":${JSON.stringify(message.messageId)}`
  text += `,"topic":${JSON.stringify(message.topic)}`
  if (message.tag !== undefined) text += `,"tag":${JSON.stringify(message.tag)}`
  text += `,"keys":${message.keys.length === 0 ? '[]' : JSON.stringify(message.keys)}`
  text += `,"properties":${propertiesText(message.properties)}`
  if (message.contentType !== undefined) {
    text += `,"contentType":${JSON.stringify(message.contentType)}`
  }
  if (message.orderingKey !== undefined) {
    text += `,"orderingKey":${JSON.stringify(message.orderingKey)}`
  }
  if (message.traceparent !== undefined) {
    text += `,"traceparent":${JSON.stringify(message.traceparent)}`
  }
  text += `,"bornAt":"${timeText(message.bornAt)}","storedAt":"${timeText(message.storedAt)}"`
  text += `,"broker":${JSON.stringify(message.broker)},"queueId":${message.queueId}`
  return `${text},"queueOffset":"${message.queueOffset}"`
}

/** The result of a send, in the words of REST and WebSocket. */
export function sendOutputJson(output: SendOutput): Readonly<Record<string, unknown>> {
  return {
    messageId: output.messageId,
    topic: output.topic,
    broker: output.broker,
    queueId: output.queueId,
    queueOffset: String(output.queueOffset),
    storedAt: timeText(output.storedAt),
    durability: output.durability,
    ...(output.replayed && { replayed: true }),
    ...(output.transactionId !== undefined && { transactionId: output.transactionId }),
    ...(output.recallHandle !== undefined && { recallHandle: output.recallHandle }),
  }
}

/** RFC 3339 in UTC with milliseconds. */
export function timeText(ms: number): string {
  // Messages come in bursts: formatting a date is dear, formatting its last three digits is not.
  const second = Math.floor(ms / 1000)
  const slot = second & (cachedSeconds.length - 1)
  if (cachedSeconds[slot] !== second) {
    cachedTexts[slot] = new Date(second * 1000).toISOString().slice(0, 20)
    cachedSeconds[slot] = second
  }
  const rest = ms - second * 1000
  const zeros = rest < 10 ? '00' : rest < 100 ? '0' : ''
  return `${cachedTexts[slot]}${zeros}${rest}Z`
}

// A message has up to three times, seconds or a minute apart.
const cachedSeconds: number[] = new Array(16).fill(Number.NaN)
const cachedTexts: string[] = new Array(16).fill('')

function propertiesText(properties: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of properties) {
    text += `${text === '' ? '{' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`
  }
  return text === '' ? '{}' : `${text}}`
}

/**
 * `json` if the content type is JSON and the body parses, `text` if it is text in UTF-8, else
 * `base64`. Without a content type the bytes decide: UTF-8 without control characters is text.
 */
function bodyMembers(message: Delivered, form: BodyForm = 'auto'): string {
  const body = plainBody(message)
  if (!body) return `"bodyEncoding":"gzip","body":{"base64":"${base64(message.body)}"}`
  const kind = form === 'base64' ? 'bytes' : kindOf(message.contentType)
  if (kind === 'bytes' || !isUtf8(body)) return `"body":{"base64":"${base64(body)}"}`
  const text = buffer(body).toString('utf8')
  if (kind === 'json' && isJson(text)) return `"body":{"json":${oneLine(text)}}`
  if (kind === 'unknown' && hasControl(text)) return `"body":{"base64":"${base64(body)}"}`
  return `"body":{"text":${JSON.stringify(text)}}`
}

/** The body unpacked; undefined when it cannot be. */
export function plainBody({ body, bodyEncoding }: Delivered): Uint8Array | undefined {
  if (bodyEncoding === undefined) return body
  try {
    return gunzipSync(body, { maxOutputLength: unpackedBytesMax })
  } catch {
    // Not gzip after all, or a bomb: the receiver gets what was stored.
    return undefined
  }
}

function kindOf(contentType: string | undefined): 'json' | 'text' | 'bytes' | 'unknown' {
  if (contentType === undefined) return 'unknown'
  if (contentType === 'application/json') return 'json'
  const [type = ''] = contentType.toLowerCase().split(';', 1)
  const bare = type.trim()
  if (bare === 'application/json' || bare.endsWith('+json')) return 'json'
  if (bare.startsWith('text/') || bare.endsWith('+xml') || textTypes.has(bare)) return 'text'
  return 'bytes'
}

const textTypes: ReadonlySet<string> = new Set([
  'application/xml',
  'application/yaml',
  'application/javascript',
  'application/x-www-form-urlencoded',
  'application/x-ndjson',
])

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** NDJSON and SSE end a message at a line break; in JSON text those are only white space. */
function oneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replaceAll(/[\r\n]+/g, ' ') : text
}

function hasControl(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text)
}

const base64 = (bytes: Uint8Array): string => buffer(bytes).toString('base64')

const buffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
