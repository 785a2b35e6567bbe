// The body of BATCH_ACK_MESSAGE: the acks of one broker, those of one pop and queue together as
// the bits of a set.
// Source: BatchAck, BitSetSerializerDeserializer.

import { batchAck, bitsOfOffsets } from '../protocol/bodies/ack.ts'
import { plainTopic } from './receipt.ts'
import type { PopReceipt } from './types.ts'

type BatchAck = ReturnType<typeof batchAck.parse>['acks'][number]

/** Farther from the first offset an ack is an entry of its own: the set would be mostly air. */
const bitsMax = 4096

/** One body for each broker. */
export function batchesOf(
  group: string,
  receipts: readonly PopReceipt[],
): { broker: string; body: Uint8Array }[] {
  return [...groupedBy(receipts, ({ broker }) => broker)].map(([broker, own]) => ({
    broker,
    body: batchAck.print({ brokerName: broker, acks: acksOf(group, own) }),
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
        b: bitsOfOffsets(
          so,
          ofOnePop.map(({ queueOffset }) => queueOffset),
        ),
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
