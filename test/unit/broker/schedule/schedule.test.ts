// Source: ScheduleMessageService, storage facts 17

import test from 'ava'
import { type Log, silentLog } from '../../../../src/base/log.ts'
import { DelayOffsets } from '../../../../src/broker/schedule/delay-offsets.ts'
import { Schedule } from '../../../../src/broker/schedule/schedule.ts'
import { printProperties } from '../../../../src/message/properties.ts'
import { answerOf, brokerParts, MemoryStateFile } from '../../../support/broker.ts'
import { recordingLog } from '../../../support/remoting.ts'

function scheduled(given: { file?: MemoryStateFile; log?: Log } = {}) {
  const parts = brokerParts({ topics: { t: 4 } })
  const { ports, clock, store } = parts
  const file = given.file ?? new MemoryStateFile()
  const log = given.log ?? silentLog
  const disk = { sync: async (): Promise<void> => {} }
  const make = (): Schedule => {
    const offsets = new DelayOffsets({
      ...{ file, clock, log, flushMs: 10_000 },
      syncLog: () => disk.sync(),
    })
    return new Schedule({ ...ports, log, offsets, levels: ports.delayLevels })
  }
  const schedule = make()
  store.onArrival((arrival) => schedule.onArrival(arrival))
  const send = (level: number, body: string, queueId = 1): void => {
    const i = printProperties([
      ['DELAY', String(level)],
      ['TAGS', 'a'],
    ])
    const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: queueId, f: 0, g: 5, h: 7, i }
    answerOf(ports, 310, ext, { body: Buffer.from(body) })
  }
  const arrived = (): string[] =>
    store.appended
      .filter(({ topic }) => topic === 't')
      .map(({ body, queueId }) => `${Buffer.from(body)} in ${queueId}`)
  return { ...parts, schedule, make, send, arrived, file, disk }
}

test('a message is delivered when its level is over, to its own queue', async (t) => {
  const { schedule, send, arrived, clock, store } = scheduled()
  schedule.start()
  send(2, 'x', 3)
  await clock.advance(4900)
  t.deepEqual(arrived(), [])
  await clock.advance(200)
  t.deepEqual(arrived(), ['x in 3'])
  const [waiting, delivered] = store.appended
  t.is(delivered?.properties, waiting?.properties)
  t.like(delivered, { flag: 7, bornTimestamp: 5, reconsumeTimes: 0 })
  await schedule.stop()
})

test('messages of a level come in their order, levels do not wait for each other', async (t) => {
  const { schedule, send, arrived, clock } = scheduled()
  schedule.start()
  send(3, 'slow')
  send(1, 'one')
  await clock.advance(500)
  send(1, 'two')
  await clock.advance(600)
  t.deepEqual(arrived(), ['one in 1'])
  await clock.advance(500)
  t.deepEqual(arrived(), ['one in 1', 'two in 1'])
  await clock.advance(9000)
  t.deepEqual(arrived().at(-1), 'slow in 1')
  await schedule.stop()
})

test('a level without messages has no timer', async (t) => {
  const { schedule, clock } = scheduled()
  const before = clock.pending
  schedule.start()
  await clock.advance(10)
  t.is(clock.pending - before, 1)
  await schedule.stop()
  t.is(clock.pending, before)
})

test('many messages that are due at once are all delivered', async (t) => {
  const { schedule, send, arrived, clock } = scheduled()
  for (let at = 0; at < 200; at++) send(1, `m${at}`)
  await clock.advance(5000)
  schedule.start()
  await clock.advance(100)
  t.is(arrived().length, 200)
  await schedule.stop()
})

test('a start goes on where the stop left off', async (t) => {
  const { schedule, make, send, arrived, clock } = scheduled()
  schedule.start()
  send(1, 'one')
  await clock.advance(1100)
  await schedule.stop()
  send(1, 'two')
  const again = make()
  again.start()
  await clock.advance(1100)
  t.deepEqual(arrived(), ['one in 1', 'two in 1'])
  await again.stop()
})

test('the offsets are written as Java writes them', async (t) => {
  const { schedule, send, clock, file } = scheduled()
  schedule.start()
  send(1, 'one')
  await clock.advance(1100)
  t.is(file.text, undefined)
  await clock.advance(20_000)
  t.deepEqual(JSON.parse(file.text ?? '').offsetTable, { 1: 1 })
  await schedule.stop()
})

test('no offset is written before what it counts as delivered is on disk', async (t) => {
  const { schedule, send, clock, file, disk } = scheduled()
  let synced = (): void => {}
  disk.sync = () =>
    new Promise((resolve) => {
      synced = resolve
    })
  schedule.start()
  send(1, 'one')
  await clock.advance(60_000)
  t.is(file.text, undefined)
  synced()
  disk.sync = async () => {}
  await clock.advance(10_000)
  t.deepEqual(JSON.parse(file.text ?? '').offsetTable, { 1: 1 })
  await schedule.stop()
})

test('a refused delivery is tried again', async (t) => {
  const log = recordingLog()
  const { schedule, send, arrived, clock, store } = scheduled({ log })
  schedule.start()
  send(1, 'one')
  store.refusal = 'the disk is full'
  await clock.advance(3000)
  t.deepEqual(arrived(), [])
  t.is(log.lines[0]?.event, 'delayed-delivery-failed')
  store.refusal = undefined
  await clock.advance(1100)
  t.deepEqual(arrived(), ['one in 1'])
  await schedule.stop()
})

test('a message that was waiting cold is delivered', async (t) => {
  const { schedule, send, arrived, clock, store } = scheduled()
  schedule.start()
  send(1, 'one')
  store.cold = true
  await clock.advance(1100)
  t.deepEqual(arrived(), ['one in 1'])
  await schedule.stop()
})

test('an offset behind or before the queue is brought into it', async (t) => {
  const far = new MemoryStateFile(JSON.stringify({ offsetTable: { 1: 99 } }))
  const { schedule, send, arrived, clock } = scheduled({ file: far })
  send(1, 'old')
  schedule.start()
  send(1, 'new')
  await clock.advance(1100)
  t.deepEqual(arrived(), ['new in 1'])
  await schedule.stop()
})
