// Reads of a store in sequence and at random, hot (out of the mapping), fetched (another process
// wrote it, the page cache has it) and cold (nothing has it), 32 messages of 1 KiB a time or one,
// and for how long the loop stands still meanwhile. Another store is as good as none: the files
// are dropped from the page cache one by one, without a right over the machine.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../src/base/log.ts'
import { loadNative } from '../src/host/mmap.ts'
import { nodeFiles } from '../src/host/node-files.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { storeDefaults } from '../src/store/options.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { median, round, worstStallMs } from './process-cost.ts'
import { outgoing } from './records.ts'

const stored = 400_000
const perTurn = 64
const perRead = 32
const queue = { topic: 'bench', queueId: 0 }
const reads = { sequential: 3_000, random: 500 } as const
/** Under way at a time, as that many consumers have. */
const readers = 4

type Order = keyof typeof reads
type Run = { readonly perSecond: number; readonly cpu: number; readonly stallMs: number }

export async function benchCold(rounds: number): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'rocketway-bench-'))
  const ports = { files: nodeFiles(await loadNative()), clock: systemClock, log: silentLog }
  const options = { ...storeDefaults, storePathRootDir: folder }
  const rows: Record<string, object> = {}
  try {
    const writer = openStore(ports, options)
    await fill(writer)
    for (const order of ['sequential', 'random'] as const) {
      const runs: Run[] = []
      for (let n = 0; n < rounds; n++) runs.push(await readMany(writer, order))
      rows[`${order}, hot`] = rowOf(runs)
    }
    await writer.stop()
    for (const state of ['fetched', 'cold'] as const) {
      for (const order of ['sequential', 'random'] as const) {
        const runs: Run[] = []
        for (let n = 0; n < rounds; n++) {
          if (state === 'cold') dropCaches(folder)
          const reader = openStore(ports, options)
          // Opening reads the ends of the files; what it read goes again.
          if (state === 'cold') dropCaches(folder)
          runs.push(await readMany(reader, order))
          await reader.stop()
        }
        rows[`${order}, ${state}`] = rowOf(runs)
      }
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const rowOf = (runs: readonly Run[]): object => ({
  messagesPerSecond: Math.round(median(runs.map((run) => run.perSecond))),
  cpuMicros: round(median(runs.map((run) => run.cpu)), 2),
  worstStallMs: round(Math.max(...runs.map((run) => run.stallMs))),
})

async function fill(store: Store): Promise<void> {
  for (let n = 1; n <= stored; n++) {
    store.append(outgoing(queue))
    if (n % perTurn === 0) await new Promise(setImmediate)
  }
  await new Promise(setImmediate)
}

async function readMany(store: Store, order: Order): Promise<Run> {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  let messages = 0
  let left = reads[order]
  let next = 0
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const offset = order === 'random' ? Math.floor(Math.random() * (stored - perRead)) : next
      next = (next + perRead) % (stored - perRead)
      const result = await store.read({ ...queue, offset, maxCount: perRead, maxBytes: 1 << 18 })
      messages += result.records.length
      await new Promise(setImmediate)
    }
  }
  const stallMs = await worstStallMs(async () => {
    await Promise.all(Array.from({ length: readers }, one))
  })
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - startedAt) / 1000
  if (messages === 0) throw new Error('nothing was read')
  return { perSecond: messages / seconds, cpu: (user + system) / messages, stallMs }
}

/** Only what is on disk can be dropped: `dd` syncs a file and asks the kernel to forget it. */
function dropCaches(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    const path = join(file.parentPath ?? file.path, file.name)
    const flags = ['oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']
    const { status } = spawnSync('dd', [`of=${path}`, 'if=/dev/null', ...flags])
    if (status !== 0) throw new Error(`dd could not drop ${path}`)
  }
}
