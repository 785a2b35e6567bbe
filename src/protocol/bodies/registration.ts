// The body of REGISTER_BROKER (103): all topics of a broker, plain or compressed.
//
// The compressed form is a zlib stream of int32-prefixed parts; a topic is one line in it, so
// its order and system flag are lost. Apache's broker says `compressed=false` with either form,
// so the form is told by the first byte.
// Not served: queue mappings of static topics; they are printed as none and left unread.
// Source: RegisterBrokerBody, TopicConfig.encode

import { deflateSync, inflateSync } from 'node:zlib'
import { MqError } from '../../base/errors.ts'
import { parseLooseJson } from '../../base/loose-json.ts'
import { body, list, map, object, text as textShape, type ValueOf } from './shape.ts'
import { dataVersionShape, topicConfigShape, topicTableShape } from './topic-config.ts'

const plain = body(
  object({ filterServerList: list(textShape), topicConfigSerializeWrapper: topicTableShape }),
)

export type Registration = ReturnType<typeof plain.parse>

type Topic = ValueOf<typeof topicConfigShape>

const attributes = map(textShape)
const names = list(textShape)

/** Of the inflated body: 300,000 topics, four times the largest frame. */
const inflatedBytesMax = 64 * 1024 * 1024

export const printRegistration = plain.print

/** In the form of 5.0 and later, which ends with the queue mappings. */
export function printCompressedRegistration(value: Registration): Uint8Array {
  const { dataVersion: state, topicConfigTable } = value.topicConfigSerializeWrapper
  const parts = [
    part(dataVersionShape.print(state)),
    int32(topicConfigTable.size),
    ...[...topicConfigTable.values()].map((topic) => part(lineOf(topic))),
    part(names.print(value.filterServerList)),
    int32(0),
  ]
  return deflateSync(Buffer.concat(parts), { level: 9 })
}

/** Throws `malformed-body`, or `decompression-limit` beyond 64 MiB. */
export function parseRegistration(bytes: Uint8Array): Registration {
  return bytes[0] === 0x7b ? plain.parse(bytes) : parseParts(inflate(bytes))
}

function parseParts(bytes: Buffer): Registration {
  let at = 0
  const length = (): number => {
    if (at + 4 > bytes.length) throw new MqError('malformed-body', 'a length is missing')
    at += 4
    return bytes.readInt32BE(at - 4)
  }
  const text = (): string => {
    const size = length()
    if (size < 0 || size > bytes.length - at) {
      throw new MqError('malformed-body', 'a length is out of range')
    }
    at += size
    return bytes.toString('utf8', at - size, at)
  }

  const state = dataVersionShape.parse(parseLooseJson(text()), 'dataVersion')
  const topics = new Map<string, Topic>()
  const count = length()
  // Each topic has at least its length, so a count cannot cost more than the bytes that came.
  if (count < 0 || count * 4 > bytes.length) {
    throw new MqError('malformed-body', 'a count is out of range')
  }
  for (let left = count; left > 0; left--) {
    const topic = topicOf(text())
    topics.set(topic.topicName, topic)
  }
  const filterServerList = names.parse(parseLooseJson(text()), 'filterServerList')
  return {
    filterServerList,
    topicConfigSerializeWrapper: { dataVersion: state, topicConfigTable: topics },
  }
}

/** `name read write perm filterType attributes` */
const lineOf = (topic: Topic): string =>
  [
    topic.topicName,
    topic.readQueueNums,
    topic.writeQueueNums,
    topic.perm,
    topic.topicFilterType,
    attributes.print(topic.attributes),
  ].join(' ')

function topicOf(line: string): Topic {
  const [topicName, readQueueNums, writeQueueNums, perm, topicFilterType] = line.split(' ', 5)
  const rest = line.split(' ').slice(5).join(' ')
  return topicConfigShape.parse(
    {
      topicName,
      readQueueNums,
      writeQueueNums,
      perm,
      topicFilterType,
      attributes: rest === '' ? {} : parseLooseJson(rest),
    },
    'topic',
  )
}

function inflate(bytes: Uint8Array): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: inflatedBytesMax })
  } catch (cause) {
    const isLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    const failure = isLarge ? 'decompression-limit' : 'malformed-body'
    throw new MqError(failure, 'the body cannot be unpacked', {}, { cause })
  }
}

function part(content: string): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([int32(bytes.length), bytes])
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value, 0)
  return bytes
}
