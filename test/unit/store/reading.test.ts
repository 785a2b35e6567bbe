// Source: DefaultMessageStore.getMessage and the table of pull statuses.

import test from 'ava'
import { decodeRecord } from '../../../src/message/record.ts'
import { tagsCodeOf } from '../../../src/message/tags.ts'
import { settle } from '../../support/fake-clock.ts'
import { MemoryFiles } from '../../support/memory-files.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'

const queue = { topic: 'T', queueId: 0 }
const ask = { ...queue, offset: 0, maxCount: 32, maxBytes: 1 << 20 }

async function storeWith(count: number, given: Parameters<typeof openMemoryStore>[0] = {}) {
  const made = openMemoryStore(given)
  for (let n = 0; n < count; n++) {
    const properties = `TAGS\u0001${n % 3 === 0 ? 'A' : 'B'}\u0002`
    made.store.append(outgoing({ body: Buffer.from(`m${n}`), properties }))
  }
  await settle()
  return made
}

test('an unknown queue reads as missing, and asking does not make it', async (t) => {
  const { store, files } = await storeWith(0)
  t.like(await store.read(ask), { status: 'NO_MATCHED_LOGIC_QUEUE', nextOffset: 0, maxOffset: 0 })
  t.is(store.minOffset(queue), 0)
  t.is(store.maxOffset(queue), 0)
  t.false(files.paths.some((path) => path.includes('consumequeue')))
})

test('offsets outside the queue are answered with where to go on', async (t) => {
  const { store } = await storeWith(5)
  t.like(await store.read({ ...ask, offset: 5 }), { status: 'OFFSET_OVERFLOW_ONE', nextOffset: 5 })
  t.like(await store.read({ ...ask, offset: 9 }), {
    status: 'OFFSET_OVERFLOW_BADLY',
    nextOffset: 5,
  })
  t.like(await store.read({ ...ask, offset: -1 }), { status: 'OFFSET_TOO_SMALL', nextOffset: 0 })
})

test('messages come back in order with their offsets', async (t) => {
  const { store } = await storeWith(5)
  const result = await store.read({ ...ask, offset: 2 })
  t.like(result, { status: 'FOUND', nextOffset: 5, minOffset: 0, maxOffset: 5 })
  t.deepEqual(result.offsets, [2, 3, 4])
  const bodies = result.records.map((record) => Buffer.from(decodeRecord(record).body).toString())
  t.deepEqual(bodies, ['m2', 'm3', 'm4'])
  t.is(
    result.bytes,
    result.records.reduce((sum, record) => sum + record.length, 0),
  )
})

test('a count and a size limit a read, but one message is always returned', async (t) => {
  const { store } = await storeWith(50)
  t.is((await store.read({ ...ask, maxCount: 3 })).records.length, 3)
  t.is((await store.read({ ...ask, maxBytes: 1 })).records.length, 1)
  t.is((await store.read({ ...ask, maxCount: 100 })).records.length, 32)
})

test('a filter on tags skips what does not match and goes on behind what was looked at', async (t) => {
  const { store } = await storeWith(12)
  const filter = { matchesTagsCode: (code: number) => code === tagsCodeOf('A') }
  const result = await store.read({ ...ask, filter })
  t.deepEqual(result.offsets, [0, 3, 6, 9])
  t.is(result.nextOffset, 12)
  const none = await store.read({ ...ask, filter: { matchesTagsCode: () => false } })
  t.like(none, { status: 'NO_MATCHED_MESSAGE', nextOffset: 12 })
  const byRecord = await store.read({ ...ask, filter: { matchesRecord: () => false } })
  t.like(byRecord, { status: 'NO_MATCHED_MESSAGE', nextOffset: 12 })
})

test('one read looks through a bounded number of entries', async (t) => {
  const { store } = await storeWith(1_000)
  const result = await store.read({ ...ask, filter: { matchesTagsCode: () => false } })
  t.is(result.nextOffset, 800)
})

test('records of a former run are fetched, those of this run are at hand', async (t) => {
  const { store, files, clock } = await storeWith(40)
  await store.stop()
  const { store: again } = openMemoryStore({ files, clock })
  const fetched = again.read({ ...ask, maxCount: 5 })
  t.true(fetched instanceof Promise)
  t.deepEqual((await fetched).offsets, [0, 1, 2, 3, 4])
  t.false(again.read({ ...ask, maxCount: 5 }) instanceof Promise)
  again.append(outgoing({ body: Buffer.from('now') }))
  await settle()
  t.false(again.read({ ...ask, offset: 40 }) instanceof Promise)
})

