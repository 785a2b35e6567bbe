// Records of retry topics: how a message gets there, and how it is handed out again.
//
// Source: PopReviveService.reviveRetry, PopMessageProcessor.popMsgFromQueue.

import type { HostBytes, OutgoingMessage } from '../../message/message.ts'
import { printProperties, propertyNames } from '../../message/properties.ts'
import { decodeRecord, encodeRecord, recordFields, recordSize } from '../../message/record.ts'
import type { Checkpoint } from './in-flight.ts'
import { popRetryTopicOf } from './names.ts'

/** A message of a checkpoint as it is stored to be visible again. */
export function retryMessage(
  record: Uint8Array,
  checkpoint: Checkpoint,
  storeHost: HostBytes,
): OutgoingMessage {
  const message = decodeRecord(record)
  const properties = new Map(message.properties)
  if (message.reconsumeTimes === 0 || !properties.has('1ST_POP_TIME')) {
    properties.set('1ST_POP_TIME', String(checkpoint.popTime))
  }
  properties.set(propertyNames.originGroup, checkpoint.group)
  return {
    topic: popRetryTopicOf(checkpoint.group, checkpoint.topic),
    queueId: 0,
    flag: message.flag,
    sysFlag: message.sysFlag,
    bornTimestamp: message.bornTimestamp,
    // Java loses the producer's address here, and so do we: readers compare the two brokers.
    bornHost: storeHost,
    storeHost,
    reconsumeTimes: message.reconsumeTimes + (checkpoint.isSuspended ? 0 : 1),
    preparedPosition: 0,
    body: message.body,
    properties: printProperties(properties),
  }
}

/** A record of a retry topic as clients want it: under the normal topic, with its receipt. */
export function asNormalRecord(record: Uint8Array, topic: string, receipt: string): Uint8Array {
  const message = decodeRecord(record)
  const properties = new Map(message.properties)
  if (!properties.has('POP_CK')) properties.set('POP_CK', receipt)
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length)
  const storeTimeAt = recordFields.bornHost + (message.sysFlag & 0x10 ? 20 : 8)
  const storeHostAt = storeTimeAt + 8
  const outgoing: OutgoingMessage = {
    topic,
    queueId: message.queueId,
    flag: message.flag,
    sysFlag: message.sysFlag,
    bornTimestamp: message.bornTimestamp,
    bornHost: bytes.subarray(recordFields.bornHost, storeTimeAt),
    storeHost: bytes.subarray(storeHostAt, storeHostAt + (message.sysFlag & 0x20 ? 20 : 8)),
    reconsumeTimes: message.reconsumeTimes,
    preparedPosition: message.preparedPosition,
    body: message.body,
    properties: printProperties(properties),
  }
  const topicBytes = Buffer.from(topic)
  const propertiesSize = Buffer.byteLength(outgoing.properties)
  const size = recordSize(outgoing, topicBytes.length, propertiesSize)
  const target = Buffer.alloc(size)
  const view = new DataView(target.buffer, target.byteOffset, size)
  encodeRecord({ bytes: target, view }, 0, outgoing, {
    queueOffset: message.queueOffset,
    position: message.position,
    storeTimestamp: message.storeTimestamp,
    topic: topicBytes,
    propertiesSize,
    size,
  })
  return target
}
