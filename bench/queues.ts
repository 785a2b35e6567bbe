// Does a message cost more when there are many queues? Appends per second to stores of 1, 100,
// 1,000 and 10,000 queues, in turns; and what the first message of a queue costs, whose files
// have to be made.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { silentLog } from '../src/base/log.ts'
import { loadNative } from '../src/host/mmap.ts'
import { nodeFiles } from '../src/host/node-files.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { storeDefaults } from '../src/store/options.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { round, worstStallMs } from './process-cost.ts'
import { outgoing } from './records.ts'

const counts = [1, 100, 1_000, 10_000]
const perRound = 100_000
const perTurn = 64
/** More than memory keeps of a queue before its file is made. */
const firstCount = 96

type Filled = { readonly queues: number; readonly store: Store; readonly folder: string }
type Run = { readonly perSecond: number; readonly cpu: number; readonly stallMs: number }

export async function benchQueues(rounds: number): Promise<object> {
  const native = await loadNative()
  const open = (queues: number): Filled => {
    const folder = mkdtempSync(`${tmpdir()}/bench-queues-`)
    const ports = { files: nodeFiles(native), clock: systemClock, log: silentLog }
    const store = openStore(ports, { ...storeDefaults, storePathRootDir: folder })
    store.start()
    return { queues, store, folder }
  }
  const stores = counts.map(open)
  const results: Record<string, object> = {}
  try {
    for (const { queues, store } of stores) {
      // Enough for every queue to get its files and to have entries written to them.
      const firsts = queues * firstCount
      const first = await measured(() => append(store, queues, firsts), firsts)
      results[`first ${firstCount} messages of ${queues} new`] = rowOf([first])
      await append(store, queues, perRound)
    }
    const runs = new Map<number, Run[]>(counts.map((queues) => [queues, []]))
    for (let n = 0; n < rounds; n++) {
      for (const { queues, store } of stores) {
        runs.get(queues)?.push(await measured(() => append(store, queues, perRound), perRound))
      }
    }
    const one = rowOf(runs.get(1) ?? [])
    for (const [queues, own] of runs) {
      const row = rowOf(own)
      const ratio = round(row.perSecond / one.perSecond, 2)
      results[`${queues} queues`] = {
        ...row,
        ratio,
        cpuRatio: round(one.cpuMicros / row.cpuMicros, 2),
      }
    }
  } finally {
    for (const { store, folder } of stores) {
      await store.stop()
      rmSync(folder, { recursive: true })
    }
  }
  return results
}

/** Over all rounds, sweeps of the queues included: not the median, which would leave them out. */
function rowOf(runs: readonly Run[]) {
  const mean = (of: (run: Run) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length
  return {
    perSecond: Math.round(1 / mean((run) => 1 / run.perSecond)),
    cpuMicros: round(
      mean((run) => run.cpu),
      2,
    ),
    worstStallMs: round(Math.max(...runs.map((run) => run.stallMs))),
  }
}

async function measured(run: () => Promise<void>, count: number): Promise<Run> {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  const stallMs = await worstStallMs(run)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(before)
  return { perSecond: count / seconds, cpu: (user + system) / count, stallMs }
}

async function append(store: Store, queues: number, count: number): Promise<void> {
  for (let n = 0; n < count; ) {
    for (let inTurn = 0; inTurn < perTurn && n < count; inTurn++) {
      const queue = n++ % queues
      store.append(outgoing({ topic: `bench-${queue >> 3}`, queueId: queue & 7 }))
    }
    await new Promise(setImmediate)
  }
}
