// What of the store may be deleted as old, and what goes with it.
// Source: DefaultMessageStore.CleanCommitLogService, CleanConsumeQueueService.

import type { Clock } from '../base/clock.ts'
import type { Files } from '../base/files.ts'
import { storeTimestampOf } from '../message/record.ts'
import type { KeyIndex } from './key-index.ts'
import type { Log } from './log.ts'
import type { QueueTable } from './queue-table.ts'
import type { QueueReader } from './reader.ts'

const headSize = 88

export type OldFilesParts = {
  readonly files: Files
  readonly clock: Clock
  readonly log: Log
  readonly queues: QueueTable
  readonly index: KeyIndex | undefined
  readonly reader: QueueReader
  /** Records before it are synced, dispatched and behind the checkpoint: no start needs them. */
  readonly settledPosition: () => number
}

export class OldFiles {
  readonly #parts: OldFilesParts

  constructor(parts: OldFilesParts) {
    this.#parts = parts
  }

  /** The oldest file of the log if it may go, with the store time of the first record behind it. */
  oldest(): { modifiedAt: number; leftAt: number } | undefined {
    const { files, log, reader, settledPosition } = this.#parts
    const base = log.minPosition
    const next = log.nextBase(base)
    if (next > settledPosition()) return undefined
    const head = reader.recordNow(next, headSize)
    const leftAt = head ? storeTimestampOf(head) : Number.MAX_SAFE_INTEGER
    return { modifiedAt: files.modifiedAt(log.pathOf(base)), leftAt }
  }

  removeOldest(): void {
    this.#parts.log.removeFirst()
  }

  /** Lets queues and index forget what the log does not have any more. */
  async forget(): Promise<void> {
    const { log, index, queues, clock } = this.#parts
    index?.forgetBefore(log.minPosition)
    await queues.forgetBefore(log.minPosition, clock)
  }
}
