// A message as a frame of ReceiveMessage, PullMessage or Telemetry, written straight from what the core gives:
// building the objects that the generated encoder reads costs more than the encoding. The
// field numbers are those of proto/apache/rocketmq/v2/definition.proto, and a test reads the
// frames with the generated decoder.

import { hash } from 'node:crypto'
import { Writer } from 'protobufjs/minimal.js'
import type { Delivered, MessageType, Received, TransactionCheck } from '../core/core.ts'
import { contentType } from './convert.ts'
import { bytesOf } from './framing.ts'
import { v2 } from './gen/messaging.js'

const typeNumbers: Record<MessageType, v2.MessageType> = {
  normal: v2.MessageType.NORMAL,
  fifo: v2.MessageType.FIFO,
  delay: v2.MessageType.DELAY,
  transaction: v2.MessageType.TRANSACTION,
}

const varint = (field: number): number => field << 3
const bytes = (field: number): number => (field << 3) | 2

/**
 * ReceiveMessageResponse.message and, of one without a handle, PullMessageResponse.message.
 * `topic` is the resource that the client asked with.
 */
export const writeDelivery = (
  writer: Writer,
  message: Delivered | Received,
  topic: v2.Resource.Fields,
): Writer => writeMessage(writer.uint32(bytes(2)).fork(), message, topic).ldelim()

/** About what one takes besides its body. */
export const envelopeBytes = 600

/** A Message alone. */
export const messageBytes = (message: Delivered): Buffer =>
  bytesOf(writeMessage(Writer.create(), message, {}))

/** TelemetryCommand.recover_orphaned_transaction_command. */
export function checkFrame({ message, transactionId }: TransactionCheck): Buffer {
  const writer = Writer.create().uint32(bytes(5)).fork()
  writeMessage(writer.uint32(bytes(1)).fork(), message, {}).ldelim()
  return bytesOf(writer.uint32(bytes(2)).string(transactionId).ldelim())
}

/** TelemetryCommand.verify_message_command. */
export function verifyFrame(nonce: string, message: Delivered): Buffer {
  const writer = Writer.create().uint32(bytes(7)).fork().uint32(bytes(1)).string(nonce)
  writeMessage(writer.uint32(bytes(2)).fork(), message, {}).ldelim()
  return bytesOf(writer.ldelim())
}

/** TelemetryCommand.print_thread_stack_trace_command. */
export const stackTraceFrame = (nonce: string): Buffer =>
  bytesOf(Writer.create().uint32(bytes(6)).fork().uint32(bytes(1)).string(nonce).ldelim())

function writeMessage(
  writer: Writer,
  message: Delivered | Received,
  topic: v2.Resource.Fields,
): Writer {
  writeResource(writer.uint32(bytes(1)).fork(), message.topic, topic).ldelim()
  for (const [name, value] of message.properties) writeProperty(writer, name, value)
  if (message.contentType !== undefined) writeProperty(writer, contentType, message.contentType)
  writeSystem(writer.uint32(bytes(3)).fork(), message).ldelim()
  return writer.uint32(bytes(4)).bytes(message.body)
}

function writeResource(writer: Writer, name: string, topic: v2.Resource.Fields): Writer {
  if (topic.resourceNamespace) writer.uint32(bytes(1)).string(topic.resourceNamespace)
  return writer.uint32(bytes(2)).string(name)
}

function writeProperty(writer: Writer, name: string, value: string): void {
  const entry = writer.uint32(bytes(2)).fork()
  entry.uint32(bytes(1)).string(name).uint32(bytes(2)).string(value).ldelim()
}

function writeSystem(writer: Writer, message: Delivered | Received): Writer {
  if (message.tag !== undefined) writer.uint32(bytes(1)).string(message.tag)
  for (const key of message.keys) writer.uint32(bytes(2)).string(key)
  writer.uint32(bytes(3)).string(message.messageId)
  writeDigest(writer.uint32(bytes(4)).fork(), message).ldelim()
  writer.uint32(varint(5)).uint32(encodingOf(message))
  writer.uint32(varint(6)).uint32(typeNumbers[message.type])
  writeTime(writer.uint32(bytes(7)).fork(), message.bornAt).ldelim()
  writer.uint32(bytes(8)).string(message.bornHost)
  writeTime(writer.uint32(bytes(9)).fork(), message.storedAt).ldelim()
  writer.uint32(bytes(10)).string(message.storeHost)
  if (message.deliverAt !== undefined) {
    writeTime(writer.uint32(bytes(11)).fork(), message.deliverAt).ldelim()
  }
  if ('handle' in message) writer.uint32(bytes(12)).string(message.handle)
  writer.uint32(varint(13)).int32(message.queueId)
  writer.uint32(varint(14)).int64(message.queueOffset)
  writer.uint32(varint(16)).int32('attempt' in message ? message.attempt : 1)
  if (message.orderingKey !== undefined) writer.uint32(bytes(17)).string(message.orderingKey)
  const trace = message.traceContext ?? message.traceparent
  if (trace !== undefined) writer.uint32(bytes(18)).string(trace)
  return writer
}

// MD5, because the clients write CRC32 in different ways; of the body as it travels.
const writeDigest = (writer: Writer, { body }: Delivered): Writer =>
  writer
    .uint32(varint(1))
    .uint32(v2.DigestType.MD5)
    .uint32(bytes(2))
    .string(hash('md5', body).toUpperCase())

const encodingOf = ({ bodyEncoding }: Delivered): v2.Encoding =>
  bodyEncoding === 'gzip' ? v2.Encoding.GZIP : v2.Encoding.IDENTITY

function writeTime(writer: Writer, ms: number): Writer {
  const seconds = Math.floor(ms / 1000)
  const nanos = (ms - seconds * 1000) * 1_000_000
  return writer.uint32(varint(1)).int64(seconds).uint32(varint(2)).int32(nanos)
}
