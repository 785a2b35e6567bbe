// Repairing a store that nobody has open: first a plan, from what verification found, then its
// application. The log is the truth: queue entries are made again from it, and what is behind
// the last good record is cut off.

import type { Clock } from '../../base/clock.ts'
import type { Log as Logger } from '../../base/log.ts'
import { storeDefaults } from '../options.ts'
import { RunMarks } from '../run-marks.ts'
import { openStore } from '../store.ts'
import { timerProblems } from './problem.ts'
import type { StoreFolder } from './store-folder.ts'
import type { VerifyReport } from './verify.ts'

export type RepairPlan = {
  /** What will be done, in words. Empty: nothing. */
  readonly actions: readonly string[]
  /** Set: it must not be done without being asked for twice, and why. */
  readonly warning: string | undefined
  readonly removes: readonly string[]
}

/** Pure: from what is wrong to what to do. */
export function planRepairs(folder: StoreFolder, report: VerifyReport): RepairPlan {
  const actions: string[] = []
  const removes: string[] = []
  if (report.damaged.length > 0) {
    actions.push(`cut the log at ${report.endPosition}, the end of the last good record`)
  }
  if (folder.logFiles.some((file) => file.size !== folder.log.segmentSize)) {
    actions.push(`bring log files to ${folder.log.segmentSize} bytes`)
  }
  for (const { topic, queueId, directory } of folder.queues) {
    if (!report.badQueues.includes(`${topic}/${queueId}`)) continue
    actions.push(`make the entries of ${topic}/${queueId} again`)
    removes.push(directory)
  }
  if (report.pendingEntries > 0) actions.push(`add ${report.pendingEntries} queue entries`)
  for (const { path, lastPosition } of folder.index) {
    const isCut = report.damaged.length > 0 && lastPosition >= report.endPosition
    if (!isCut && !report.badIndexFiles.includes(path)) continue
    actions.push(`remove the index file ${path}`)
    removes.push(path)
  }
  const isCutUnderTimer = report.damaged.length > 0 && report.timerEntries > 0
  if (isCutUnderTimer || timerProblems.some((kind) => report.problems.counts.has(kind))) {
    actions.push('remove timer log and wheel, which a broker makes again from the timer topic')
    removes.push(`${folder.root}/timerlog`, `${folder.root}/timerwheel`)
  }
  if (report.problems.count > 0) {
    actions.push('read the whole log again and write a new checkpoint')
    removes.push(`${folder.root}/checkpoint`)
  }
  const behind = report.recordsBehindDamage
  const warning =
    behind > 0 ? `${behind} good records behind the damage would be cut off as well` : undefined
  return { actions, warning, removes }
}

/**
 * Does what the plan says and closes the store in order. Throws `broker-unavailable` when a
 * broker has it open, before anything is changed.
 */
export async function applyRepairs(
  ports: { readonly clock: Clock; readonly log: Logger },
  folder: StoreFolder,
  plan: RepairPlan,
): Promise<void> {
  const { files, root } = folder
  // Taken and given back: opening takes it again, and nothing was changed if it is held.
  new RunMarks(files, root).release()
  for (const path of plan.removes) files.remove(path)
  const store = openStore(
    { ...ports, files, isBatchTopic: (topic) => folder.batchTopics.has(topic) },
    {
      ...storeDefaults,
      storePathRootDir: root,
      storePathCommitLog: folder.logFolders.join(','),
      mappedFileSizeCommitLog: folder.log.segmentSize,
      mappedFileSizeConsumeQueue: folder.queueFileSize,
      mapperFileSizeBatchConsumeQueue: folder.batchFileSize,
      // Only the broker's settings say of what shape index files are to be.
      messageIndexEnable: false,
    },
  )
  store.start()
  await store.stop()
}
