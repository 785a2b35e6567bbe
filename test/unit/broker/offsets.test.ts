// The table of consumer offsets in its file. Source: ConsumerOffsetManager

import test from 'ava'
import { silentLog } from '../../../src/base/log.ts'
import { OffsetTable } from '../../../src/broker/offsets.ts'
import { MemoryStateFile } from '../../support/broker.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'

const at = (topic: string, queueId = 0) => ({ topic, queueId })

function table(file = new MemoryStateFile(), versionStep = 2) {
  const clock = new FakeClock()
  const disk = { sync: async (): Promise<void> => {} }
  const offsets = new OffsetTable({
    ...{ file, clock, log: silentLog, flushMs: 5000, versionStep },
    syncLog: () => disk.sync(),
  })
  offsets.start()
  return { offsets, clock, file, disk }
}

test('offsets are written every few seconds, and only when something changed', async (t) => {
  const { offsets, clock, file } = table()
  await clock.advance(20_000)
  t.is(file.saves, 0)
  offsets.commit('g', at('t'), 5)
  await clock.advance(4000)
  t.is(file.saves, 0)
  await clock.advance(20_000)
  t.is(file.saves, 1)
  await offsets.stop()
  t.is(clock.pending, 0)
})

test("a stop writes what is new, in Java's form", async (t) => {
  const { offsets, file } = table()
  offsets.commit('g', at('t', 1), 5)
  offsets.pulled('h', at('t'), 9)
  await offsets.stop()
  const { dataVersion, ...state } = JSON.parse(file.text ?? '')
  t.is(dataVersion.stateVersion, 0)
  t.deepEqual(state, {
    groupTopicMap: { g: ['t'] },
    offsetTable: { 't@g': { 1: 5 } },
    pullOffsetTable: { 't@h': { 0: 9 } },
  })
})

test('what one table saved the next one finds', async (t) => {
  const { offsets, file } = table()
  offsets.commit('g', at('%RETRY%g'), 5)
  offsets.pulled('g', at('%RETRY%g'), 7)
  await offsets.stop()
  const next = table(file).offsets
  t.is(next.find('g', at('%RETRY%g')), 5)
  t.is(next.pulledTo('g', at('%RETRY%g')), 7)
  t.is(next.find('g', at('t')), undefined)
})

test('a file of 4.x is read', (t) => {
  const old = JSON.stringify({ offsetTable: { 't@g': { 0: 3, 1: 4 } } })
  const { offsets } = table(new MemoryStateFile(old))
  t.deepEqual(
    [...(offsets.ofTopic('g', 't') ?? [])],
    [
      [0, 3],
      [1, 4],
    ],
  )
})

test('the version moves with every so many commits', (t) => {
  const { offsets } = table(new MemoryStateFile(), 3)
  const counter = () =>
    (offsets.snapshot() as { dataVersion: { counter: number } }).dataVersion.counter
  for (let commit = 0; commit < 5; commit++) offsets.commit('g', at('t'), commit)
  t.is(counter(), 1)
  offsets.commit('g', at('t'), 5)
  t.is(counter(), 2)
})

test('groups and topics are found from each other and forgotten', (t) => {
  const { offsets } = table()
  offsets.commit('g', at('t'), 1)
  offsets.commit('g', at('u'), 1)
  offsets.commit('h', at('t'), 1)
  offsets.pulled('only-pulled', at('t'), 1)
  t.deepEqual(offsets.topicsOf('g'), ['t', 'u'])
  t.deepEqual(offsets.groupsOf('t'), ['g', 'h'])
  offsets.removeTopic('t')
  t.deepEqual(offsets.topicsOf('g'), ['u'])
  offsets.removeGroup('g')
  t.deepEqual(offsets.topicsOf('g'), [])
})

test('an offset is in the file only when the log is on disk as far as it was then', async (t) => {
  const { offsets, clock, file, disk } = table()
  let synced = (): void => {}
  disk.sync = () =>
    new Promise((resolve) => {
      synced = resolve
    })
  offsets.commit('g', at('t'), 5)
  await clock.advance(5000)
  t.is(file.saves, 0)
  offsets.commit('g', at('t'), 6)
  synced()
  await settle()
  t.deepEqual(JSON.parse(file.text ?? '').offsetTable, { 't@g': { 0: 5 } })
  disk.sync = () => Promise.reject(new Error('EIO'))
  await clock.advance(20_000)
  t.is(file.saves, 1, 'nothing is written over a log that cannot be synced')
  disk.sync = async () => {}
  await clock.advance(5000)
  t.deepEqual(JSON.parse(file.text ?? '').offsetTable, { 't@g': { 0: 6 } })
  await offsets.stop()
})

test('a write that fails is tried again', async (t) => {
  const file = new MemoryStateFile()
  const { offsets, clock } = table(file)
  const save = file.save.bind(file)
  file.save = () => Promise.reject(new Error('EIO'))
  offsets.commit('g', at('t'), 1)
  await clock.advance(5000)
  t.is(file.text, undefined)
  file.save = save
  await clock.advance(5000)
  t.truthy(file.text)
})
