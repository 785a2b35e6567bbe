// `rocketway store inspect|verify|dump|repair`: looks at a store's folder, of ours or of Java's
// broker. Only `repair --yes` writes. Standard output is the answer, standard error the progress.

import { MqError } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import { loadNative } from '../host/mmap.ts'
import { nodeFiles } from '../host/node-files.ts'
import { systemClock } from '../host/system-clock.ts'
import { type DumpFilter, dumpStore } from '../store/inspection/dump.ts'
import { type Inventory, inventoryOf } from '../store/inspection/inventory.ts'
import { applyRepairs, planRepairs } from '../store/inspection/repair.ts'
import { lookAtStore, type StoreFolder } from '../store/inspection/store-folder.ts'
import { type VerifyReport, verifyStore } from '../store/inspection/verify.ts'

/** For scripts. 0 is: fine. */
const exits = { problems: 1, usage: 2, notAStore: 3, inUse: 4 } as const

export type StoreCommandOptions = {
  readonly json?: boolean
  readonly commitlog?: string
  readonly delayLevels?: string
  readonly yes?: boolean
  readonly cut?: boolean
  readonly topic?: string
  readonly queue?: string
  readonly offset?: string
  readonly key?: string
  readonly since?: string
  readonly until?: string
  readonly limit?: string
  readonly body?: boolean
}

export async function inspect(root: string, options: StoreCommandOptions): Promise<void> {
  const inventory = inventoryOf(await open(root, options))
  print(options.json ? JSON.stringify(inventory) : describe(inventory))
}

export async function verify(root: string, options: StoreCommandOptions): Promise<void> {
  const report = verified(await open(root, options), options)
  print(options.json ? JSON.stringify(jsonOf(report)) : summary(report))
  if (report.problems.count > 0) process.exitCode = exits.problems
}

export async function dump(root: string, options: StoreCommandOptions): Promise<void> {
  const folder = await open(root, options)
  const filter = filterOf(options)
  const limit = numberOf(options.limit, '--limit') ?? Number.POSITIVE_INFINITY
  let count = 0
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', () => process.exit(0))
  dumpStore(folder, filter, (message) => {
    if (count++ >= limit) return
    const { body, bodyBase64, ...rest } = message
    const shown = options.body === false ? rest : message
    print(JSON.stringify(shown))
  })
}

export async function repair(root: string, options: StoreCommandOptions): Promise<void> {
  const folder = await open(root, options)
  const plan = planRepairs(folder, verified(folder, options))
  if (options.json) print(JSON.stringify({ actions: plan.actions, warning: plan.warning }))
  else print(plan.actions.length === 0 ? 'nothing to repair' : plan.actions.join('\n'))
  if (plan.actions.length === 0) return
  if (plan.warning !== undefined) process.stderr.write(`${plan.warning}\n`)
  if (!options.yes) {
    process.stderr.write('nothing was changed: --yes does it\n')
    process.exitCode = exits.problems
    return
  }
  if (plan.warning !== undefined && !options.cut) {
    process.stderr.write('nothing was changed: --cut as well as --yes does it\n')
    process.exitCode = exits.problems
    return
  }
  try {
    await applyRepairs({ clock: systemClock, log: silentLog }, folder, plan)
  } catch (error) {
    if (!(error instanceof MqError) || error.failure !== 'broker-unavailable') throw error
    fail(exits.inUse, `${root}: ${error.message}`)
  }
  const after = verified(await open(root, options), options)
  process.stderr.write(`${after.problems.count} problems are left\n`)
  if (after.problems.count > 0) process.exitCode = exits.problems
}

async function open(root: string, options: StoreCommandOptions): Promise<StoreFolder> {
  const path = root.replace(/(.)\/+$/, '$1')
  const folder = lookAtStore(nodeFiles(await loadNative()), path, options.commitlog)
  if (!folder) fail(exits.notAStore, `${path} is not a store: it has no folder commitlog`)
  return folder
}

function fail(code: number, text: string): never {
  process.stderr.write(`${text}\n`)
  process.exit(code)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function verified(folder: StoreFolder, options: StoreCommandOptions): VerifyReport {
  const onProgress = process.stderr.isTTY ? drawBar : () => {}
  const report = verifyStore(folder, {
    onProgress,
    ...(options.delayLevels !== undefined && { messageDelayLevel: options.delayLevels }),
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  return report
}

const barWidth = 40

function drawBar(done: number): void {
  const full = Math.round(Math.min(1, done) * barWidth)
  const bar = '#'.repeat(full) + '.'.repeat(barWidth - full)
  process.stderr.write(`\r[${bar}] ${Math.floor(done * 100)} %`)
}

function describe({ log, topics, index, ...rest }: Inventory): string {
  const time = (ms: number | undefined) => (ms ? new Date(ms).toISOString() : 'unknown')
  const lines = [
    `store       ${rest.root}`,
    `state       ${rest.abort === undefined ? 'closed in order' : `open, or its process ${rest.abort} was killed`}`,
    `log         ${log.files} files of ${log.fileSize} bytes, ${log.minPosition} to ${log.maxPosition}`,
    `stored      ${time(log.firstStoreTimestamp)} to ${time(log.lastStoreTimestamp)}`,
    `queue files ${rest.queueFileSize} bytes`,
    `index       ${index.files} files, ${index.entries} entries`,
    `checkpoint  ${rest.checkpoint ? JSON.stringify(rest.checkpoint) : 'none'}`,
    `config      ${rest.config.map(({ name }) => name).join(' ') || 'none'}`,
    'topics',
  ]
  for (const { topic, messages, queues, isBatch } of topics) {
    lines.push(`  ${topic}: ${messages} messages${isBatch ? ' in whole batches' : ''}`)
    for (const one of queues) lines.push(`    ${one.queueId}: ${one.minOffset} to ${one.maxOffset}`)
  }
  return lines.join('\n')
}

function summary(report: VerifyReport): string {
  const { records, queueEntries, indexEntries, timerEntries, pendingEntries, problems } = report
  const lines = [
    `${records} records, ${queueEntries} queue entries, ${indexEntries} index entries, ` +
      `${timerEntries} timer entries`,
    `the log ends at ${report.endPosition}`,
  ]
  if (pendingEntries > 0) lines.push(`${pendingEntries} queue entries are made at the next start`)
  for (const [kind, count] of problems.counts) lines.push(`${kind}: ${count}`)
  for (const { kind, where, detail } of problems.kept) lines.push(`  ${kind} ${where}: ${detail}`)
  lines.push(problems.count === 0 ? 'fine' : `${problems.count} problems`)
  return lines.join('\n')
}

function jsonOf({ problems, ...report }: VerifyReport): unknown {
  const counts = Object.fromEntries(problems.counts)
  return { ...report, problemCount: problems.count, problemCounts: counts, problems: problems.kept }
}

function filterOf(options: StoreCommandOptions): DumpFilter {
  const [from, to = from] = (options.offset ?? '').split('-')
  return {
    topic: options.topic,
    queueId: numberOf(options.queue, '--queue'),
    offsetFrom: numberOf(from || undefined, '--offset'),
    offsetTo: numberOf(to || undefined, '--offset'),
    key: options.key,
    timeFrom: timeOf(options.since, '--since'),
    timeTo: timeOf(options.until, '--until'),
  }
}

function numberOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) fail(exits.usage, `${name} ${text}: must be a number`)
  return Number(text)
}

function timeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(ms)) fail(exits.usage, `${name} ${text}: must be a time or milliseconds`)
  return ms
}
