// A message as bytes in the commit log, and as brokers send it to clients.
//
//   0 size i32 | 4 magic i32 | 8 body crc i32 | 12 queue id i32 | 16 flag i32
//   20 queue offset i64 | 28 position i64 | 36 sysflag i32 | 40 born time i64
//   48 born host 8 or 20 | store time i64 | store host 8 or 20 | reconsume times i32
//   prepared position i64 | body size i32 + body | topic size i8 (v1) or i16 (v2) + topic
//   properties size i16 + properties
//
// Format: docs/formats/record.md. Source: MessageExtEncoder, MessageDecoder.

import { crc32 } from '../base/crc32.ts'
import { MqError } from '../base/errors.ts'
import { readInt64, viewOf, writeInt64 } from '../base/int64.ts'
import { sysFlags } from './flags.ts'
import { hostTextAt, isV6 } from './hosts.ts'
import { offsetMessageId } from './id.ts'
import type { HostBytes, Message, OutgoingMessage } from './message.ts'
import { parseProperties, propertyNames } from './properties.ts'
import { writeRecordCrc } from './record-crc.ts'

/** The second field of a record: its layout, or the mark that the rest of a file is unused. */
export const magics = { v1: -626843481, v2: -626843477, blank: -875286124 } as const

/** Where the fields are whose place does not depend on the hosts. */
export const recordFields = {
  size: 0,
  magic: 4,
  bodyCrc: 8,
  queueId: 12,
  flag: 16,
  queueOffset: 20,
  position: 28,
  sysFlag: 36,
  bornTimestamp: 40,
  bornHost: 48,
} as const

/** The longest property text, bytes. Source: Short.MAX_VALUE in MessageExtEncoder. */
export const propertiesSizeMax = 32_767

// Everything but hosts, body, topic and properties; the topic size of v1 included.
const fixedSize = 75
// Java decides by characters; what has more bytes than this cannot be read from v1's signed byte.
const topicSizeMaxV1 = 127

/** Bytes and the view that numbers are written through: what records are encoded into. */
export type RecordTarget = { readonly bytes: Buffer; readonly view: DataView }

/** What the store assigns to a message, and the sizes that were worked out before. */
export type Assigned = {
  queueOffset: number
  position: number
  storeTimestamp: number
  /** UTF-8 of the topic. */
  topic: Uint8Array
  /** UTF-8 bytes of the property text. */
  propertiesSize: number
  /** As {@link recordSize} answers it. */
  size: number
  /** The properties end with the record's checksum: its bytes are counted in both sizes. */
  hasCrc?: boolean
}

/** Bytes that a message takes in the log. */
export function recordSize(
  message: OutgoingMessage,
  topicSize: number,
  propertiesSize: number,
): number {
  const hosts = message.bornHost.length + message.storeHost.length
  const wide = topicSize > topicSizeMaxV1 ? 1 : 0
  return fixedSize + wide + hosts + message.body.length + topicSize + propertiesSize
}

/**
 * Writes a record at `at`. The size is written last: a process that is killed meanwhile
 * leaves zero there, which reads as the end of the log.
 */
export function encodeRecord(
  { bytes, view }: RecordTarget,
  at: number,
  message: OutgoingMessage,
  assigned: Assigned,
): void {
  const { body, bornHost, storeHost } = message
  const topicSize = assigned.topic.length
  const wide = topicSize > topicSizeMaxV1

  view.setInt32(at + 4, wide ? magics.v2 : magics.v1)
  view.setInt32(at + 8, bodyCrcOf(body))
  view.setInt32(at + 12, message.queueId)
  view.setInt32(at + 16, message.flag)
  writeInt64(view, at + 20, assigned.queueOffset)
  writeInt64(view, at + 28, assigned.position)
  view.setInt32(at + 36, withHostBits(message))
  writeInt64(view, at + 40, message.bornTimestamp)

  let next = at + 48
  bytes.set(bornHost, next)
  next += bornHost.length
  writeInt64(view, next, assigned.storeTimestamp)
  bytes.set(storeHost, next + 8)
  next += 8 + storeHost.length
  view.setInt32(next, message.reconsumeTimes)
  writeInt64(view, next + 4, message.preparedPosition)
  view.setInt32(next + 12, body.length)
  bytes.set(body, next + 16)
  next += 16 + body.length

  if (wide) view.setInt16(next++, topicSize)
  else view.setInt8(next, topicSize)
  bytes.set(assigned.topic, next + 1)
  next += 1 + topicSize
  view.setInt16(next, assigned.propertiesSize)
  bytes.write(message.properties, next + 2, 'utf8')
  if (assigned.hasCrc) writeRecordCrc(bytes, at, assigned.size)
  view.setInt32(at, assigned.size)
}

