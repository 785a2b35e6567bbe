// Stores of the Java broker 5.5.0, one closed in order and one killed: opened, read, gone on with.

import { createHash } from 'node:crypto'
import test from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { decodeRecord } from '../../src/message/record.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import {
  type GoldenKind,
  goldenFiles,
  goldenManifest,
  goldenOptions,
  unpackGolden,
} from '../support/golden-store.ts'
import { MemoryFiles } from '../support/memory-files.ts'
import { outgoing } from '../support/messages.ts'

function openGolden(kind: GoldenKind, mapped = true): { store: Store; files: MemoryFiles } {
  const files = new MemoryFiles({ mapped })
  unpackGolden(kind, files, '/store')
  const ports = { files, clock: new FakeClock(), log: silentLog }
  return { store: openStore(ports, goldenOptions), files }
}

for (const kind of ['clean', 'crashed'] as const) {
  test(`every message of the ${kind} store is served from its queue`, async (t) => {
    const { store } = openGolden(kind)
    const manifest = goldenManifest(kind)
    t.is(store.maxPosition, manifest.commitLog.maxPhysicalOffset)
    for (const message of manifest.messages) {
      const { topic, queueId, queueOffset } = message
      const result = await store.read({
        topic,
        queueId,
        offset: queueOffset,
        maxCount: 1,
        maxBytes: 1_000_000,
      })
      t.deepEqual(result.offsets, [queueOffset])
      const decoded = decodeRecord(result.records[0] ?? new Uint8Array(0))
      t.like(decoded, {
        topic,
        queueId,
        queueOffset,
        position: message.physicalOffset,
        size: message.storeSize,
        offsetMessageId: message.offsetMsgId,
        flag: message.flag,
        sysFlag: message.storedSysFlag,
        bodyCrc: message.bodyCrc,
        bornTimestamp: message.bornTimestamp,
        bornHost: message.bornHost,
        storeTimestamp: message.storeTimestamp,
        storeHost: message.storeHost,
        reconsumeTimes: message.reconsumeTimes,
        preparedPosition: message.preparedTransactionOffset,
      })
      t.deepEqual(Object.fromEntries(decoded.properties), message.properties)
      if ((message.storedSysFlag & 1) === 0) {
        t.is(createHash('sha256').update(decoded.body).digest('hex'), message.bodySha256)
      }
    }
  })

  test(`offsets and times of the ${kind} store are those that Java answered`, (t) => {
    const { store } = openGolden(kind)
    const manifest = goldenManifest(kind)
    for (const { topic, queues } of manifest.topics) {
      for (const { queueId, minOffset, maxOffset } of queues) {
        t.is(store.minOffset({ topic, queueId }), minOffset, topic)
        t.is(store.maxOffset({ topic, queueId }), maxOffset, topic)
      }
    }
    for (const { timestamp, offset, ...queue } of manifest.searchOffset) {
      t.is(store.offsetByTime(queue, timestamp, 'lower'), offset)
    }
  })

  test(`the ${kind} store takes further messages and keeps the old ones`, async (t) => {
    const { store, files } = openGolden(kind, false)
    const queue = { topic: 'GoldenNormal', queueId: 0 }
    const first = store.maxOffset(queue)
    const appended = store.append(outgoing({ ...queue, body: Buffer.from('ours') }))
    t.is(appended.queueOffset, first)
    t.is(appended.position, goldenManifest(kind).commitLog.maxPhysicalOffset)
    await store.stop()

    const ports = { files, clock: new FakeClock(), log: silentLog }
    const again = openStore(ports, goldenOptions)
    const result = await again.read({ ...queue, offset: first - 1, maxCount: 9, maxBytes: 99_999 })
    t.deepEqual(result.offsets, [first - 1, first])
    t.is(decodeRecord(result.records[1] ?? new Uint8Array(0)).body.toString(), 'ours')
  })

  test(`queues rebuilt from the log of the ${kind} store have the bytes that Java wrote`, async (t) => {
    const files = new MemoryFiles()
    unpackGolden(kind, files, '/store')
    files.remove('/store/consumequeue')
    files.remove('/store/checkpoint')
    const ports = { files, clock: new FakeClock(), log: silentLog }
    await openStore(ports, goldenOptions).stop()
    for (const [path, content] of goldenFiles(kind)) {
      if (!path.startsWith('consumequeue/')) continue
      t.deepEqual(Buffer.from(files.readWhole(`/store/${path}`) ?? []), Buffer.from(content), path)
    }
  })
}
