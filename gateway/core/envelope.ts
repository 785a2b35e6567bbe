// The message envelope of requests, read by hand because it is on the hot path of batch, NDJSON
// and WebSocket sends: application/vnd.rocketway.message+json and the members of a `pub` frame.
// Names, tags, keys and properties are judged by the core; here only the shape is.

import { MqError } from '../../src/base/errors.ts'
import type { MessageType, ReadFrom, SendInput } from './core.ts'
import { parseDuration } from './duration.ts'

export type Json = Readonly<Record<string, unknown>>

const delayMsMax = 40 * 24 * 3_600_000

import { idempotencyKeyCharsMax } from './idempotency.ts'

const messageTypes: readonly string[] = ['normal', 'fifo', 'delay', 'transaction']

/** The members of an envelope, as a schema lists them. */
export const envelopeMembers: ReadonlySet<string> = new Set([
  'body',
  'contentType',
  'tag',
  'keys',
  'properties',
  'orderingKey',
  'delay',
  'deliverAt',
  'type',
  'producerGroup',
  'idempotencyKey',
  'require',
  'traceparent',
  'tracestate',
])

/** Where an envelope was: its JSON pointer, and the body where that came beside it. */
type Place = { readonly at?: string; readonly body?: Uint8Array | undefined }

/**
 * What an envelope says, to be sent to `topic`. Unknown members are the caller's concern (they
 * differ by front). `now` is wall time.
 */
export function parseEnvelope(
  from: Json,
  topic: string,
  now: number,
  place: Place = {},
): SendInput {
  const { at = '' } = place
  return {
    topic,
    ...parseContent(from, place),
    tag: optionalText(from, 'tag', at),
    keys: parseKeys(from['keys'], `${at}/keys`),
    properties: parseProperties(from['properties'], `${at}/properties`),
    orderingKey: optionalText(from, 'orderingKey', at),
    deliverAt: parseDeliverAt(from, now, at),
    type: parseType(from['type'], `${at}/type`),
    producerGroup: optionalText(from, 'producerGroup', at),
    idempotencyKey: parseIdempotencyKey(from, at),
    requireReplicated: parseRequire(from['require'], `${at}/require`),
    traceparent: optionalText(from, 'traceparent', at),
    tracestate: optionalText(from, 'tracestate', at),
  }
}

/** `body` and `contentType`. */
export function parseContent(
  from: Json,
  { at = '', body }: Place = {},
): { readonly body: Uint8Array; readonly contentType: string } {
  const own = optionalText(from, 'contentType', at)
  if (body !== undefined) {
    if (from['body'] !== undefined) malformed(`${at}/body`, 'is what follows the header')
    return { body, contentType: own ?? 'application/octet-stream' }
  }
  const { bytes, contentType } = parseBody(from['body'], `${at}/body`)
  return { body: bytes, contentType: own ?? contentType }
}

/** True for a plain JSON object: neither null nor an array. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A member that is text or absent. */
export function optionalText(from: Json, name: string, at = ''): string | undefined {
  const value = from[name]
  if (value === undefined || typeof value === 'string') return value
  return malformed(`${at}/${name}`, 'must be text')
}

/** Throws `malformed-body` that points at what is wrong. */
export function malformed(pointer: string, message: string): never {
  throw new MqError('malformed-body', message, { pointer })
}

function parseBody(value: unknown, at: string): { bytes: Uint8Array; contentType: string } {
  if (!isObject(value)) malformed(at, 'must be an object with json, text or base64')
  const [form, second] = Object.keys(value)
  const content = form === undefined ? undefined : value[form]
  if (second !== undefined) malformed(at, 'must have one of json, text and base64')
  if (form === 'json') {
    return { bytes: printJson(content, `${at}/json`), contentType: 'application/json' }
  }
  if (form === 'text' && typeof content === 'string') {
    return { bytes: Buffer.from(content, 'utf8'), contentType: 'text/plain;charset=utf-8' }
  }
  if (form === 'base64' && typeof content === 'string') {
    if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(content)) malformed(`${at}/base64`, 'is not base64')
    return { bytes: Buffer.from(content, 'base64'), contentType: 'application/octet-stream' }
  }
  return malformed(at, 'must be an object with json, text or base64')
}

function printJson(value: unknown, at: string): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(value), 'utf8')
  } catch {
    // JSON.parse takes any depth, JSON.stringify only what the stack holds.
    return malformed(at, 'is nested too deep')
  }
}

function parseKeys(value: unknown, at: string): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) malformed(at, 'must be a list of texts')
  return value.map((key: unknown, index) =>
    typeof key === 'string' ? key : malformed(`${at}/${index}`, 'must be text'),
  )
}

export function parseProperties(
  value: unknown,
  at: string,
): ReadonlyMap<string, string> | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) malformed(at, 'must be an object of texts')
  const properties = new Map<string, string>()
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') malformed(`${at}/${pointerPart(name)}`, 'must be text')
    properties.set(name, text)
  }
  return properties
}

function parseDeliverAt(from: Json, now: number, at: string): number | undefined {
  const { delay, deliverAt } = from
  if (delay !== undefined) {
    if (deliverAt !== undefined) malformed(`${at}/delay`, 'excludes deliverAt')
    const rule = { pointer: `${at}/delay`, minMs: 0, maxMs: delayMsMax }
    return now + parseDuration(delay, { ...rule, failure: 'illegal-delivery-time' })
  }
  return deliverAt === undefined ? undefined : parseTime(deliverAt, `${at}/deliverAt`)
}

/** Where a reader starts: `latest` when absent, `earliest` or a time. */
export function parseReadFrom(text: string | undefined, pointer: string): ReadFrom {
  if (text === undefined || text === 'latest') return 'latest'
  return text === 'earliest' ? 'earliest' : { at: parseTime(text, pointer) }
}

/** ms since 1970 of an RFC 3339 time; refused with `invalid-argument`. */
export function parseTime(value: unknown, pointer: string): number {
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value)
  const ms = isTime ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms) || ms < 0) {
    throw new MqError('invalid-argument', 'must be a time as 2026-11-23T17:00:00Z', { pointer })
  }
  return ms
}

function parseType(value: unknown, pointer: string): MessageType | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !messageTypes.includes(value)) {
    throw new MqError('invalid-argument', `must be one of ${messageTypes.join(', ')}`, { pointer })
  }
  return value as MessageType
}

function parseIdempotencyKey(from: Json, at: string): string | undefined {
  const key = optionalText(from, 'idempotencyKey', at)
  if (key !== undefined && (key === '' || key.length > idempotencyKeyCharsMax)) {
    throw new MqError('invalid-argument', `must have 1 to ${idempotencyKeyCharsMax} characters`, {
      pointer: `${at}/idempotencyKey`,
    })
  }
  return key
}

function parseRequire(value: unknown, pointer: string): boolean | undefined {
  if (value === undefined) return undefined
  if (value === 'replicated') return true
  throw new MqError('invalid-argument', 'must be replicated', { pointer })
}

/** Source: RFC 6901 section 3. */
function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
