// What a namesrv takes of a registration: the topics with their queues, within limits.
//
// Java's broker says `compressed=false` even when it compresses, so the body itself tells its
// form. Before 3.0.11 the topics were not wrapped once more.
// Source: RegisterBrokerBody; remoting facts 5.4.

import { MqError } from '../base/errors.ts'
import { parseRegistration } from '../protocol/bodies/registration.ts'
import { dataVersion, topicTable } from '../protocol/bodies/topic-config.ts'
import type { DataVersion } from './registration.ts'
import type { QueueSettings, TopicSettings } from './topic-table.ts'

export type RegisterBody = {
  readonly dataVersion: DataVersion
  readonly topics: readonly TopicSettings[]
}

/** MQVersion V3_0_11: from here on the topics are wrapped once more. */
const wrappedSince = 37

const openingBrace = 0x7b
const topicLengthMax = 255
const queuesMax = 0x10000

/** Throws `malformed-body`, or `decompression-limit` beyond 64 MiB. */
export function readRegisterBody(body: Uint8Array, version: number): RegisterBody {
  if (body.length === 0) {
    return { dataVersion: { stateVersion: 0, timestamp: 0, counter: 0 }, topics: [] }
  }
  const isBare = version < wrappedSince && body[0] === openingBrace
  const usual = isBare || body[0] !== openingBrace ? undefined : readUsual(body)
  if (usual) return usual
  const { dataVersion: state, topicConfigTable } = isBare
    ? topicTable.parse(body)
    : parseRegistration(body).topicConfigSerializeWrapper
  return {
    dataVersion: state,
    topics: [...topicConfigTable].map(([key, topic]) => ({
      topicName: topicNameOf(topic.topicName || key),
      ...queueSettingsOf(topic),
    })),
  }
}

/** As Java's broker prints it: sorted keys, the version among the first. */
const opening =
  /^\{"filterServerList":\[\],"topicConfigSerializeWrapper":\{"dataVersion":(\{[^{}]{0,200}\})/

/** The version of a body, as cheaply as that can be told; undefined: read it whole. */
export function versionIn(body: Uint8Array): DataVersion | undefined {
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 512))
  const found = opening.exec(start.toString('latin1'))?.[1]
  try {
    return found === undefined ? undefined : dataVersion.parse(Buffer.from(found))
  } catch {
    return undefined
  }
}

type Json = Readonly<Record<string, unknown>>

/** Strict JSON with every number in its place; undefined leaves anything else to the shapes. */
function readUsual(body: Uint8Array): RegisterBody | undefined {
  const state = versionIn(body)
  const wrapper = state && asJson(asJson(parsed(body))?.['topicConfigSerializeWrapper'])
  const table = asJson(wrapper?.['topicConfigTable'])
  if (!state || !table) return undefined
  const topics: TopicSettings[] = []
  for (const key of Object.keys(table)) {
    const topic = asJson(table[key])
    if (!topic) return undefined
    const { topicName, readQueueNums, writeQueueNums, perm, topicSysFlag } = topic
    if (typeof topicName !== 'string' || topicName === '') return undefined
    if (!isInt(readQueueNums) || !isInt(writeQueueNums) || !isInt(perm) || !isInt(topicSysFlag)) {
      return undefined
    }
    const queues = queueSettingsOf({ readQueueNums, writeQueueNums, perm, topicSysFlag })
    topics.push({ topicName: topicNameOf(topicName), ...queues })
  }
  return { dataVersion: state, topics }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
  } catch {
    return undefined
  }
}

const asJson = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null ? (value as Json) : undefined

const isInt = (value: unknown): value is number => Number.isInteger(value)

/** The queues of a topic on a broker. Throws `malformed-body` beyond the limits. */
export function queueSettingsOf(from: QueueSettings): QueueSettings {
  return {
    readQueueNums: within(from.readQueueNums, queuesMax),
    writeQueueNums: within(from.writeQueueNums, queuesMax),
    perm: within(from.perm, 0xff),
    topicSysFlag: within(from.topicSysFlag, 0x7fffffff),
  }
}

function topicNameOf(name: string): string {
  if (name !== '' && name.length <= topicLengthMax) return name
  throw new MqError('malformed-body', 'a topic name is missing or too long')
}

function within(value: number, max: number): number {
  if (Math.abs(value) <= max) return value
  throw new MqError('malformed-body', 'a number is out of range')
}
