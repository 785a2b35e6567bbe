// Receipt handles: `mqh1.<key id>.<payload>.<mac>`. A handle holds all that any node needs to
// acknowledge or extend a delivery; nobody can make one or use it for another group.
// The payload is fixed binary, big-endian: version(1) tenant(4) group(8) topic(1+n) retry(1)
// broker(1+n) queueId(2) queueOffset(8) checkpointOffset(8) popTime(8) invisibleMs(4)
// reviveQueueId(2) position(8) attempt(1); tenant and group as the first bytes of their SHA-256.

import { hash } from 'node:crypto'
import type { PopReceipt } from '../../src/client/types.ts'
import type { KeyRing } from './key-ring.ts'
import { openToken, sealToken } from './token.ts'

const prefix = 'mqh1'
const version = 1
const fixedBytes = 1 + 4 + 8 + 1 + 1 + 1 + 2 + 8 + 8 + 8 + 4 + 2 + 8 + 1
const lengthMax = 1024
const rememberedMax = 4096

/** Whom a handle was given to. */
export type HandleOwner = { readonly namespace: string; readonly group: string }

export type Handle = {
  readonly receipt: PopReceipt
  /** Counts from 1; more than 255 is written as 255. */
  readonly attempt: number
}

/** The text that the caller gets. */
export function sealHandle(handle: Handle, owner: HandleOwner, keys: KeyRing): string {
  const { receipt } = handle
  const { bytes, numbersAt } = draftOf(receipt, owner)
  let at = bytes.writeUInt16BE(receipt.queueId, numbersAt)
  at = writeLong(bytes, receipt.queueOffset, at)
  at = writeLong(bytes, receipt.checkpointOffset, at)
  at = writeLong(bytes, receipt.popTime, at)
  at = bytes.writeUInt32BE(receipt.invisibleMs, at)
  at = bytes.writeUInt16BE(receipt.reviveQueueId, at)
  at = writeLong(bytes, receipt.position, at)
  bytes.writeUInt8(Math.min(handle.attempt, 255), at)
  return sealToken(prefix, bytes, keys)
}

type Draft = {
  readonly owner: HandleOwner
  readonly receipt: Pick<PopReceipt, 'topic' | 'broker' | 'retryFlag'>
  readonly bytes: Buffer
  /** Where the part begins that each handle has of its own. */
  readonly numbersAt: number
}

// The handles of a receive have all but the numbers in common.
let lastDraft: Draft | undefined

function draftOf({ topic, broker, retryFlag }: PopReceipt, owner: HandleOwner): Draft {
  const last = lastDraft
  if (
    last?.receipt.topic === topic &&
    last.receipt.broker === broker &&
    last.receipt.retryFlag === retryFlag &&
    last.owner.group === owner.group &&
    last.owner.namespace === owner.namespace
  ) {
    return last
  }
  const topicBytes = Buffer.byteLength(topic)
  const brokerBytes = Buffer.byteLength(broker)
  const bytes = Buffer.alloc(fixedBytes + topicBytes + brokerBytes)
  let at = bytes.writeUInt8(version, 0)
  at += digestOf(owner.namespace).copy(bytes, at, 0, 4)
  at += digestOf(owner.group).copy(bytes, at, 0, 8)
  at = bytes.writeUInt8(topicBytes, at)
  at += bytes.write(topic, at)
  at = bytes.writeUInt8(retryFlag, at)
  at = bytes.writeUInt8(brokerBytes, at)
  at += bytes.write(broker, at)
  lastDraft = { owner, receipt: { topic, broker, retryFlag }, bytes, numbersAt: at }
  return lastDraft
}

/** Undefined for whatever was not sealed by this ring for this owner. */
export function openHandle(text: string, owner: HandleOwner, keys: KeyRing): Handle | undefined {
  if (text.length > lengthMax) return undefined
  const bytes = openToken(prefix, text, keys)
  if (!bytes || bytes.length < fixedBytes || bytes[0] !== version) return undefined
  const tenant = digestOf(owner.namespace)
  const group = digestOf(owner.group)
  if (bytes.readUInt32BE(1) !== tenant.readUInt32BE(0)) return undefined
  if (bytes.readUInt32BE(5) !== group.readUInt32BE(0)) return undefined
  if (bytes.readUInt32BE(9) !== group.readUInt32BE(4)) return undefined

  const topicBytes = bytes.readUInt8(13)
  const topic = bytes.toString('utf8', 14, 14 + topicBytes)
  const brokerAt = 14 + topicBytes + 2
  const brokerBytes = bytes.readUInt8(brokerAt - 1)
  const broker = bytes.toString('utf8', brokerAt, brokerAt + brokerBytes)
  const at = brokerAt + brokerBytes
  return {
    receipt: {
      topic,
      broker,
      retryFlag: retryFlagOf(bytes.readUInt8(brokerAt - 2)),
      queueId: bytes.readUInt16BE(at),
      queueOffset: readLong(bytes, at + 2),
      checkpointOffset: readLong(bytes, at + 10),
      popTime: readLong(bytes, at + 18),
      invisibleMs: bytes.readUInt32BE(at + 26),
      reviveQueueId: bytes.readUInt16BE(at + 30),
      position: readLong(bytes, at + 32),
    },
    attempt: bytes.readUInt8(at + 40),
  }
}

const retryFlagOf = (flag: number): PopReceipt['retryFlag'] => (flag === 1 || flag === 2 ? flag : 0)

// A position may be -1 (not known), so longs are signed.
function writeLong(bytes: Buffer, value: number, at: number): number {
  bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
  return bytes.writeUInt32BE(value >>> 0, at + 4)
}

const readLong = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)

// Groups and namespaces are few and hot; callers choose the names, so they are bounded.
const digests = new Map<string, Buffer>()

function digestOf(text: string): Buffer {
  const known = digests.get(text)
  if (known) return known
  const digest = hash('sha256', text, 'buffer')
  if (digests.size >= rememberedMax) digests.clear()
  digests.set(text, digest)
  return digest
}
