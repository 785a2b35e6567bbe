// The body of BATCH_ACK_MESSAGE: the acks of one broker, those of one pop and queue together as
// the bits of a set.
// Source: BatchAck, BitSetSerializerDeserializer.

import { plainTopic } from './receipt.ts'
import type { PopReceipt } from './types.ts'

type BatchAck = {
  /** Consumer group, and the topic that was asked for. */
  readonly c: string
  readonly t: string
  /** Retry mark. */
  readonly r: string
  /** First offset of the queue in that pop. */
  readonly so: number
  readonly q: number
  readonly rq: number
  readonly pt: number
  readonly it: number
  /** Base64 of a little-endian bit set: bit i is offset so + i. */
  readonly b: string
}

/** Farther from the first offset an ack is an entry of its own: the set would be mostly air. */
const bitsMax = 4096

/** One body for each broker. */
export function batchesOf(
  group: string,
  receipts: readonly PopReceipt[],
): { broker: string; body: Uint8Array }[] {
  return [...groupedBy(receipts, ({ broker }) => broker)].map(([broker, own]) => ({
    broker,
    body: Buffer.from(JSON.stringify({ brokerName: broker, acks: acksOf(group, own) })),
  }))
}

function acksOf(group: string, receipts: readonly PopReceipt[]): BatchAck[] {
  return [...groupedBy(receipts, popOf).values()].flatMap((ofOnePop) => {
    const [first] = ofOnePop
    if (!first) return []
    const { topic, retryFlag, queueId, reviveQueueId, popTime, invisibleMs } = first
    const so = startOf(first)
    return [
      {
        c: group,
        t: plainTopic(topic, group, retryFlag),
        r: String(retryFlag),
        so,
        q: queueId,
        rq: reviveQueueId,
        pt: popTime,
        it: invisibleMs,
        b: bitSet(ofOnePop.map(({ queueOffset }) => queueOffset - so)),
      },
    ]
  })
}

function startOf({ checkpointOffset, queueOffset }: PopReceipt): number {
  const distance = queueOffset - checkpointOffset
  return distance >= 0 && distance < bitsMax ? checkpointOffset : queueOffset
}

const popOf = (receipt: PopReceipt): string =>
  [
    receipt.topic,
    receipt.retryFlag,
    startOf(receipt),
    receipt.queueId,
    receipt.reviveQueueId,
    receipt.popTime,
    receipt.invisibleMs,
  ].join(' ')

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

/** As java.util.BitSet.toByteArray, in Base64. */
function bitSet(bits: readonly number[]): string {
  const bytes = Buffer.alloc((Math.max(...bits) >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7))
  return bytes.toString('base64')
}
