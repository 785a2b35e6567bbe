// The halves, notes and final messages of the Java broker 5.5.0, and what ours makes of them.

import test from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { halfTopic, undecidedTopic } from '../../src/broker/names.ts'
import { Ends } from '../../src/broker/transaction/ends.ts'
import { askedAgain, committed, givenUp, readHalf } from '../../src/broker/transaction/half.ts'
import { Halves } from '../../src/broker/transaction/halves.ts'
import { recoverHalves } from '../../src/broker/transaction/recovery.ts'
import { parseDelayLevels } from '../../src/message/delay.ts'
import { hostBytes } from '../../src/message/hosts.ts'
import type { OutgoingMessage } from '../../src/message/message.ts'
import { parseProperties } from '../../src/message/properties.ts'
import { openStore } from '../../src/store/store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import {
  type GoldenKind,
  goldenFiles,
  goldenManifest,
  goldenOptions,
  unpackGolden,
} from '../support/golden-store.ts'
import { MemoryFiles } from '../support/memory-files.ts'

type Golden = ReturnType<typeof goldenManifest>['messages'][number]

type LogFiles = ReturnType<typeof goldenFiles>

function recordAt(
  files: LogFiles,
  kind: GoldenKind,
  { physicalOffset, storeSize }: Golden,
): Buffer {
  const { fileSize } = goldenManifest(kind).commitLog
  const start = Math.floor(physicalOffset / fileSize) * fileSize
  const file = files.get(`commitlog/${String(start).padStart(20, '0')}`)
  const at = physicalOffset - start
  return file?.subarray(at, at + storeSize) ?? Buffer.alloc(0)
}

const shape = (message: OutgoingMessage) => ({
  topic: message.topic,
  queueId: message.queueId,
  flag: message.flag,
  sysFlag: message.sysFlag,
  bornTimestamp: message.bornTimestamp,
  reconsumeTimes: message.reconsumeTimes,
  preparedPosition: message.preparedPosition,
  properties: Object.fromEntries([...parseProperties(message.properties)].sort()),
})

const goldenShape = (message: Golden) => ({
  topic: message.topic,
  queueId: message.queueId,
  flag: message.flag,
  sysFlag: message.storedSysFlag,
  bornTimestamp: message.bornTimestamp,
  reconsumeTimes: message.reconsumeTimes,
  preparedPosition: message.preparedTransactionOffset,
  properties: Object.fromEntries(Object.entries(message.properties).sort()),
})

for (const kind of ['clean', 'crashed'] as const) {
  const { messages } = goldenManifest(kind)
  const logFiles = goldenFiles(kind)
  const halves = messages.filter(({ topic }) => topic === halfTopic)
  const read = (golden: Golden) => {
    const half = readHalf(recordAt(logFiles, kind, golden))
    if (!half) throw new Error('not a half')
    return half
  }

  test(`final messages are made as in the ${kind} store`, (t) => {
    const finals = messages.filter((one) => one.preparedTransactionOffset > 0)
    t.is(finals.length, 2)
    for (const final of finals) {
      const half = halves.find((one) => one.physicalOffset === final.preparedTransactionOffset)
      if (!half) return t.fail('no half')
      t.deepEqual(shape(committed(read(half), half.physicalOffset)), goldenShape(final))
    }
  })

  test(`copies and what is given up are made as in the ${kind} store`, (t) => {
    const latest = new Map<string, Golden>()
    let copies = 0
    for (const half of halves) {
      const earlier = latest.get(half.msgId)
      latest.set(half.msgId, half)
      if (!earlier) continue
      t.deepEqual(shape(askedAgain(read(earlier))), goldenShape(half))
      copies++
    }
    t.is(copies, 4)
    const last = messages.find(({ topic }) => topic === undecidedTopic)
    const half = last && latest.get(last.msgId)
    if (!last || !half) return t.fail('nothing was given up')
    t.deepEqual(shape(givenUp(read(half))), goldenShape(last))
  })

  test(`the ${kind} store is understood without its offsets`, async (t) => {
    const files = new MemoryFiles()
    unpackGolden(kind, files, '/store')
    const clock = new FakeClock()
    const host = { files, clock, log: silentLog, metrics: noMetrics }
    const store = openStore(host, { ...goldenOptions, processId: 1 })
    await store.start()
    const open = new Halves()
    const self = { storeHost: hostBytes('127.0.0.1', 10811) }
    const batch = { bytesMax: 4096, intervalMs: 3000 }
    const ends = new Ends({ clock, log: silentLog, appender: store, self, ...batch })
    const delayLevels = parseDelayLevels('1s')
    const from = { queues: store, reader: store, delayLevels, noteMs: 3_000 }
    await recoverHalves({ ...from, halves: open, ends }, { half: 0, op: 0 })
    // What was given up has no note: only its offset says so.
    t.deepEqual(
      halves.map(({ queueOffset }) => queueOffset).filter((offset) => open.isOpen(offset)),
      [7],
    )
    t.is(ends.firstAbout(5), 2)
    await store.stop()
  })
}
