// A prepared message and what becomes of it, as records. Pure: nothing is appended here.
//
// A half is the message in a topic of its own, with the place it is meant for in its
// properties. Asking about it appends it anew with a higher count, so that the queue is in the
// order of the next look; the final message is again a copy. Every byte a producer sent stays.
//
// Source: TransactionalMessageBridge.parseHalfMessageInner, renewHalfMessageInner,
// EndTransactionProcessor.endMessageTransaction, DefaultTransactionalMessageCheckListener; the
// records were compared with 5.5.0's.

import { readInt64, viewOf } from '../../base/int64.ts'
import { transactionOf, withTransaction } from '../../message/flags.ts'
import { offsetMessageId } from '../../message/id.ts'
import type { HostBytes, OutgoingMessage } from '../../message/message.ts'
import {
  addProperty,
  propertyIn,
  propertyNames,
  withoutProperty,
  withProperty,
} from '../../message/properties.ts'
import {
  bodyIsIntact,
  bornHostOf,
  encodeRecord,
  findParts,
  propertiesTextOf,
  recordFields,
  recordSize,
  storeTimestampOf,
} from '../../message/record.ts'
import { halfTopic, undecidedTopic } from '../names.ts'

/** A half as it is in the log. */
export type Half = {
  /** In the half queue. */
  readonly offset: number
  readonly position: number
  readonly storeTimestamp: number
  /** UNIQ_KEY: the same in every copy. */
  readonly key: string
  readonly group: string
  /** Where the message goes when it is committed. */
  readonly topic: string
  readonly queueId: number
  /** How often the producers were asked. */
  readonly checkCount: number
  /** For how long nobody is to be asked, ms; undefined: the broker's setting. */
  readonly immunityMs: number | undefined
  /** It was appended anew for an earlier one. */
  readonly isCopy: boolean
  /** What is stored. */
  readonly stored: OutgoingMessage
}

/** Turns a message into a half, in place. */
export function prepare(message: OutgoingMessage, uniqueKey: string): void {
  const { realTopic, realQueueId, transactionId } = propertyNames
  let properties = withProperty(message.properties, realTopic, message.topic)
  properties = withProperty(properties, realQueueId, String(message.queueId))
  message.properties = withProperty(properties, transactionId, uniqueKey)
  message.sysFlag = withTransaction(message.sysFlag, 'none')
  message.topic = halfTopic
  message.queueId = 0
}

/** Undefined when the bytes are no whole record that says where its message belongs. */
export function readHalf(record: Uint8Array): Half | undefined {
  const view = viewOf(record)
  const parts = findParts(view, 0, record.length)
  if (!parts || !bodyIsIntact(record, parts)) return undefined
  const properties = propertiesTextOf(record)
  const property = (name: string) => propertyIn(properties, name)
  const topic = property(propertyNames.realTopic)
  const queueId = Number(property(propertyNames.realQueueId))
  if (topic === undefined || !Number.isInteger(queueId)) return undefined

  const checkCount = countOf(property(propertyNames.transactionCheckTimes)) ?? 0
  const immunitySeconds = countOf(property(propertyNames.checkImmunitySeconds))
  return {
    offset: readInt64(view, recordFields.queueOffset),
    position: readInt64(view, recordFields.position),
    storeTimestamp: storeTimestampOf(record),
    key: property(propertyNames.uniqueKey) ?? '',
    group: property(propertyNames.producerGroup) ?? '',
    topic,
    queueId,
    checkCount,
    immunityMs: immunitySeconds === undefined ? undefined : immunitySeconds * 1000,
    isCopy: checkCount > 0 || property(propertyNames.preparedQueueOffset) !== undefined,
    stored: {
      topic: halfTopic,
      queueId: 0,
      flag: view.getInt32(recordFields.flag),
      sysFlag: view.getInt32(recordFields.sysFlag),
      bornTimestamp: readInt64(view, recordFields.bornTimestamp),
      bornHost: bornHostOf(record),
      storeHost: record.subarray(parts.storeHost, parts.reconsumeTimes),
      reconsumeTimes: view.getInt32(parts.reconsumeTimes),
      preparedPosition: 0,
      body: record.subarray(parts.body, parts.body + parts.bodySize),
      properties,
    },
  }
}

function countOf(text: string | undefined): number | undefined {
  const count = Number(text)
  return text !== undefined && Number.isInteger(count) && count >= 0 ? count : undefined
}

/** The message that consumers see. `position` is that of the half which stands for it now. */
export function committed(half: Half, position: number): OutgoingMessage {
  const { realTopic, realQueueId } = propertyNames
  const { stored } = half
  return {
    ...stored,
    topic: half.topic,
    queueId: half.queueId,
    sysFlag: withTransaction(stored.sysFlag, 'commit'),
    preparedPosition: position,
    properties: withoutProperty(withoutProperty(stored.properties, realTopic), realQueueId),
  }
}

/**
 * The position of the half that a record commits; undefined for any other record, as the first
 * record of a log is at 0.
 */
export function preparedPositionOf(record: Uint8Array): number | undefined {
  const view = viewOf(record)
  const parts = findParts(view, 0, record.length)
  if (!parts || transactionOf(view.getInt32(recordFields.sysFlag)) !== 'commit') return undefined
  return readInt64(view, parts.reconsumeTimes + 4)
}

/** The half with one more question counted. */
export const askedAgain = ({ stored, checkCount }: Half): OutgoingMessage => {
  const name = propertyNames.transactionCheckTimes
  return { ...stored, properties: withProperty(stored.properties, name, String(checkCount + 1)) }
}

/** The half put off because nobody is to be asked yet. Java counts this as a question. */
export function putOff({ stored, offset }: Half): OutgoingMessage {
  const name = propertyNames.preparedQueueOffset
  if (propertyIn(stored.properties, name) !== undefined) return stored
  return { ...stored, properties: addProperty(stored.properties, name, String(offset)) }
}

/** The half that nobody decided, for people to look at. */
export const givenUp = ({ stored }: Half): OutgoingMessage => ({ ...stored, topic: undecidedTopic })

/** A half that was given up, for another round of questions. */
export const resumed = ({ stored }: Half): OutgoingMessage => ({
  ...stored,
  properties: withProperty(stored.properties, propertyNames.transactionCheckTimes, '0'),
})

type Place = {
  readonly queueOffset: number
  readonly position: number
  readonly storeTimestamp: number
}

/** The half as a producer is shown it: a record under its real topic and queue. */
export function shown(half: Half, copy: OutgoingMessage, place: Place): Uint8Array {
  const properties = withProperty(copy.properties, propertyNames.wait, 'false')
  const message = { ...copy, properties, topic: half.topic, queueId: half.queueId }
  const topic = Buffer.from(half.topic)
  const propertiesSize = Buffer.byteLength(properties)
  const size = recordSize(message, topic.length, propertiesSize)
  const bytes = Buffer.allocUnsafeSlow(size)
  const assigned = { ...place, topic, propertiesSize, size }
  encodeRecord({ bytes, view: viewOf(bytes) }, 0, message, assigned)
  return bytes
}

/** The header of the question about the copy at `place`. */
export const checkHeader = (
  half: Half,
  place: Place,
  self: { readonly brokerName: string; readonly storeHost: HostBytes },
) => ({
  topic: halfTopic,
  tranStateTableOffset: place.queueOffset,
  commitLogOffset: place.position,
  msgId: half.key,
  transactionId: half.key,
  offsetMsgId: offsetMessageId(self.storeHost, place.position),
  bname: self.brokerName,
})