function withHostBits(message: OutgoingMessage): number {
  const bits =
    (isV6(message.bornHost) ? sysFlags.bornHostIsV6 : 0) |
    (isV6(message.storeHost) ? sysFlags.storeHostIsV6 : 0)
  return (message.sysFlag & ~(sysFlags.bornHostIsV6 | sysFlags.storeHostIsV6)) | bits
}

/** Offsets, from the start of the record, of the parts that move. */
export type RecordParts = {
  readonly storeTimestamp: number
  readonly storeHost: number
  readonly reconsumeTimes: number
  readonly body: number
  readonly bodySize: number
  readonly topic: number
  readonly topicSize: number
  readonly properties: number
  readonly propertiesSize: number
}

/**
 * Where the parts of the record at `at` are. Undefined when the bytes up to `end` do not hold
 * one whole record whose sizes agree. The checksum is not looked at.
 */
export function findParts(view: DataView, at: number, end: number): RecordParts | undefined {
  if (end - at < fixedSize + 16) return undefined
  const size = view.getInt32(at)
  const magic = view.getInt32(at + 4)
  if (magic !== magics.v1 && magic !== magics.v2) return undefined
  if (size < fixedSize + 16 || size > end - at) return undefined

  const flags = view.getInt32(at + recordFields.sysFlag)
  const storeTimestamp = 48 + (flags & sysFlags.bornHostIsV6 ? 20 : 8)
  const storeHost = storeTimestamp + 8
  const reconsumeTimes = storeHost + (flags & sysFlags.storeHostIsV6 ? 20 : 8)
  const body = reconsumeTimes + 16
  if (body > size) return undefined
  const bodySize = view.getInt32(at + body - 4)
  const wide = magic === magics.v2
  const topic = body + bodySize + (wide ? 2 : 1)
  if (bodySize < 0 || topic > size) return undefined
  const topicSize = wide ? view.getInt16(at + topic - 2) : view.getInt8(at + topic - 1)
  const properties = topic + topicSize + 2
  if (topicSize < 0 || properties > size) return undefined
  const propertiesSize = view.getInt16(at + properties - 2)
  if (propertiesSize < 0 || properties + propertiesSize !== size) return undefined
  return {
    storeTimestamp,
    storeHost,
    reconsumeTimes,
    body,
    bodySize,
    topic,
    topicSize,
    properties,
    propertiesSize,
  }
}

/** Whether a record, whose magic is right, says that it is at this offset of this queue. */
export function isAtPlace(
  record: Buffer,
  queue: { readonly topicBytes: Uint8Array; readonly queueId: number },
  offset: number,
): boolean {
  // Not through a DataView: making one for each record costs more than the rest.
  if (record.readInt32BE(recordFields.queueId) !== queue.queueId) return false
  const high = record.readInt32BE(recordFields.queueOffset)
  const low = record.readUInt32BE(recordFields.queueOffset + 4)
  if (high * 2 ** 32 + low !== offset) return false

  const flags = record.readInt32BE(recordFields.sysFlag)
  const hosts = (flags & sysFlags.bornHostIsV6 ? 20 : 8) + (flags & sysFlags.storeHostIsV6 ? 20 : 8)
  const body = recordFields.bornHost + hosts + 24
  if (body > record.length) return false
  const wide = record.readInt32BE(recordFields.magic) === magics.v2 ? 1 : 0
  const topic = body + record.readInt32BE(body - 4) + 1 + wide
  const { topicBytes } = queue
  if (topic < body || topic + topicBytes.length > record.length) return false
  if (record[topic - 1] !== (topicBytes.length & 0xff)) return false
  for (let at = 0; at < topicBytes.length; at++) {
    if (record[topic + at] !== topicBytes[at]) return false
  }
  return true
}

/** The checksum that a record stores of its body; of an empty one 0. */
export const bodyCrcOf = (body: Uint8Array): number =>
  body.length === 0 ? 0 : crc32(body) & 0x7fffffff

