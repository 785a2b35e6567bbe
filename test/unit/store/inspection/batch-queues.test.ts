// What the store tool says of topics that keep batches whole.

import test from 'ava'
import { silentLog } from '../../../../src/base/log.ts'
import { type DumpedMessage, dumpStore } from '../../../../src/store/inspection/dump.ts'
import { inventoryOf } from '../../../../src/store/inspection/inventory.ts'
import { applyRepairs, planRepairs } from '../../../../src/store/inspection/repair.ts'
import { lookAtStore } from '../../../../src/store/inspection/store-folder.ts'
import { verifyStore } from '../../../../src/store/inspection/verify.ts'
import { FakeClock, settle } from '../../../support/fake-clock.ts'
import type { MemoryFiles } from '../../../support/memory-files.ts'
import { openMemoryStore } from '../../../support/memory-store.ts'
import { innerBatch, outgoing } from '../../../support/messages.ts'

const units = '/store/batchconsumequeue/B/0/00000000000000000000'
const isBatchTopic = (topic: string) => topic === 'B'

/** 30 batches of three, and what is none between them, as an Apache broker takes it. */
async function storeOf(end: 'stop' | 'kill' = 'stop'): Promise<MemoryFiles> {
  const options = { mapperFileSizeBatchConsumeQueue: 46 * 8 }
  const { store, files } = openMemoryStore({ options, isBatchTopic })
  for (let n = 0; n < 30; n++) {
    const bodies = [0, 1, 2].map((at) => `${n}-${at}`)
    store.append(innerBatch(bodies, { topic: 'B', queueId: 0 }))
    store.append(outgoing({ topic: 'other' }))
    if (n % 10 === 9) store.append(outgoing({ topic: 'B' }))
  }
  await settle()
  if (end === 'stop') await store.stop()
  else files.crash(0)
  return files
}

function look(files: MemoryFiles) {
  const folder = lookAtStore(files, '/store')
  if (!folder) throw new Error('not a store')
  return folder
}

for (const end of ['stop', 'kill'] as const) {
  test(`after a ${end} units and records agree`, async (t) => {
    const report = verifyStore(look(await storeOf(end)))
    t.deepEqual(report.problems.kept, [])
    t.is(report.records, 63)
    t.is(report.queueEntries + report.pendingEntries, end === 'stop' ? 60 : 63)
  })
}

test('the inventory counts messages and tells that batches are whole', async (t) => {
  const { topics } = inventoryOf(look(await storeOf()))
  t.like(
    topics.find(({ topic }) => topic === 'B'),
    { isBatch: true, messages: 92, queues: [{ queueId: 0, minOffset: 0, maxOffset: 92 }] },
  )
  t.like(
    topics.find(({ topic }) => topic === 'other'),
    { isBatch: false, messages: 30 },
  )
})

const fields = {
  'the position': 7,
  'the size': 11,
  'the tags code': 19,
  'the store time': 27,
  'the base': 35,
  'the count': 37,
} as const

for (const [field, at] of Object.entries(fields)) {
  test(`a unit in which ${field} is wrong is found and made again`, async (t) => {
    const files = await storeOf()
    const whole = Buffer.from(files.readWhole(units) ?? [])
    const file = files.open(units, 'write')
    file.write(Uint8Array.of((whole[46 * 3 + at] ?? 0) ^ 4), 46 * 3 + at)
    file.close()
    const folder = look(files)
    const report = verifyStore(folder)
    t.deepEqual(report.badQueues, ['B/0'])
    const plan = planRepairs(folder, report)
    t.true(plan.actions.includes('make the entries of B/0 again'))
    await applyRepairs({ clock: new FakeClock(), log: silentLog }, folder, plan)
    t.deepEqual(verifyStore(look(files)).problems.kept, [])
    t.true(whole.equals(files.readWhole(units) ?? new Uint8Array(0)))
  })
}

test('a dump shows the messages of a batch one by one', async (t) => {
  const shown: DumpedMessage[] = []
  dumpStore(look(await storeOf()), { topic: 'B', offsetFrom: 4, offsetTo: 6 }, (one) => {
    shown.push(one)
  })
  t.deepEqual(
    shown.map((one) => [one.queueOffset, one.body, one.batchSize, one.properties['KEYS']]),
    [
      [4, '1-1', 3, 'of 1-1'],
      [5, '1-2', 3, 'of 1-2'],
      [6, '2-0', 3, 'of 2-0'],
    ],
  )
})
