// How long is a broker away after kill -9? A process fills a store of GB gigabytes (10 unless
// said) with messages of 1 KiB over 64 queues of 8 topics and is killed while it writes, as far
// from its last checkpoint as it gets; a broker is started over what is left. And over the store
// of a broker that was killed before it had a message.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { silentLog } from '../src/base/log.ts'
import { loadNative } from '../src/host/mmap.ts'
import { nodeFiles } from '../src/host/node-files.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { readCheckpoint } from '../src/store/checkpoint.ts'
import { pathsOf } from '../src/store/opening.ts'
import { storeDefaults } from '../src/store/options.ts'
import { openStore } from '../src/store/store.ts'
import { median } from './process-cost.ts'
import { startProgram } from './programs.ts'
import { outgoing } from './records.ts'

const gigabytesDefault = 10
const queues = 64
const perTurn = 64
const step = 1024 * 1024
/** The store makes a checkpoint when 512 MiB are behind the last one: shortly before. */
const uncheckpointed = 450 * 1024 * 1024

export async function benchRecovery(rounds: number): Promise<object> {
  const gigabytes = Number(process.env['GB'] ?? gigabytesDefault)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-bench-'))
  try {
    const empty: number[] = []
    for (let n = 0; n < rounds; n++) empty.push(await restartEmpty(join(home, `empty-${n}`)))
    const data = join(home, 'full')
    const filled = await fillAndKill(data, gigabytes)
    const fullMs = await start(data)
    // Killed again before its first checkpoint: the same work once more, out of memory.
    const again: number[] = []
    for (let n = 0; n < rounds; n++) again.push(await start(data))
    return {
      gigabytes,
      messages: filled.count,
      uncheckpointedMb: Math.round(filled.behind / 1e6),
      readyMs: Math.round(fullMs),
      readyAgainMs: Math.round(median(again)),
      emptyReadyMs: Math.round(median(empty)),
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

async function restartEmpty(data: string): Promise<number> {
  await start(data)
  return start(data)
}

/** ms from the start of the process to its word that it serves. */
async function start(data: string): Promise<number> {
  const startedAt = performance.now()
  const broker = await startProgram(['broker', '--data', data, '--listen', '127.0.0.1:0'])
  const took = performance.now() - startedAt
  await broker.kill()
  return took
}

type Filled = { readonly count: number; readonly behind: number }

async function fillAndKill(data: string, gigabytes: number): Promise<Filled> {
  const args = [fileURLToPath(import.meta.url), data, String(gigabytes)]
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!child.stdout) throw new Error('no output to read')
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('full ')) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
    return JSON.parse(line.slice('full '.length)) as Filled
  }
  throw new Error('the store was not filled')
}

/** Runs in the process that is killed. */
async function fill(folder: string, gigabytes: number): Promise<void> {
  const ports = { files: nodeFiles(await loadNative()), clock: systemClock, log: silentLog }
  const store = openStore(ports, { ...storeDefaults, storePathRootDir: folder })
  store.start()
  const { checkpoint: path } = pathsOf({ ...storeDefaults, storePathRootDir: folder })
  let count = 0
  const append = async (end: number): Promise<void> => {
    while (store.maxPosition < end) {
      for (let inTurn = 0; inTurn < perTurn; inTurn++) {
        const queue = count++ % queues
        store.append(outgoing({ topic: `bench-${queue >> 3}`, queueId: queue & 7 }))
      }
      await new Promise(setImmediate)
    }
  }
  await append(gigabytes * 1e9)
  const checkpoint = (): number => readCheckpoint(ports.files, path).logicsPhysicalOffset
  while (store.maxPosition - checkpoint() < uncheckpointed) await append(store.maxPosition + step)
  console.log(`full ${JSON.stringify({ count, behind: store.maxPosition - checkpoint() })}`)
  // It goes on writing until it is killed.
  await append(Number.POSITIVE_INFINITY)
}

const [, program = '', folder, gigabytes] = process.argv
if (program === fileURLToPath(import.meta.url) && folder !== undefined) {
  await fill(folder, Number(gigabytes))
}
