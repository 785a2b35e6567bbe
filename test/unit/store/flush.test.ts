// Source: CommitLog.GroupCommitService, FlushRealTimeService.

import test from 'ava'
import { settle } from '../../support/fake-clock.ts'
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'

function openSync(): MemoryStore {
  const made = openMemoryStore({ options: { flushDiskType: 'SYNC_FLUSH' } })
  made.store.start()
  return made
}

/** Counts the syncs of the log. */
function countSyncs({ files }: MemoryStore): () => number {
  let count = 0
  files.fault = (call, path) => {
    if (call === 'sync' && path.includes('commitlog')) count++
  }
  return () => count
}

const append = (made: MemoryStore, released: string[], queueId = 0): boolean => {
  const { endPosition } = made.store.append(outgoing({ queueId }))
  return made.store.isDurable(endPosition, { release: (status) => released.push(status) })
}

test('all messages of a turn share one sync, and are released when it is done', async (t) => {
  const made = openSync()
  const syncs = countSyncs(made)
  const released: string[] = []
  for (let n = 0; n < 64; n++) t.false(append(made, released))
  t.deepEqual(released, [])
  await settle()
  t.is(released.length, 64)
  t.true(released.every((status) => status === 'ok'))
  t.is(syncs(), 1)
  t.is(made.store.flushedPosition, made.store.maxPosition)
  t.true(made.store.isDurable(made.store.maxPosition, { release: () => t.fail() }))
})

test('what arrives during a sync shares the next one', async (t) => {
  const made = openSync()
  const syncs = countSyncs(made)
  const released: string[] = []
  append(made, released)
  await new Promise(setImmediate)
  t.is(syncs(), 1)
  for (let n = 0; n < 10; n++) append(made, released)
  await settle()
  await settle()
  t.is(released.length, 11)
  t.is(syncs(), 2)
})

test('with a synchronous flush nobody sees a message that is not on disk', async (t) => {
  const made = openSync()
  const arrivals: number[] = []
  made.store.onArrival((arrival) => arrivals.push(arrival.maxOffset))
  const held: (() => void)[] = []
  made.files.fault = (call, path) => {
    if (call === 'sync' && path.includes('commitlog')) held.push(() => {})
  }
  made.store.append(outgoing())
  await settle()
  t.is(made.store.maxOffset({ topic: 'T', queueId: 0 }), 0)
  t.deepEqual(arrivals, [])
  append(made, [])
  await settle()
  t.is(made.store.maxOffset({ topic: 'T', queueId: 0 }), 2)
  t.deepEqual(arrivals, [2])
})

test('an asynchronous flush acknowledges at once and syncs by pages and by time', async (t) => {
  const made = openMemoryStore()
  made.store.start()
  const syncs = countSyncs(made)
  const released: string[] = []
  t.true(append(made, released))
  await made.clock.advance(9_000)
  t.is(syncs(), 0)
  await made.clock.advance(1_500)
  t.is(syncs(), 1)
  made.store.append(outgoing({ body: Buffer.alloc(5 * 4096) }))
  await made.clock.advance(500)
  t.is(syncs(), 2)
  t.is(made.store.flushedPosition, made.store.maxPosition)
  await made.clock.advance(20_000)
  t.is(syncs(), 2)
})

test('a failed sync is final: waiters are told, appends refused, and no later sync helps', async (t) => {
  const made = openSync()
  made.files.fault = (call) => {
    if (call === 'sync') throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }
  const released: string[] = []
  append(made, released)
  await settle()
  t.deepEqual(released, ['flush-disk-timeout'])
  made.files.fault = () => {}
  await made.clock.advance(30_000)
  t.regex(made.store.refusal ?? '', /read-only/)
  t.like(
    t.throws(() => made.store.append(outgoing())),
    { failure: 'broker-unavailable' },
  )
  t.false(made.store.isDurable(1, { release: (status) => released.push(status) }))
  await settle()
  t.deepEqual(released, ['flush-disk-timeout', 'flush-disk-timeout'])
  await t.throwsAsync(made.store.stop())
  t.true(made.files.exists('/store/abort'))
})

test('an acknowledgement waits for its sync only so long', async (t) => {
  const made = openSync()
  const released: string[] = []
  const never = new Promise<void>(() => {})
  const open = made.files.open.bind(made.files)
  made.files.open = (path, mode) => {
    const file = open(path, mode)
    if (path.includes('commitlog')) file.sync = () => never
    return file
  }
  // The file that is open already syncs; the next one does not.
  made.store.append(outgoing({ body: Buffer.alloc(60_000) }))
  made.store.append(outgoing({ body: Buffer.alloc(60_000) }))
  made.store.append(outgoing({ body: Buffer.alloc(60_000) }))
  append(made, released)
  await made.clock.advance(4_900)
  t.deepEqual(released, [])
  await made.clock.advance(700)
  t.deepEqual(released, ['flush-disk-timeout'])
})

test('stopping makes everything durable and leaves no timer', async (t) => {
  const { store, files, clock } = openMemoryStore()
  store.start()
  for (let n = 0; n < 10; n++) store.append(outgoing({ queueId: n }))
  await store.stop()
  t.is(clock.pending, 0)
  files.crash()
  const { store: again } = openMemoryStore({ files, clock })
  for (let n = 0; n < 10; n++) t.is(again.maxOffset({ topic: 'T', queueId: n }), 1)
  t.false(files.exists('/store/commitlog/00000000000000065536'))
})