/** Whether the stored checksum is that of the body. */
export function bodyIsIntact(
  record: Uint8Array,
  parts: RecordParts,
  stored = viewOf(record).getInt32(recordFields.bodyCrc),
): boolean {
  return stored === bodyCrcOf(record.subarray(parts.body, parts.body + parts.bodySize))
}

/** ms since 1970 when the broker stored the record. */
export function storeTimestampOf(record: Uint8Array): number {
  const view = viewOf(record)
  const v6 = view.getInt32(recordFields.sysFlag) & sysFlags.bornHostIsV6
  return readInt64(view, 48 + (v6 ? 20 : 8))
}

/** Where the message was born, a view of the record. */
export function bornHostOf(record: Uint8Array): HostBytes {
  const v6 = viewOf(record).getInt32(recordFields.sysFlag) & sysFlags.bornHostIsV6
  return record.subarray(recordFields.bornHost, recordFields.bornHost + (v6 ? 20 : 8))
}

/** The property text of a record; empty when the bytes are not a record. */
export function propertiesTextOf(record: Uint8Array): string {
  const parts = findParts(viewOf(record), 0, record.length)
  if (!parts) return ''
  return bufferOf(record).toString(
    'utf8',
    parts.properties,
    parts.properties + parts.propertiesSize,
  )
}

/**
 * Decodes one record; the body is a view of it. Throws `message-corrupted` when the bytes are
 * not one whole record or the body does not match its checksum.
 */
export const decodeRecord = (record: Uint8Array): Message =>
  decodeAt(bufferOf(record), viewOf(record), 0, record.length)

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

// Views are dear: one of the body is all that a record needs of its own.
function decodeAt(bytes: Buffer, view: DataView, at: number, end: number): Message {
  const parts = findParts(view, at, end)
  if (!parts) throw new MqError('message-corrupted', 'the bytes are not a record')
  const body = bytes.subarray(at + parts.body, at + parts.body + parts.bodySize)
  const bodyCrc = view.getInt32(at + recordFields.bodyCrc)
  if (bodyCrc !== bodyCrcOf(body)) throw new MqError('message-corrupted')

  const propertiesAt = at + parts.properties
  const properties = parseProperties(
    bytes.toString('utf8', propertiesAt, propertiesAt + parts.propertiesSize),
  )
  const position = readInt64(view, at + recordFields.position)
  const storeHostBytes = parts.reconsumeTimes - parts.storeHost
  const offsetId = offsetMessageId(bytes, position, at + parts.storeHost, storeHostBytes)
  const topicAt = at + parts.topic
  return {
    topic: bytes.toString('utf8', topicAt, topicAt + parts.topicSize),
    queueId: view.getInt32(at + recordFields.queueId),
    queueOffset: readInt64(view, at + recordFields.queueOffset),
    position,
    size: view.getInt32(at + recordFields.size),
    flag: view.getInt32(at + recordFields.flag),
    sysFlag: view.getInt32(at + recordFields.sysFlag),
    bodyCrc,
    bornTimestamp: readInt64(view, at + recordFields.bornTimestamp),
    bornHost: hostTextAt(
      view,
      at + recordFields.bornHost,
      parts.storeTimestamp - recordFields.bornHost,
    ),
    storeTimestamp: readInt64(view, at + parts.storeTimestamp),
    storeHost: hostTextAt(view, at + parts.storeHost, storeHostBytes),
    reconsumeTimes: view.getInt32(at + parts.reconsumeTimes),
    preparedPosition: readInt64(view, at + parts.reconsumeTimes + 4),
    body,
    properties,
    messageId: properties.get(propertyNames.uniqueKey) ?? offsetId,
    offsetMessageId: offsetId,
  }
}

/** Decodes the records of a pull's answer, one after the other. Throws as {@link decodeRecord}. */
export function decodeRecords(bytes: Uint8Array): Message[] {
  const messages: Message[] = []
  const view = viewOf(bytes)
  const buffer = bufferOf(bytes)
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.length - at < 4 ? 0 : view.getInt32(at)
    if (size <= 0) throw new MqError('message-corrupted', 'the bytes are not records', { at })
    messages.push(decodeAt(buffer, view, at, Math.min(at + size, bytes.length)))
    at += size
  }
  return messages
}