test('messages of a former run are read without waiting for a file', async (t) => {
  const count = 5_000
  const { store, files, clock } = await storeWith(count)
  await store.stop()
  const { store: again } = openMemoryStore({ files, clock })
  const waited: string[] = []
  files.onBlockingRead = (path) => waited.push(path)
  const bodies: string[] = []
  for (let offset = 0; offset < count; ) {
    const { records, nextOffset } = await again.read({ ...ask, offset })
    for (const record of records) bodies.push(String(decodeRecord(record).body))
    offset = nextOffset
  }
  t.deepEqual(
    bodies,
    Array.from({ length: count }, (_, n) => `m${n}`),
  )
  t.deepEqual(waited, [])
})

test('entries of a queue that was deleted are not those of the one made after it', async (t) => {
  const { store } = await storeWith(5_000)
  t.is((await store.read(ask)).records.length, 32)
  store.deleteTopic(queue.topic)
  for (let n = 0; n < 5_000; n++) store.append(outgoing({ body: Buffer.from(`new ${n}`) }))
  await settle()
  const { records } = await store.read({ ...ask, offset: 40, maxCount: 2 })
  const bodies = records.map((record) => String(decodeRecord(record).body))
  t.deepEqual(bodies, ['new 40', 'new 41'])
})

class SmallMachine extends MemoryFiles {
  override memory(): number {
    return 100_000
  }
}

test('a slave is suggested while the backlog is more than the memory is taken to hold', async (t) => {
  const { store } = await storeWith(1000, { files: new SmallMachine() })
  const suggests = async (offset: number) => (await store.read({ ...ask, offset })).suggestSlave
  const inMemory = Math.floor(40_000 / (store.maxPosition / 1000))
  t.true(await suggests(0))
  t.true(await suggests(1000 - inMemory - 50))
  t.false(await suggests(1000 - inMemory + 50))
  t.false(await suggests(999))
})

test('a record is found by its position, and no other position answers', async (t) => {
  const { store } = await storeWith(2)
  const first = await store.recordAt(0)
  t.is(Buffer.from(decodeRecord(first ?? new Uint8Array(0)).body).toString(), 'm0')
  t.truthy(await store.recordAt(first?.length ?? 0))
  for (const position of [-1, 1, 7, 1.5, 10_000, Number.NaN, 2 ** 60]) {
    t.is(await store.recordAt(position), undefined)
  }
})

test('a record that was damaged on disk is not served', async (t) => {
  const { store, files, clock } = await storeWith(3)
  const size = store.maxPosition / 3
  await store.stop()
  const file = files.open('/store/commitlog/00000000000000000000', 'write')
  file.write(Buffer.from([0xff]), size + 4)
  file.close()
  const { store: again } = openMemoryStore({ files, clock })
  const result = await again.read(ask)
  t.deepEqual(result.offsets, [0, 2])
  t.is(await again.recordAt(size), undefined)
})

test('times are found by binary search, and clamped to the queue', async (t) => {
  const { store, clock } = openMemoryStore()
  const start = clock.now()
  for (let n = 0; n < 10; n++) {
    store.append(outgoing())
    await clock.advance(100)
  }
  const at = (ms: number, boundary: 'lower' | 'upper') =>
    store.offsetByTime(queue, start + ms, boundary)
  t.deepEqual(
    [at(-5, 'lower'), at(0, 'lower'), at(250, 'lower'), at(5_000, 'lower')],
    [0, 0, 3, 10],
  )
  t.deepEqual([at(-5, 'upper'), at(0, 'upper'), at(250, 'upper'), at(5_000, 'upper')], [0, 0, 2, 9])
  t.is(store.storeTime(queue, 3), start + 300)
  t.is(store.storeTime(queue, 10), undefined)
  t.true(store.isHot(queue, 3))
})

test('arrivals are told once for each queue and turn, with the last message', async (t) => {
  const { store } = openMemoryStore()
  const seen: string[] = []
  store.onArrival(({ topic, queueId, maxOffset, tagsCode }) => {
    seen.push(`${topic}/${queueId}:${maxOffset}:${tagsCode}`)
  })
  for (let n = 0; n < 3; n++) store.append(outgoing({ properties: `TAGS\u0001d${n}\u0002` }))
  store.append(outgoing({ queueId: 1 }))
  t.deepEqual(seen, [])
  await settle()
  t.deepEqual(seen, [`T/0:3:${tagsCodeOf('d2')}`, 'T/1:1:0'])
})
