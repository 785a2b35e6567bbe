// A store goes on with the sizes that its files have, whatever the settings say: cutting them to
// another size would lose what is in them. Java refuses to start with other sizes.

import type { Files } from '../base/files.ts'
import type { Log as Logger } from '../base/log.ts'
import { batchFormat } from './batch-unit.ts'
import { keptSize, listLogFiles } from './log-files.ts'
import type { LogFolders } from './log-folders.ts'
import { entrySize } from './queue-entry.ts'

/** Queues that are looked at: all were made with one size. */
const queuesMax = 64

/** Bytes of a file of each kind. */
export type FileSizes = {
  readonly mappedFileSizeCommitLog: number
  readonly mappedFileSizeConsumeQueue: number
  readonly mapperFileSizeBatchConsumeQueue: number
}

export function keptSizes(
  { files, log }: { files: Files; log: Logger },
  from: { folders: LogFolders; queues: string; batchQueues: string },
  configured: FileSizes,
): FileSizes {
  const queues = (directory: string, size: number, unit: number) =>
    keptSize(queueFilesIn(files, directory), Math.ceil(size / unit) * unit)
  const kept: FileSizes = {
    mappedFileSizeCommitLog: keptSize(from.folders.list(), configured.mappedFileSizeCommitLog),
    mappedFileSizeConsumeQueue: queues(
      from.queues,
      configured.mappedFileSizeConsumeQueue,
      entrySize,
    ),
    mapperFileSizeBatchConsumeQueue: queues(
      from.batchQueues,
      configured.mapperFileSizeBatchConsumeQueue,
      batchFormat.size,
    ),
  }
  for (const [setting, size] of Object.entries(kept)) {
    const asked = configured[setting as keyof FileSizes]
    if (size >= asked + batchFormat.size || size < asked) {
      log.warn('files-keep-their-size', { setting, configured: asked, size })
    }
  }
  return kept
}

function queueFilesIn(files: Files, directory: string) {
  const found: { base: number; size: number }[] = []
  let queues = 0
  for (const topic of files.list(directory)) {
    if (!topic.isDirectory) continue
    for (const queue of files.list(`${directory}/${topic.name}`)) {
      if (!queue.isDirectory || ++queues > queuesMax) continue
      found.push(...listLogFiles(files, `${directory}/${topic.name}/${queue.name}`))
    }
    if (queues > queuesMax) break
  }
  return found
}
