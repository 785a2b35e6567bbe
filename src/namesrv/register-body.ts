// The body of REGISTER_BROKER in its three forms: JSON, JSON of before 3.0.11, and the
// compressed form, which 5.x adds queue mappings to (static topics, not served: left unread).
//
// Source: RegisterBrokerBody; remoting facts 5.4.

import { inflateSync } from 'node:zlib'
import { MqError } from '../base/errors.ts'
import { parseLooseJson } from '../base/loose-json.ts'
import type { DataVersion } from './registration.ts'
import type { TopicSettings } from './topic-table.ts'

export type RegisterBody = {
  readonly dataVersion: DataVersion
  readonly topics: readonly TopicSettings[]
}

/** MQVersion V3_0_11: from here on the topics are wrapped once more. */
const wrappedSince = 37

const zlibMark = 0x78

/** Four times the largest frame: about 300,000 topics. */
const inflatedMax = 64 * 1024 * 1024

const topicLengthMax = 255
const queuesMax = 0x10000

/**
 * Throws `malformed-body`, or `decompression-limit` beyond 64 MiB. Java's broker says
 * `compressed=false` even when it compresses, so the body itself tells its form.
 */
export function readRegisterBody(body: Uint8Array, version: number): RegisterBody {
  if (body.length === 0) return { dataVersion: readDataVersion(undefined), topics: [] }
  if (body[0] === zlibMark) return readCompressed(inflate(body))
  const whole = objectOf(parseLooseJson(utf8(body)))
  const wrapper = version < wrappedSince ? whole : objectOf(whole['topicConfigSerializeWrapper'])
  const table = Object.entries(objectOf(wrapper['topicConfigTable'] ?? {}))
  return {
    dataVersion: readDataVersion(wrapper['dataVersion']),
    topics: table.map(([name, settings]) => readTopic(name, objectOf(settings))),
  }
}

/** Absent parts count as 0. Throws `malformed-body`. */
export function readDataVersion(value: unknown): DataVersion {
  const from = objectOf(value ?? {})
  return {
    stateVersion: whole(from['stateVersion'], 0),
    timestamp: whole(from['timestamp'], 0),
    counter: whole(from['counter'], 0),
  }
}

/** Settings of a topic on a broker. What is absent is as in Java. Throws `malformed-body`. */
export function readQueueSettings(from: Readonly<Record<string, unknown>>) {
  return {
    readQueueNums: whole(from['readQueueNums'], 16, queuesMax),
    writeQueueNums: whole(from['writeQueueNums'], 16, queuesMax),
    perm: whole(from['perm'], 6, 0xff),
    topicSysFlag: whole(from['topicSysFlag'], 0, 0x7fffffff),
  }
}

function readTopic(key: string, from: Readonly<Record<string, unknown>>): TopicSettings {
  const name = from['topicName'] ?? key
  return { topicName: topicNameOf(name), ...readQueueSettings(from) }
}

/** int32-prefixed parts: version, topics one by one, and what is left unread. */
function readCompressed(bytes: Buffer): RegisterBody {
  let at = 0
  const i32 = (): number => {
    if (at + 4 > bytes.length) throw malformed('a length is missing')
    at += 4
    return bytes.readInt32BE(at - 4)
  }
  const text = (): string => {
    const size = i32()
    if (size < 0 || size > bytes.length - at) throw malformed('a length is out of range')
    at += size
    return bytes.toString('utf8', at - size, at)
  }

  const dataVersion = readDataVersion(parseLooseJson(text()))
  const count = i32()
  // Each topic has at least its length, so a count cannot cost more than the bytes that came.
  if (count < 0 || count * 4 > bytes.length) throw malformed('a count is out of range')
  const topics: TopicSettings[] = []
  for (let i = 0; i < count; i++) topics.push(readTopicLine(text()))
  return { dataVersion, topics }
}

/** `name read write perm filterType attributes`; the system flag is not in it. */
function readTopicLine(line: string): TopicSettings {
  const [name, readQueueNums, writeQueueNums, perm] = line.split(' ', 4)
  const numbers = [readQueueNums, writeQueueNums, perm].map((part) => part && Number(part))
  const [read, write, permission] = numbers
  return {
    topicName: topicNameOf(name),
    ...readQueueSettings({ readQueueNums: read, writeQueueNums: write, perm: permission }),
  }
}

function inflate(body: Uint8Array): Buffer {
  try {
    return inflateSync(body, { maxOutputLength: inflatedMax })
  } catch (cause) {
    const isLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw isLarge
      ? new MqError('decompression-limit', undefined, { max: inflatedMax }, { cause })
      : new MqError('malformed-body', 'the compressed body cannot be read', {}, { cause })
  }
}

function topicNameOf(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= topicLengthMax) return value
  throw malformed('a topic name is missing or too long')
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw malformed('an object is expected')
}

function whole(value: unknown, fallback: number, max = Number.MAX_SAFE_INTEGER): number {
  if (value === undefined || value === null) return fallback
  if (Number.isSafeInteger(value) && Math.abs(value as number) <= max) return value as number
  throw malformed('a number is out of range')
}

const utf8 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')

const malformed = (message: string) => new MqError('malformed-body', message)
