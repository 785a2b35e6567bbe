// A batch that a broker keeps as one record (a topic with queue.type=BatchCQ). Consumers take it
// apart; its record says so by two bits.
// Source: MessageDecoder.decodeMessage(MessageExt, List), PullAPIWrapper.processPullResult.

import { decodeBatch } from './batch.ts'
import { sysFlags } from './flags.ts'
import type { Message } from './message.ts'
import { parseProperties, propertyIn, propertyNames } from './properties.ts'

/** The most messages of one inner batch: Java keeps the count in a short. */
export const batchCountMax = 32_767

const wrapped = sysFlags.innerBatch | sysFlags.needUnwrap

/**
 * The messages of a record: itself, unless it is a batch. All of a batch have the record's
 * position. Throws `message-illegal` when a batch cannot be read.
 */
export function unwrapped(record: Message): readonly Message[] {
  // Nobody compresses a batch as a whole; if somebody does, its reader has to take it apart.
  const isBatch = (record.sysFlag & wrapped) === wrapped
  if (!isBatch || (record.sysFlag & sysFlags.compressed) !== 0) return [record]
  return decodeBatch(record.body).map(({ flag, body, properties: text }, at) => {
    const properties = parseProperties(text)
    return {
      ...record,
      queueOffset: record.queueOffset + at,
      flag,
      body,
      properties,
      messageId: properties.get(propertyNames.uniqueKey) ?? record.offsetMessageId,
    }
  })
}

/** Whether a record holds several messages, which consumers unwrap. */
export const isInnerBatch = (sysFlag: number): boolean => (sysFlag & sysFlags.innerBatch) !== 0

/**
 * How many offsets of a batch queue a record takes, by its properties; 0 when it is none for such
 * a queue. Source: CommitLog.setBatchSizeIfNeeded.
 */
export function batchCountOf(properties: string, queueOffset: number): number {
  if (!properties.includes(propertyNames.innerNumber)) return 0
  const count = Number(propertyIn(properties, propertyNames.innerNumber))
  const base = propertyIn(properties, propertyNames.innerBase)
  const isCount = Number.isInteger(count) && count > 0 && count <= batchCountMax
  return isCount && base !== undefined && Number(base) === queueOffset ? count : 0
}
