// What verification finds, and that it does not find it where it is not.

import test from 'ava'
import { inventoryOf } from '../../../../src/store/inspection/inventory.ts'
import { lookAtStore } from '../../../../src/store/inspection/store-folder.ts'
import { verifyStore } from '../../../../src/store/inspection/verify.ts'
import { goldenManifest } from '../../../support/golden-store.ts'
import { firstLogFile, InspectedStore, normalQueue } from '../../../support/inspected-store.ts'
import { MemoryFiles } from '../../../support/memory-files.ts'

for (const kind of ['clean', 'crashed'] as const) {
  test(`everything in the ${kind} store of Java agrees, and nothing is written`, (t) => {
    const store = new InspectedStore(kind)
    const { calls } = store.files
    const manifest = goldenManifest(kind)
    const report = verifyStore(store.look())
    t.deepEqual(report.problems.kept, [])
    t.is(report.records, manifest.messages.length)
    t.is(report.queueEntries, manifest.messages.length)
    t.is(
      report.indexEntries,
      manifest.index.reduce((sum, one) => sum + one.indexCount - 1, 0),
    )
    t.is(report.endPosition, manifest.commitLog.maxPhysicalOffset)
    t.is(store.files.calls, calls)
  })

  test(`the inventory of the ${kind} store is what Java's manifest says`, (t) => {
    const store = new InspectedStore(kind)
    const { calls } = store.files
    const manifest = goldenManifest(kind)
    const found = inventoryOf(store.look())
    t.is(found.log.fileSize, manifest.commitLog.fileSize)
    t.is(found.state, kind === 'clean' ? 'closed' : 'open-or-killed')
    t.is(found.index.files, manifest.index.length)
    const topics = new Map(found.topics.map((one) => [one.topic, one.queues] as const))
    for (const { topic, queues } of manifest.topics) {
      for (const { queueId, minOffset, maxOffset } of queues) {
        if (maxOffset === 0) continue
        const queue = topics.get(topic)?.find((one) => one.queueId === queueId)
        t.deepEqual(queue, { queueId, minOffset, maxOffset })
      }
    }
    t.is(store.files.calls, calls)
  })
}

test('progress goes from the start to the end', (t) => {
  const steps: number[] = []
  verifyStore(new InspectedStore('clean').look(), { onProgress: (done) => steps.push(done) })
  t.true(steps.length > 1)
  t.deepEqual(
    steps,
    [...steps].sort((a, b) => a - b),
  )
  t.is(steps.at(-1), 1)
})

test('a folder without a log is not a store', (t) => {
  t.is(lookAtStore(new MemoryFiles(), '/nothing'), undefined)
})

const countsAfter = (damage: (store: InspectedStore) => void) => {
  const store = new InspectedStore('clean')
  damage(store)
  const report = verifyStore(store.look())
  return { report, kinds: [...report.problems.counts.keys()] }
}

test('a flipped bit in a body is found, and the good records behind it are counted', (t) => {
  const [first] = goldenManifest('clean').messages
  const { report, kinds } = countsAfter((store) => store.flip(firstLogFile, 90))
  t.is(first?.physicalOffset, 0)
  t.true(kinds.includes('log-damaged'))
  t.is(report.endPosition, 0)
  t.is(report.recordsBehindDamage, goldenManifest('clean').messages.length - 1)
  t.deepEqual(report.damaged, [{ from: 0, to: first?.storeSize, reason: 'wrong-checksum' }])
})

test('a log that is cut short is found though it ends in zeros', (t) => {
  const { report, kinds } = countsAfter((store) => {
    store.resize('commitlog/00000000000002097152', 1000)
  })
  t.true(kinds.includes('log-file-size'))
  t.true(kinds.includes('log-torn-tail'))
  t.true(report.endPosition < goldenManifest('clean').commitLog.maxPhysicalOffset)
})

test('a missing log file is found, and what is behind it', (t) => {
  const { report, kinds } = countsAfter((store) => {
    store.files.remove('/store/commitlog/00000000000001048576')
  })
  t.true(kinds.includes('log-files-missing'))
  t.true(report.recordsBehindDamage > 0)
})

for (const [field, at] of Object.entries({ position: 27, size: 31, tag: 39 })) {
  test(`a queue entry with a wrong ${field} is found`, (t) => {
    const { report, kinds } = countsAfter((store) => store.flip(normalQueue, at, 1))
    t.true(kinds.includes('queue-entry-wrong'))
    t.deepEqual(report.badQueues, ['GoldenNormal/0'])
  })
}

test('a missing queue file is damage after an orderly stop', (t) => {
  const { report, kinds } = countsAfter((store) => store.files.remove(`/store/${normalQueue}`))
  t.true(kinds.includes('queue-entry-missing'))
  t.is(report.problems.counts.get('queue-entry-missing'), 50)
})

test('an entry in the queue that no record asks for is found', (t) => {
  const { kinds } = countsAfter((store) => {
    const file = store.files.open(`/store/${normalQueue}`, 'write')
    const entry = Buffer.alloc(20)
    file.read(entry, 0)
    file.write(entry, 50 * 20)
  })
  t.deepEqual(kinds, ['queue-entry-without-record'])
})

test('an index entry that points elsewhere is found', (t) => {
  const store = new InspectedStore('clean')
  const [first] = store.look().index
  store.flip(first?.path.slice('/store/'.length) ?? '', 40 + 4 * 500 + 20 + 4 + 7, 1)
  const report = verifyStore(store.look())
  t.deepEqual([...report.problems.counts.keys()], ['index-entry-wrong'])
  t.deepEqual(report.badIndexFiles, [first?.path])
})

test('entries that a killed broker had not written are no damage', (t) => {
  const store = new InspectedStore('crashed')
  store.resize('checkpoint', 0)
  store.files.remove('/store/consumequeue')
  const report = verifyStore(store.look())
  t.is(report.problems.count, 0)
  t.is(report.pendingEntries, goldenManifest('crashed').messages.length)
})
