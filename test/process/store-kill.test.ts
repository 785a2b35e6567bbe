// A real process that appends is killed again and again: whatever it acknowledged is there.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { loadNative } from '../../src/host/mmap.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { decodeRecord } from '../../src/message/record.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { driverBody, driverOptions } from '../support/driver-messages.ts'
import { seededRandom } from '../support/random.ts'

const driver = new URL('../support/store-driver.js', import.meta.url).pathname
const rounds = Number(process.env['STORE_KILL_ROUNDS'] ?? 20)

type Acknowledged = { queueId: number; offset: number; number: number }

/** Runs the driver for a while and kills it; answers what it acknowledged. */
async function runAndKill(args: readonly string[], ms: number): Promise<Acknowledged[]> {
  const child: ChildProcess = spawn(process.execPath, [driver, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  let isTimed = false
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    if (isTimed || !text.startsWith('ready')) return
    isTimed = true
    setTimeout(() => child.kill('SIGKILL'), ms)
  })
  await new Promise((resolve) => child.on('close', resolve))
  // The last line may be cut short: it was not heard.
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n').slice(1)
  return lines.filter(Boolean).map((line) => {
    const [queueId = 0, offset = 0, number = 0] = line.split(' ').map(Number)
    return { queueId, offset, number }
  })
}

/** All bodies by queue and offset; fails on one that no driver can have sent. */
async function readStore(t: ExecutionContext, store: Store): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let queueId = 0; queueId < 7; queueId++) {
    const queue = { topic: 'killed', queueId }
    let last = -1
    for (let offset = 0; offset < store.maxOffset(queue); ) {
      const result = await store.read({ ...queue, offset, maxCount: 32, maxBytes: 1 << 20 })
      result.records.forEach((record, index) => {
        const { body } = decodeRecord(record)
        const number = Number.parseInt(Buffer.from(body).toString('latin1'), 10)
        if (!driverBody(number).equals(body) || number <= last) t.fail(`${queueId}: ${number}`)
        last = number
        found.set(`${queueId}/${result.offsets[index]}`, number)
      })
      if (result.nextOffset <= offset) t.fail(`stuck at ${offset}: ${result.status}`)
      offset = result.nextOffset
    }
  }
  return found
}

for (const [flushType, mapping] of [
  ['ASYNC_FLUSH', 'mapped'],
  ['SYNC_FLUSH', 'mapped'],
  ['ASYNC_FLUSH', 'plain'],
] as const) {
  test.serial(`${rounds} kills lose nothing acknowledged: ${flushType}, ${mapping}`, async (t) => {
    const folder = mkdtempSync(`${tmpdir()}/killed-`)
    t.teardown(() => rmSync(folder, { recursive: true }))
    const random = seededRandom(rounds)
    const acknowledged: Acknowledged[] = []
    let number = 0
    for (let round = 0; round < rounds; round++) {
      const args = [folder, flushType, String(number), mapping]
      acknowledged.push(...(await runAndKill(args, 20 + random() * 250)))
      number += 1_000_000
    }
    const files = nodeFiles(mapping === 'mapped' ? await loadNative() : undefined)
    const ports = { files, clock: systemClock, log: silentLog }
    const store = openStore(ports, driverOptions(folder, flushType))
    const found = await readStore(t, store)
    t.true(acknowledged.length > rounds * 20)
    const lost = acknowledged.filter(
      (one) => found.get(`${one.queueId}/${one.offset}`) !== one.number,
    )
    t.deepEqual(lost.slice(0, 5), [])
    t.log(`${acknowledged.length} acknowledged, ${found.size} found`)
    await store.stop()
  })
}
