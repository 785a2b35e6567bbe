// A real process appends a script of 600 messages and strace makes one of its system calls fail,
// or kills it there; then the store is opened and judged. 60 points, drawn from a seed:
// POINTS=n for more, SEED=n for the same ones again. One thread in the pool, so that the n-th
// call is the same one each time.
//
//   I1  every acknowledged message is readable at its queue and offset
//   I2  every message read was sent, unaltered
//   I3  what was once read at a queue and offset stays there, over all later damage
//
// What a process test cannot show is a disk that lies: `fdatasync` that does nothing loses
// nothing while the page cache lives. The memory disk does that (test/fuzz/store-faults.test.ts),
// and a file system that loses power (test/faults/power.test.ts).
// Here the negative control of the judge is a store with one page of its log wiped by hand.

import { mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { loadNative } from '../../src/host/mmap.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { decodeRecord } from '../../src/message/record.ts'
import { openStore } from '../../src/store/store.ts'
import { driverBody, driverOptions } from '../support/driver-messages.ts'
import { installed, run } from '../support/processes.ts'
import { seededRandom } from '../support/seeded-random.ts'

const points = Number(process.env['POINTS'] ?? 60)
const seed = Number(process.env['SEED'] ?? 20_260_101)
const script = new URL('../support/store-script.js', import.meta.url).pathname
const flushTypes = ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const
const mappings = ['mapped', 'plain'] as const

/** What is done at the n-th call: it is killed there, or the call fails, once or from then on. */
const faults = [
  { call: 'pwrite64', action: 'signal=KILL', most: 500 },
  { call: 'fdatasync', action: 'signal=KILL', most: 60 },
  { call: 'fsync', action: 'signal=KILL', most: 12 },
  { call: 'ftruncate', action: 'signal=KILL', most: 12 },
  { call: 'fallocate', action: 'signal=KILL', most: 4 },
  { call: 'openat', action: 'signal=KILL', most: 120 },
  { call: 'fdatasync', action: 'error=EIO', most: 60 },
  { call: 'fdatasync', action: 'error=EIO', most: 60, forever: true },
  { call: 'fsync', action: 'error=EIO', most: 12 },
  { call: 'pwrite64', action: 'error=ENOSPC', most: 500, forever: true },
  { call: 'pwrite64', action: 'error=EIO', most: 500 },
  { call: 'fallocate', action: 'error=ENOSPC', most: 4, forever: true },
] as const satisfies readonly { call: string; action: string; most: number; forever?: true }[]

type Heard = {
  readonly acknowledged: readonly { place: string; number: number }[]
  /** Acknowledged after the store had said that a sync of the log failed. */
  readonly afterFailedSync: number
  readonly code: number
}

async function runScript(
  folder: string,
  first: number,
  kind: { flush: string; mapping: string; inject?: string },
): Promise<Heard> {
  const node = [process.execPath, script, folder, kind.flush, String(first), kind.mapping]
  const [file = '', ...args] =
    kind.inject === undefined
      ? node
      : ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${kind.inject.split(':')[0]}`]
          .concat('-e', `inject=${kind.inject}`)
          .concat(node)
  const ran = await run(file, args, { env: { UV_THREADPOOL_SIZE: '1' }, timeoutMs: 30_000 })
  // The last line may be cut short: it was not heard.
  const lines = ran.stdout.slice(0, ran.stdout.lastIndexOf('\n') + 1).split('\n')
  const failedAt = lines.indexOf('refused log-sync')
  const isAcknowledgement = (line: string) => /^\d+ \d+ \d+$/.test(line)
  return {
    acknowledged: lines.filter(isAcknowledgement).map((line) => {
      const [queueId, offset, number] = line.split(' ')
      return { place: `${queueId}/${offset}`, number: Number(number) }
    }),
    afterFailedSync: failedAt < 0 ? 0 : lines.slice(failedAt).filter(isAcknowledgement).length,
    code: ran.code,
  }
}

/** Number of the message at each `queue/offset`; -1 for a body that nobody sent. */
async function readStore(folder: string, mapping: string): Promise<Map<string, number>> {
  const files = nodeFiles(mapping === 'mapped' ? await loadNative() : undefined)
  const ports = { files, clock: systemClock, log: silentLog }
  const store = openStore(ports, driverOptions(folder, 'ASYNC_FLUSH'))
  const found = new Map<string, number>()
  for (let queueId = 0; queueId < 7; queueId++) {
    const queue = { topic: 'killed', queueId }
    for (let offset = 0; offset < store.maxOffset(queue); ) {
      const result = await store.read({ ...queue, offset, maxCount: 32, maxBytes: 1 << 20 })
      for (const [at, record] of result.records.entries()) {
        const body = Buffer.from(decodeRecord(record).body)
        const number = Number.parseInt(body.toString('latin1'), 10)
        const isSent = driverBody(number).equals(body)
        found.set(`${queueId}/${result.offsets[at]}`, isSent ? number : -1)
      }
      if (result.nextOffset <= offset) throw new Error(`stuck at ${offset}: ${result.status}`)
      offset = result.nextOffset
    }
  }
  await store.stop()
  return found
}

function lostOf(heard: Heard['acknowledged'], found: ReadonlyMap<string, number>) {
  return heard.filter(({ place, number }) => found.get(place) !== number)
}

function makeFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(`${tmpdir()}/rocketway-syscalls-`)
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

test.serial(`${points} failing or fatal system calls lose nothing acknowledged`, async (t) => {
  if (!(await installed('strace'))) {
    t.log('skipped: strace is not installed')
    t.pass()
    return
  }
  t.timeout(points * 40_000)
  t.log(`SEED=${seed}`)
  const random = seededRandom(seed)
  const stores = flushTypes.flatMap((flush) =>
    mappings.map((mapping) => ({
      ...{ flush, mapping, folder: makeFolder(t) },
      acknowledged: [] as { place: string; number: number }[],
      seen: new Map<string, number>(),
    })),
  )
  let hits = 0
  for (let point = 0; point < points; point++) {
    const store = stores[point % stores.length]
    const fault = faults[Math.floor(point / stores.length) % faults.length]
    if (!store || !fault) throw new Error('no such point')
    const when = `${1 + random.below(fault.most)}${'forever' in fault ? '+' : ''}`
    const inject = `${fault.call}:${fault.action}:when=${when}`
    const name = `${store.flush} ${store.mapping} ${inject}`
    const heard = await runScript(store.folder, point * 10_000, { ...store, inject })
    if (heard.code !== 0) hits++
    t.is(heard.afterFailedSync, 0, `${name}: acknowledged after a failed sync`)
    store.acknowledged.push(...heard.acknowledged)

    const found = await readStore(store.folder, store.mapping)
    t.deepEqual(lostOf(store.acknowledged, found).slice(0, 3), [], `${name}: lost (I1)`)
    const alien = [...found].filter(([, number]) => number < 0 || number >= (point + 1) * 10_000)
    t.deepEqual(alien.slice(0, 3), [], `${name}: never sent (I2)`)
    const changed = [...store.seen].filter(([place, number]) => found.get(place) !== number)
    t.deepEqual(changed.slice(0, 3), [], `${name}: another message at its place (I3)`)
    store.seen = found
  }
  const acknowledged = stores.reduce((sum, one) => sum + one.acknowledged.length, 0)
  t.log(`${acknowledged} acknowledged, ${hits} of ${points} runs ended by their fault`)
  t.true(hits >= points / 4, 'the faults did hit')
  t.true(acknowledged > points * 10, 'the runs did work')
})

test.serial(
  'a whole run acknowledges 600 messages, and the judge sees when one is lost',
  async (t) => {
    const folder = makeFolder(t)
    const heard = await runScript(folder, 0, { flush: 'SYNC_FLUSH', mapping: 'mapped' })
    t.is(heard.code, 0)
    t.true(heard.acknowledged.length >= 600)
    t.deepEqual(lostOf(heard.acknowledged, await readStore(folder, 'mapped')), [])

    const [log = ''] = readdirSync(`${folder}/commitlog`)
    const descriptor = openSync(`${folder}/commitlog/${log}`, 'r+')
    writeSync(descriptor, Buffer.alloc(4096), 0, 4096, 100 * 4096)
    rmSync(`${folder}/checkpoint`)
    t.true(lostOf(heard.acknowledged, await readStore(folder, 'mapped')).length > 0)
  },
)
