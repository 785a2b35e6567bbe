// Appends to the store, without a network: CPU µs per record of 1 KiB for 1 to 10,000 queues, and
// acknowledged appends under SYNC_FLUSH one at a time and 64 in flight.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { silentLog } from '../src/base/log.ts'
import { loadNative } from '../src/host/mmap.ts'
import { nodeFiles } from '../src/host/node-files.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { hostBytes } from '../src/message/hosts.ts'
import type { OutgoingMessage } from '../src/message/message.ts'
import { type StoreOptions, storeDefaults } from '../src/store/options.ts'
import { openStore, type Store } from '../src/store/store.ts'

const rounds = 5
const recordsPerRound = 100_000
const recordsPerTurn = 64
const host = hostBytes('127.0.0.1', 10911)
const body = Buffer.alloc(1024, 7)
const properties =
  'UNIQ_KEY\u0001AC11000100002A3B0000000000000001\u0002TAGS\u0001TagA\u0002WAIT\u0001true\u0002'

type Row = { readonly name: string; readonly cpuMicroseconds: number; readonly perSecond: number }

/** A message of the n-th of `queues` queues. */
function message(n: number, queues: number): OutgoingMessage {
  const queue = n % queues
  return {
    topic: `bench-${queue >> 3}`,
    queueId: queue & 7,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    bornHost: host,
    storeHost: host,
    reconsumeTimes: 0,
    preparedPosition: 0,
    body,
    properties,
  }
}

const turn = (): Promise<void> => new Promise(setImmediate)

async function withStore(
  mapped: boolean,
  options: Partial<StoreOptions>,
  run: (store: Store) => Promise<Row>,
): Promise<Row> {
  const folder = mkdtempSync(`${tmpdir()}/bench-append-`)
  const files = nodeFiles(mapped ? await loadNative() : undefined)
  const settings = { ...storeDefaults, storePathRootDir: folder, ...options }
  const store = openStore({ files, clock: systemClock, log: silentLog }, settings)
  store.start()
  try {
    return await run(store)
  } finally {
    await store.stop()
    rmSync(folder, { recursive: true })
  }
}

async function measure(name: string, count: number, run: () => Promise<void>): Promise<Row> {
  const rows: Row[] = []
  for (let round = 0; round < rounds; round++) {
    const cpu = process.cpuUsage()
    const start = performance.now()
    await run()
    const used = process.cpuUsage(cpu)
    const seconds = (performance.now() - start) / 1_000
    const cpuMicroseconds = (used.user + used.system) / count
    rows.push({ name, cpuMicroseconds, perSecond: Math.round(count / seconds) })
  }
  rows.sort((a, b) => a.cpuMicroseconds - b.cpuMicroseconds)
  return rows[rounds >> 1] ?? { name, cpuMicroseconds: 0, perSecond: 0 }
}

async function appendMany(store: Store, queues: number, count: number): Promise<void> {
  for (let n = 0; n < count; ) {
    for (let inTurn = 0; inTurn < recordsPerTurn; inTurn++) store.append(message(n++, queues))
    await turn()
  }
}

function appends(queues: number, mapped: boolean): Promise<Row> {
  const name = `append, ${queues} queues, ${mapped ? 'mapped' : 'plain'}`
  return withStore(mapped, {}, async (store) => {
    // The first messages make the queues' files, which is not what is asked here.
    await appendMany(store, queues, Math.max(50_000, queues * 64))
    return measure(name, recordsPerRound, () => appendMany(store, queues, recordsPerRound))
  })
}

function syncAppends(inFlight: number, count: number): Promise<Row> {
  const name = `append, SYNC_FLUSH, ${inFlight} in flight`
  return withStore(true, { flushDiskType: 'SYNC_FLUSH' }, (store) => {
    const one = async (from: number): Promise<void> => {
      for (let n = from; n < count; n += inFlight) {
        const { endPosition } = store.append(message(n, 8))
        await new Promise<void>((release) => {
          if (store.isDurable(endPosition, { release: () => release() })) release()
        })
      }
    }
    const all = () => Promise.all(Array.from({ length: inFlight }, (_, from) => one(from)))
    return measure(name, count, async () => void (await all()))
  })
}

/** All rows, one after the other. */
export async function benchAppend(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const queues of [1, 100, 1_000, 10_000]) rows.push(await appends(queues, true))
  rows.push(await appends(1, false))
  rows.push(await syncAppends(1, 500))
  rows.push(await syncAppends(64, 20_000))
  return rows
}
