// From a stored message to what every front delivers. Bodies that producers packed with zlib
// are unpacked here; a gzip body stays packed, because gRPC clients unpack it themselves.
// Not served: LZ4 and ZSTD bodies; they are delivered as they are stored.
// Source: GrpcConverter.buildMessage.

import { inflateSync } from 'node:zlib'
import type { Message } from '../../src/message/message.ts'
import type { Delivered, Identity, MessageType } from './core.ts'
import { ownName } from './names.ts'
import { userProperties, wire } from './properties.ts'

const compressedFlag = 0x1
const compressionTypeMask = 0x700
const zlibType = 0x300
const transactionMask = 0xc
// Four times the largest message that a broker takes by default.
const unpackedBytesMax = 16 * 1024 * 1024

export function delivered(message: Message, broker: string, identity: Identity): Delivered {
  const { properties } = message
  const keys = properties.get(wire.keys)
  const body = unpacked(message)
  return {
    messageId: message.messageId,
    topic: ownName(message.topic, identity),
    tag: properties.get(wire.tags),
    keys: keys === undefined ? [] : keys.split(' ').filter((key) => key !== ''),
    properties: userProperties(properties),
    contentType: properties.get(wire.contentType),
    body,
    bodyEncoding: body === message.body && isGzip(message) ? 'gzip' : undefined,
    bodyCrc: message.bodyCrc,
    type: typeOf(message),
    bornAt: message.bornTimestamp,
    bornHost: properties.get(wire.bornHost) ?? message.bornHost,
    storedAt: message.storeTimestamp,
    storeHost: message.storeHost,
    broker,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    orderingKey: properties.get(wire.orderingKey),
    deliverAt: deliverAtOf(properties),
    traceparent: properties.get(wire.traceparent),
    traceContext: properties.get(wire.traceContext),
  }
}

function unpacked(message: Message): Uint8Array {
  const { sysFlag, body } = message
  if ((sysFlag & compressedFlag) === 0 || isGzip(message)) return body
  const type = sysFlag & compressionTypeMask
  if (type !== 0 && type !== zlibType) return body
  try {
    return inflateSync(body, { maxOutputLength: unpackedBytesMax })
  } catch {
    // What a producer stored under a wrong flag is still what it stored.
    return body
  }
}

const isGzip = ({ sysFlag, body }: Message): boolean =>
  (sysFlag & compressedFlag) !== 0 && body[0] === 0x1f && body[1] === 0x8b

function typeOf({ properties, sysFlag }: Message): MessageType {
  if ((sysFlag & transactionMask) !== 0 || properties.get(wire.transaction) === 'true') {
    return 'transaction'
  }
  if (deliverAtOf(properties) !== undefined || properties.has(wire.delayLevel)) return 'delay'
  return properties.has(wire.orderingKey) ? 'fifo' : 'normal'
}

function deliverAtOf(properties: ReadonlyMap<string, string>): number | undefined {
  const text = properties.get(wire.deliverAt) ?? properties.get(wire.delayedUntil)
  const value = text === undefined ? Number.NaN : Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}
