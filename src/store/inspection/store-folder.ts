// What is in a store's folder, found out by looking: nothing is written, no settings are needed
// as the sizes of files say how the store was made. For stores of Java's broker as well.

import type { Files } from '../../base/files.ts'
import { readInt64, viewOf } from '../../base/int64.ts'
import { parseLooseJson } from '../../base/loose-json.ts'
import { type CheckpointValues, readCheckpoint } from '../checkpoint.ts'
import { listLogFiles, usualSize } from '../log-files.ts'
import { foldersIn, LogFolders } from '../log-folders.ts'
import type { LogShape } from '../log-scan.ts'
import { storeDefaults } from '../options.ts'
import { lightQueuePrefix } from '../queue-table.ts'

export type QueueFolder = {
  readonly topic: string
  readonly queueId: number
  /** Of a topic with queue.type=BatchCQ: its units are of another kind. */
  readonly isBatch: boolean
  readonly directory: string
  /** First bytes of the files, ascending, with their sizes. */
  readonly files: readonly { readonly base: number; readonly size: number }[]
}

type IndexFileHead = {
  readonly path: string
  readonly entries: number
  /** Start of the last record with an entry. */
  readonly lastPosition: number
}

export type StoreFolder = {
  readonly root: string
  readonly files: Files
  readonly log: LogShape
  /** Where the log's files are, sorted. */
  readonly logFolders: readonly string[]
  readonly logFiles: readonly { readonly base: number; readonly size: number }[]
  readonly queueFileSize: number
  readonly batchFileSize: number
  /** Of both kinds. Light queues (%LMQ%) are not among them. */
  readonly queues: readonly QueueFolder[]
  /** Topics with queue.type=BatchCQ, by their files and by config/topics.json. */
  readonly batchTopics: ReadonlySet<string>
  /** Index files, oldest first. */
  readonly index: readonly IndexFileHead[]
  readonly checkpoint: CheckpointValues
  readonly hasCheckpoint: boolean
  /** The process that did not end in order, or is still running; undefined: it did. */
  readonly abort: string | undefined
  readonly config: readonly { readonly name: string; readonly size: number }[]
}

/**
 * Looks at a store. `commitLog`: where the log is when not in `<root>/commitlog`, folders separated
 * by commas. Undefined when the folder is not a store.
 */
export function lookAtStore(
  files: Files,
  root: string,
  commitLog = `${root}/commitlog`,
): StoreFolder | undefined {
  const folders = foldersIn(commitLog)
  if (folders.length === 0 || !folders.every((one) => files.exists(one))) return undefined
  const log = new LogFolders(files, { folders, readOnly: [], fullPercent: 100 })
  const logFiles = log.list()
  const plain = queueFolders(files, `${root}/consumequeue`, false)
  const batch = queueFolders(files, `${root}/batchconsumequeue`, true)
  const abort = files.readWhole(`${root}/abort`)
  return {
    root,
    files,
    logFiles,
    logFolders: log.all,
    log: {
      files,
      pathOf: (base) => log.pathOf(base),
      segmentSize: fileSizeOf(logFiles, storeDefaults.mappedFileSizeCommitLog),
      bases: logFiles.map((file) => file.base),
    },
    queues: [...plain, ...batch],
    queueFileSize: fileSizeOf(
      plain.flatMap((queue) => queue.files),
      storeDefaults.mappedFileSizeConsumeQueue,
    ),
    batchFileSize: fileSizeOf(
      batch.flatMap((queue) => queue.files),
      storeDefaults.mapperFileSizeBatchConsumeQueue,
    ),
    batchTopics: new Set([...batch.map(({ topic }) => topic), ...batchTopicsIn(files, root)]),
    index: files
      .list(`${root}/index`)
      .filter((entry) => /^\d{17}$/.test(entry.name))
      .map((entry) => indexHead(files, `${root}/index/${entry.name}`)),
    checkpoint: readCheckpoint(files, `${root}/checkpoint`),
    hasCheckpoint: files.exists(`${root}/checkpoint`),
    abort: abort && Buffer.from(abort).toString('latin1'),
    config: files.list(`${root}/config`).filter((entry) => !entry.isDirectory),
  }
}

// Format: see verify-index.ts.
function indexHead(files: Files, path: string): IndexFileHead {
  const file = files.open(path, 'read')
  const header = Buffer.alloc(40)
  const size = file.read(header, 0)
  file.close()
  if (size < header.length) return { path, entries: 0, lastPosition: 0 }
  const entries = Math.max(0, header.readInt32BE(36) - 1)
  return { path, entries, lastPosition: readInt64(viewOf(header), 24) }
}

/** What the broker's table of topics says; nothing when it cannot be read. */
function batchTopicsIn(files: Files, root: string): string[] {
  try {
    const bytes = files.readWhole(`${root}/config/topics.json`)
    const table = parseLooseJson(Buffer.from(bytes ?? []).toString('utf8')) as TopicsJson
    const topics = Object.entries(table?.topicConfigTable ?? {})
    return topics.filter(([, it]) => it?.attributes?.['queue.type'] === 'BatchCQ').map(([it]) => it)
  } catch {
    return []
  }
}

type TopicsJson =
  | {
      topicConfigTable?: Record<string, { attributes?: Record<string, unknown> } | undefined>
    }
  | undefined

function queueFolders(files: Files, directory: string, isBatch: boolean): QueueFolder[] {
  const topics = files
    .list(directory)
    .filter((entry) => entry.isDirectory && !entry.name.startsWith(lightQueuePrefix))
  return topics.flatMap(({ name: topic }) =>
    files
      .list(`${directory}/${topic}`)
      .filter((entry) => entry.isDirectory && /^\d{1,10}$/.test(entry.name))
      .map(({ name }) => {
        const folder = `${directory}/${topic}/${name}`
        const queueId = Number(name)
        const found = listLogFiles(files, folder)
        return { topic, queueId, isBatch, directory: folder, files: found }
      }),
  )
}

/**
 * The size that the files of a store were made with: what most of them have, as a damaged one
 * may have any; when none has a possible one, the first name that is not zero.
 */
function fileSizeOf(
  found: readonly { readonly base: number; readonly size: number }[],
  fallback: number,
): number {
  return usualSize(found)?.size ?? found.find((file) => file.base > 0)?.base ?? fallback
}
