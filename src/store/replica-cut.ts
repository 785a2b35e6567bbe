// Taking back what was derived from the end of a log that is about to be cut.
//
// In this order, so that a crash at any place leaves a store that opens right: the checkpoint
// first, durably, that nothing behind the cut is trusted once the log has grown again; then queues
// and index in memory and files. The opening makes the rest again from the log.

import type { Files } from '../base/files.ts'
import { readInt64 } from '../base/int64.ts'
import { type CheckpointValues, noCheckpoint, writeCheckpoint } from './checkpoint.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Flusher } from './flush.ts'
import type { KeyIndex } from './key-index.ts'
import type { Log } from './log.ts'
import { recordStartingAt } from './log-scan.ts'
import type { QueueSweep } from './queue-sweep.ts'
import type { Queue, QueueTable } from './queue-table.ts'
import { ReplicaLog, type ReplicaLogParts } from './replica-log.ts'

type CutParts = {
  readonly files: Files
  readonly log: Log
  readonly queues: QueueTable
  readonly index: KeyIndex | undefined
  readonly dispatcher: Dispatcher
  readonly flusher: Flusher
  readonly sweep: QueueSweep
  readonly checkpoint: CheckpointValues
  readonly checkpointPath: string
}

/** The log of a store for replication. */
export function replicaLogOf(
  parts: CutParts & Omit<ReplicaLogParts, 'isDurable' | 'forgetFrom'>,
): ReplicaLog {
  return new ReplicaLog({
    ...parts,
    isDurable: (endPosition, waiter) => parts.flusher.isDurable(endPosition, waiter),
    forgetFrom: (position) => forgetFrom(parts, position),
  })
}

async function forgetFrom(parts: CutParts, position: number): Promise<void> {
  const { files, log, queues, index, dispatcher, flusher, sweep, checkpoint } = parts
  await sweep.sweep()
  if (checkpoint.logicsPhysicalOffset >= position) Object.assign(checkpoint, noCheckpoint)
  await writeCheckpoint(files, parts.checkpointPath, checkpoint)

  let last: { position: number; storeTimestamp: number } = { position: -1, storeTimestamp: 0 }
  for (const queue of queues.all()) {
    if (queue.endPosition > position) cut(queue, position, log.minPosition)
    sweep.add(queue)
    const start = queue.entryAt(queue.maxOffset - 1)?.position ?? -1
    if (start > last.position) last = { position: start, storeTimestamp: 0 }
  }
  if (index && index.lastPosition >= position) {
    index.load({ abort: true, sealedTimestamp: index.sealedTimestamp, endPosition: position })
  }
  flusher.goBackTo(position)
  dispatcher.goBackTo(timed(parts, last))
}

function cut(queue: Queue, position: number, minPosition: number): void {
  queue.writeOut()
  queue.load(position)
  queue.forgetBefore(minPosition)
}

/** With the time at which the record was stored. */
function timed({ files, log }: CutParts, last: { position: number; storeTimestamp: number }) {
  const { segmentSize, bases } = log
  const shape = { files, pathOf: (base: number) => log.pathOf(base), segmentSize, bases }
  const record = last.position < 0 ? undefined : recordStartingAt(shape, last.position)
  if (!record) return last
  const view = new DataView(record.bytes.buffer, record.bytes.byteOffset, record.size)
  return { position: last.position, storeTimestamp: readInt64(view, record.parts.storeTimestamp) }
}
