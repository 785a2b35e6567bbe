// Reads from the store, without a network: 32 messages of 1 KiB a read, out of the mapping (hot)
// and fetched in the thread pool (as after a restart), and how long opening takes.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { silentLog } from '../src/base/log.ts'
import { loadNative } from '../src/host/mmap.ts'
import { nodeFiles } from '../src/host/node-files.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { hostBytes } from '../src/message/hosts.ts'
import { storeDefaults } from '../src/store/options.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { median } from './process-cost.ts'

const rounds = 5
const readsPerRound = 5_000
const stored = 300_000
const queue = { topic: 'bench', queueId: 0 }
const host = hostBytes('127.0.0.1', 10911)

type Figure = { readonly name: string; readonly value: number; readonly unit: string }

async function fill(store: Store): Promise<void> {
  const body = Buffer.alloc(1024, 7)
  for (let n = 0; n < stored; n++) {
    store.append({
      ...queue,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 1_700_000_000_000,
      bornHost: host,
      storeHost: host,
      reconsumeTimes: 0,
      preparedPosition: 0,
      body,
      properties: 'TAGS\u0001TagA\u0002',
    })
    if (n % 64 === 0) await new Promise(setImmediate)
  }
  await new Promise(setImmediate)
}

async function readMany(store: Store, name: string): Promise<Figure[]> {
  const cpu: number[] = []
  const rate: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    const start = performance.now()
    let messages = 0
    for (let read = 0, offset = 0; read < readsPerRound; read++) {
      const result = await store.read({ ...queue, offset, maxCount: 32, maxBytes: 1 << 18 })
      messages += result.records.length
      offset = result.nextOffset >= stored - 32 ? 0 : result.nextOffset
    }
    const used = process.cpuUsage(before)
    cpu.push((used.user + used.system) / messages)
    rate.push((messages / (performance.now() - start)) * 1_000)
  }
  return [
    { name, value: median(cpu), unit: 'CPU µs per message' },
    { name, value: Math.round(median(rate)), unit: 'messages per second' },
  ]
}

/** All figures, from one store that is filled, read, closed and opened again. */
export async function benchRead(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(`${tmpdir()}/bench-read-`)
  const options = { ...storeDefaults, storePathRootDir: folder }
  const ports = { files: nodeFiles(await loadNative()), clock: systemClock, log: silentLog }
  try {
    const first = openStore(ports, options)
    await fill(first)
    const figures = await readMany(first, 'read, hot')
    await first.stop()

    const start = performance.now()
    const second = openStore(ports, options)
    figures.push({ name: 'open after a stop', value: performance.now() - start, unit: 'ms' })
    figures.push(...(await readMany(second, 'read, fetched')))
    await second.stop()
    return figures
  } finally {
    rmSync(folder, { recursive: true })
  }
}
