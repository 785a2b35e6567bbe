// What a message costs by pop and acknowledgement, against a pull of the same messages: the
// broker's own work, without the network, over a store on a real disk.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../src/base/log.ts'
import { nodeFiles } from '../src/host/node-files.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { hostBytes } from '../src/message/hosts.ts'
import type { Responder } from '../src/remoting/dispatch.ts'
import { storeDefaults } from '../src/store/options.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { newDisk, PopBroker } from '../test/support/pop-broker.ts'
import { median } from './process-cost.ts'

type Figure = { readonly name: string; readonly cpuMicrosPerMessage: number }

const messages = 64_000
const batch = 32
const rounds = 5
const queue = { topic: 'T', queueId: 0 }
const host = hostBytes('127.0.0.1', 10911)

/** Pull, and pop with one acknowledgement a message; about 10 s. */
export async function pop(): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'rocketway-bench-'))
  const options = { ...storeDefaults, storePathRootDir: directory }
  const store = openStore({ files: nodeFiles(), clock: systemClock, log: silentLog }, options)
  store.start()
  const pulls: number[] = []
  const pops: number[] = []
  const broker = await PopBroker.start({ ...newDisk(1), store })
  try {
    for (let round = 0; round <= rounds; round++) {
      await fill(store)
      const pulled = await cost(() => pull(store))
      const popped = await cost(() => popAndAck(broker))
      // The first round warms up.
      if (round > 0) pulls.push(pulled)
      if (round > 0) pops.push(popped)
    }
  } finally {
    await broker.stop()
    await store.stop()
    rmSync(directory, { recursive: true })
  }
  return [
    { name: 'pull, 32 of 1 KiB at a time', cpuMicrosPerMessage: median(pulls) },
    { name: 'pop 32 of 1 KiB, acknowledge each', cpuMicrosPerMessage: median(pops) },
  ]
}

const turn = () => new Promise(setImmediate)

async function cost(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return Math.round(((user + system) / messages) * 100) / 100
}

async function fill(store: Store): Promise<void> {
  const body = Buffer.alloc(1024, 'x')
  for (let i = 0; i < messages; i++) {
    store.append({
      ...queue,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 1,
      bornHost: host,
      storeHost: host,
      reconsumeTimes: 0,
      preparedPosition: 0,
      body,
      properties: 'TAGS\x01a\x02UNIQ_KEY\x010102FC0000000104820B160D7A00000000\x02',
    })
    if (i % batch === batch - 1) await turn()
  }
  await turn()
}

async function pull(store: Store): Promise<void> {
  let offset = store.maxOffset(queue) - messages
  for (let left = messages; left > 0; ) {
    const result = await store.read({ ...queue, offset, maxCount: batch, maxBytes: 256 * 1024 })
    offset = result.nextOffset
    left -= result.records.length
    await turn()
  }
}

const query = {
  ...queue,
  group: 'G',
  maxCount: batch,
  invisibleMs: 60_000,
  from: 'min',
  filter: undefined,
  isOrder: false,
  attemptId: undefined,
} as const

async function popAndAck(broker: PopBroker<Store>): Promise<void> {
  let left = messages
  const responder: Responder = { closed: false, reply: () => left--, fail: () => {} }
  while (left > 0) {
    const popped = await broker.pop.take(query)
    const { popTime, reviveQid } = popped
    const first = Number(popped.startOffsetInfo.split(' ')[2])
    const claim = { ...queue, group: 'G', startOffset: first, popTime, invisibleMs: 60_000 }
    const receipt = { ...claim, reviveQid, brokerName: 'broker-a' }
    for (let i = 0; i < popped.count; i++) {
      broker.pop.ack(receipt, [first + i], false).pending?.attach(responder)
    }
    await turn()
  }
}
