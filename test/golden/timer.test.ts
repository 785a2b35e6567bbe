// The timer's files as the Java broker 5.5.0 wrote them, and what waited in them.

import test from 'ava'
import { viewOf } from '../../src/base/int64.ts'
import { silentLog } from '../../src/base/log.ts'
import { BrokerStats } from '../../src/broker/stats.ts'
import { Timer } from '../../src/broker/timer/timer.ts'
import { dueMessage } from '../../src/broker/timer/waiting.ts'
import { bornHostOf, decodeRecord, propertiesTextOf } from '../../src/message/record.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { decodeTimerCheckpoint, encodeTimerCheckpoint } from '../../src/store/timer-checkpoint.ts'
import { decodeTimerEntry, encodeTimerEntry } from '../../src/store/timer-entry.ts'
import { openTimerFiles } from '../../src/store/timer-files.ts'
import {
  decodeTimerSlot,
  encodeTimerSlot,
  timerSlotIndex,
  timerWheelSlots,
} from '../../src/store/timer-slot.ts'
import {
  type GoldenKind,
  goldenFiles,
  goldenOptions,
  unpackGolden,
} from '../support/golden-store.ts'
import { MemoryFiles } from '../support/memory-files.ts'
import { SettableClock } from '../support/timed-store.ts'

const dayMs = 86_400_000
const log = 'timerlog/00000000000000000000'
const delayed = { topic: 'GoldenDelay', queueId: 0 }

const bytesOf = (kind: GoldenKind, path: string): Buffer =>
  goldenFiles(kind).get(path) ?? Buffer.alloc(0)

for (const kind of ['clean', 'crashed'] as const) {
  test(`log, wheel and checkpoint of the ${kind} store are read and written to the byte`, (t) => {
    const entries = bytesOf(kind, log)
    const wheel = bytesOf(kind, 'timerwheel')
    t.is(wheel.length, timerWheelSlots * 32)
    for (const at of [0, 52]) {
      const entry = decodeTimerEntry(viewOf(entries), at)
      if (!entry) return t.fail(`no entry at ${at}`)
      const bytes = Buffer.alloc(52, 0xff)
      encodeTimerEntry(viewOf(bytes), 0, entry, entry.previous)
      t.deepEqual(bytes, entries.subarray(at, at + 52))
      const slotAt = timerSlotIndex(entry.dueMs, timerWheelSlots) * 32
      const slot = decodeTimerSlot(viewOf(wheel), slotAt)
      t.deepEqual(slot, { dueMs: entry.dueMs, first: at, last: at, count: 1 })
      t.deepEqual(encodeTimerSlot(slot), wheel.subarray(slotAt, slotAt + 32))
    }
    t.is(decodeTimerEntry(viewOf(entries), 104), undefined)

    const check = bytesOf(kind, 'config/timercheck')
    const values = decodeTimerCheckpoint(check)
    t.like(values, { logEnd: 104, queueOffset: 2, masterQueueOffset: 2 })
    if (values) t.deepEqual(encodeTimerCheckpoint(values).subarray(0, 56), check.subarray(0, 56))
  })

  test(`the delivery of the ${kind} store is made again to the byte`, async (t) => {
    const { store } = open(kind)
    const waiting = await recordOf(store, { topic: 'rmq_sys_wheel_timer', queueId: 0 }, 0)
    const delivered = await recordOf(store, delayed, 1)
    const message = decodeRecord(delivered)
    const entry = decodeTimerEntry(viewOf(bytesOf(kind, log)), 0)
    const now = Number(message.properties.get('TIMER_DEQUEUE_MS'))
    const ours = dueMessage(waiting, entry, { now, storeHost: new Uint8Array(8) })
    t.is(ours?.properties, propertiesTextOf(delivered))
    t.like(ours, {
      ...delayed,
      flag: message.flag,
      sysFlag: message.sysFlag,
      bornTimestamp: message.bornTimestamp,
      reconsumeTimes: message.reconsumeTimes,
    })
    t.deepEqual(ours?.bornHost, bornHostOf(delivered))
  })

  for (const withWheel of [true, false]) {
    const name = `what waits in the ${kind} store comes on its day ${withWheel ? 'from' : 'without'} the wheel`
    test(name, async (t) => {
      const { store, timer, clock, isWhole } = open(kind, withWheel)
      t.is(isWhole, withWheel)
      const before = store.maxOffset(delayed)
      store.start()
      await timer.start()
      await clock.advance(2000)
      t.is(store.maxOffset(delayed), before)
      clock.setBy = dayMs
      await clock.advance(11_000)
      t.is(store.maxOffset(delayed), before + 1)
      const { properties } = decodeRecord(await recordOf(store, delayed, before))
      t.is(properties.get('KEYS'), 'delay-day')
      await timer.stop()
      await store.stop()
      await timer.close()
    })
  }
}

function open(kind: GoldenKind, withWheel = false) {
  const files = new MemoryFiles({ mapped: false })
  unpackGolden(kind, files, '/store')
  if (withWheel) {
    const file = files.open('/store/timerwheel', 'create')
    file.write(bytesOf(kind, 'timerwheel'), 0)
    file.close()
  }
  // A little after the brokers were stopped.
  const clock = new SettableClock(1_795_452_500_000)
  const store = openStore({ files, clock, log: silentLog }, { ...goldenOptions, mapFiles: false })
  const shape = { storePathRootDir: '/store', mappedFileSizeTimerLog: 104_000, timerWheelSlots }
  const timerFiles = openTimerFiles(files, shape, store.maxPosition)
  const ports = { appender: store, queues: store, reader: store, positions: store }
  const timer = new Timer(
    {
      ...ports,
      clock,
      log: silentLog,
      self: { storeHost: new Uint8Array(8), brokerId: 0 },
      files: timerFiles,
      maxDelayMs: 3 * dayMs,
      isWanted: () => true,
      stats: new BrokerStats(clock, { brokerName: 'b', clusterName: 'c' }),
    },
    5000,
  )
  store.onArrival((arrival) => timer.onArrival(arrival))
  return { store, timer, clock, isWhole: timerFiles.isWhole }
}

async function recordOf(
  store: Store,
  queue: { topic: string; queueId: number },
  offset: number,
): Promise<Uint8Array> {
  const result = await store.read({ ...queue, offset, maxCount: 1, maxBytes: 100_000 })
  return result.records[0] ?? new Uint8Array(0)
}
