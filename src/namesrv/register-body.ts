// What a namesrv takes of a registration: the topics with their queues, within limits.
//
// Java's broker says `compressed=false` even when it compresses, so the body itself tells its
// form. Before 3.0.11 the topics were not wrapped once more.
// Source: RegisterBrokerBody; remoting facts 5.4.

import { MqError } from '../base/errors.ts'
import { parseRegistration } from '../protocol/bodies/registration.ts'
import { topicTable } from '../protocol/bodies/topic-config.ts'
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
  const { dataVersion, topicConfigTable } = isBare
    ? topicTable.parse(body)
    : parseRegistration(body).topicConfigSerializeWrapper
  return {
    dataVersion,
    topics: [...topicConfigTable].map(([key, topic]) => ({
      topicName: topicNameOf(topic.topicName || key),
      ...queueSettingsOf(topic),
    })),
  }
}

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
