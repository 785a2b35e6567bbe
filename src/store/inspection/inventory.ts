// What is in a store: files, ranges, topics with their queues, checkpoint. Reads headers and
// queue entries only, so it is quick however large the log is.

import { readInt64, viewOf } from '../../base/int64.ts'
import type { CheckpointValues } from '../checkpoint.ts'
import { recordStartingAt } from '../log-scan.ts'
import { QueueView } from './queue-view.ts'
import type { StoreFolder } from './store-folder.ts'

type QueueInventory = {
  readonly queueId: number
  /** First offset whose record is still in the log, and the one after the last entry. */
  readonly minOffset: number
  readonly maxOffset: number
}

export type Inventory = {
  readonly root: string
  readonly state: 'closed' | 'open-or-killed'
  /** The process that made the abort file. */
  readonly abort: string | undefined
  readonly log: {
    readonly fileSize: number
    readonly files: number
    readonly minPosition: number
    /** End of the last file: the log itself may end before. */
    readonly maxPosition: number
    /** Store time of the first record, and of the last one that is checkpointed; ms. */
    readonly firstStoreTimestamp: number | undefined
    readonly lastStoreTimestamp: number | undefined
  }
  readonly queueFileSize: number
  readonly topics: readonly {
    readonly topic: string
    readonly messages: number
    /** queue.type=BatchCQ: batches are kept whole. */
    readonly isBatch: boolean
    readonly queues: readonly QueueInventory[]
  }[]
  readonly index: { readonly files: number; readonly entries: number }
  readonly checkpoint: CheckpointValues | undefined
  readonly config: readonly { readonly name: string; readonly size: number }[]
}

export function inventoryOf(folder: StoreFolder): Inventory {
  const { log, logFiles, queues } = folder
  const minPosition = log.bases[0] ?? 0
  const last = log.bases.at(-1)
  const topics = new Map<string, QueueInventory[]>()
  for (const queue of queues) {
    const view = new QueueView(folder, queue)
    const known = topics.get(queue.topic) ?? []
    known.push(queueInventory(view, minPosition))
    topics.set(queue.topic, known)
  }
  return {
    root: folder.root,
    state: folder.abort === undefined ? 'closed' : 'open-or-killed',
    abort: folder.abort,
    log: {
      fileSize: log.segmentSize,
      files: logFiles.length,
      minPosition,
      maxPosition: last === undefined ? 0 : last + log.segmentSize,
      firstStoreTimestamp: storeTimeAt(folder, minPosition),
      lastStoreTimestamp: storeTimeAt(folder, folder.checkpoint.logicsPhysicalOffset),
    },
    queueFileSize: folder.queueFileSize,
    topics: [...topics].map(([topic, found]) => ({
      topic,
      isBatch: folder.batchTopics.has(topic),
      messages: found.reduce((sum, one) => sum + one.maxOffset - one.minOffset, 0),
      queues: found.sort((a, b) => a.queueId - b.queueId),
    })),
    index: {
      files: folder.index.length,
      entries: folder.index.reduce((sum, { entries }) => sum + entries, 0),
    },
    checkpoint: folder.hasCheckpoint ? folder.checkpoint : undefined,
    config: folder.config,
  }
}

function queueInventory(view: QueueView, minPosition: number): QueueInventory {
  let minOffset: number | undefined
  let maxOffset = view.firstOffset
  for (const { offset, nextOffset, entry } of view.entries()) {
    if (entry.position >= minPosition) minOffset ??= offset
    maxOffset = nextOffset
  }
  return { queueId: view.folder.queueId, minOffset: minOffset ?? maxOffset, maxOffset }
}

function storeTimeAt(folder: StoreFolder, position: number): number | undefined {
  const record = recordStartingAt(folder.log, position)
  return record && readInt64(viewOf(record.bytes), record.parts.storeTimestamp)
}
