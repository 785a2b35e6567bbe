// Topics with queue.type=BatchCQ: a batch is one record and one unit of 46 bytes.
// Source: BatchConsumeQueue, SendMessageProcessor.sendBatchMessage.

import test from 'ava'
import { unwrapped } from '../../../src/message/inner-batch.ts'
import { decodeRecord } from '../../../src/message/record.ts'
import { tagsCodeOf } from '../../../src/message/tags.ts'
import type { Store } from '../../../src/store/store.ts'
import { settle } from '../../support/fake-clock.ts'
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts'
import { innerBatch, outgoing } from '../../support/messages.ts'

const queue = { topic: 'T', queueId: 0 }
const folder = '/store/batchconsumequeue/T/0'
const file0 = `${folder}/00000000000000000000`
const options = { mapperFileSizeBatchConsumeQueue: 46 * 20 }
const open = (given: Parameters<typeof openMemoryStore>[0] = {}): MemoryStore =>
  openMemoryStore({ ...given, options })

const bodiesOf = (n: number): string[] =>
  Array.from({ length: 1 + (n % 4) }, (_, at) => `batch ${n}, message ${at} ${'x'.repeat(300)}`)

const sentOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => bodiesOf(n)).flat()

async function storeOf(count: number, end: 'open' | 'stop' | 'kill'): Promise<MemoryStore> {
  const made = open()
  for (let n = 0; n < count; n++) made.store.append(innerBatch(bodiesOf(n)))
  await settle()
  if (end === 'stop') await made.store.stop()
  if (end === 'kill') made.files.crash(0)
  return made
}

/** Every message from `offset` on, as a client would see it, with its offset. */
async function readFrom(store: Store, from = store.minOffset(queue)): Promise<[number, string][]> {
  const seen: [number, string][] = []
  for (let offset = from; offset < store.maxOffset(queue); ) {
    const page = await store.read({ ...queue, offset, maxCount: 32, maxBytes: 1 << 20 })
    for (const record of page.records) {
      for (const one of unwrapped(decodeRecord(record))) {
        seen.push([one.queueOffset, Buffer.from(one.body).toString()])
      }
    }
    if (page.nextOffset <= offset) throw new Error(`stuck at ${offset}`)
    offset = page.nextOffset
  }
  return seen
}

const numbered = (bodies: readonly string[]) => bodies.map((body, at) => [at, body])

test('a unit has the bytes of Java', async (t) => {
  const { store, files } = open()
  store.append(outgoing({ topic: 'other' }))
  const { position, endPosition, storeTimestamp } = store.append(
    innerBatch(['a', 'b', 'c'], { properties: 'TAGS\u0001TagA\u0002INNER_NUM\u00013\u0002' }),
  )
  await settle()
  await store.stop()
  const bytes = Buffer.from(files.readWhole(file0) ?? [])
  t.is(bytes.length, 46 * 20)
  t.is(bytes.readBigInt64BE(0), BigInt(position))
  t.is(bytes.readInt32BE(8), endPosition - position)
  t.is(bytes.readBigInt64BE(12), BigInt(tagsCodeOf('TagA')))
  t.is(bytes.readBigInt64BE(20), BigInt(storeTimestamp))
  t.is(bytes.readBigInt64BE(28), 0n)
  t.is(bytes.readInt16BE(36), 3)
  t.is(bytes.readInt32BE(38), -1)
  t.true(bytes.subarray(42).every((byte) => byte === 0))
  t.false(files.exists('/store/consumequeue/T'))
})

test('a batch takes as many offsets as it has messages, and says where it begins', async (t) => {
  const { store } = open()
  t.is(store.append(innerBatch(['a', 'b', 'c'])).queueOffset, 0)
  const second = store.append(innerBatch(['d', 'e']))
  t.is(second.queueOffset, 3)
  t.is(second.positions.length, 1)
  await settle()
  t.is(store.maxOffset(queue), 5)
  const record = decodeRecord((await store.recordAt(second.position)) ?? new Uint8Array(0))
  t.is(record.properties.get('INNER_BASE'), '3')
  t.is(record.properties.get('INNER_NUM'), '2')
})

test('a read from the middle of a batch begins with that batch', async (t) => {
  const { store } = await storeOf(4, 'open')
  const page = await store.read({ ...queue, offset: 2, maxCount: 1, maxBytes: 1 << 20 })
  t.deepEqual(page.offsets, [1])
  t.is(page.nextOffset, 3)
  t.is(page.messageCount, 2)
})

test('a read counts messages, not batches, and returns at least one batch', async (t) => {
  const { store } = await storeOf(8, 'open')
  const read = (maxCount: number) =>
    store.read({ ...queue, offset: 0, maxCount, maxBytes: 1 << 20 })
  t.like(await read(6), { messageCount: 6, nextOffset: 6, offsets: [0, 1, 3] })
  t.like(await read(5), { messageCount: 3, nextOffset: 3 })
  const large = await store.read({ ...queue, offset: 6, maxCount: 1, maxBytes: 1 << 20 })
  t.like(large, { messageCount: 4, nextOffset: 10 })
})

test('a tag filter lets pass a batch without a tag of its own: clients look again', async (t) => {
  const { store } = await storeOf(2, 'open')
  const tagged = { properties: 'TAGS\u0001TagA\u0002INNER_NUM\u00011\u0002' }
  store.append(innerBatch(['tagged'], tagged))
  await settle()
  const filter = { matchesTagsCode: (code: number) => code === tagsCodeOf('TagB') }
  const page = await store.read({ ...queue, offset: 0, maxCount: 32, maxBytes: 1 << 20, filter })
  t.deepEqual(page.offsets, [0, 1])
  t.is(page.nextOffset, 4)
})

for (const end of ['stop', 'kill'] as const) {
  test(`after a ${end} every batch is where it was, and the queue goes on`, async (t) => {
    const { files, clock } = await storeOf(90, end)
    const again = open({ files, clock })
    const sent = sentOf(90)
    t.deepEqual(await readFrom(again.store), numbered(sent))
    t.is(again.store.append(innerBatch(['next'])).queueOffset, sent.length)
    await again.store.stop()
    const third = open({ files, clock })
    t.is((await readFrom(third.store)).length, sent.length + 1)
  })

  test(`after a ${end} missing and damaged files of units are made again`, async (t) => {
    const whole = await storeOf(90, end)
    if (end === 'kill') await open(whole).store.stop()
    const paths = whole.files.paths.filter((path) => path.startsWith(folder))
    t.true(paths.length > 3)
    const bytes = new Map(paths.map((path) => [path, whole.files.readWhole(path)]))
    for (const act of [
      () => whole.files.remove(paths[1] ?? ''),
      () => whole.files.remove(paths.at(-1) ?? ''),
      () => {
        const file = whole.files.open(paths[2] ?? '', 'write')
        file.resize(100)
        file.close()
      },
      () => whole.files.remove('/store/batchconsumequeue'),
    ]) {
      act()
      if (whole.files.exists(folder)) whole.files.remove('/store/checkpoint')
      const { store } = open(whole)
      t.deepEqual(await readFrom(store), numbered(sentOf(90)))
      await store.stop()
      for (const [path, made] of bytes) t.deepEqual(whole.files.readWhole(path), made, path)
    }
  })
}

test('a cut log takes its batches along', async (t) => {
  const { store, files, clock } = await storeOf(40, 'open')
  store.start()
  const cut = store.entryAt(queue, 50)?.position ?? 0
  await store.replica.truncate(cut)
  const left = (await readFrom(store)).length
  t.true(left > 40 && left <= 50)
  t.deepEqual(await readFrom(store), numbered(sentOf(40).slice(0, left)))
  t.is(store.append(innerBatch(['other'])).queueOffset, left)
  await settle()
  files.crash(0)
  const seen = await readFrom(open({ files, clock }).store)
  t.deepEqual(seen.at(-1), [left, 'other'])
})

test('batches go with the log files that hold them', async (t) => {
  const { store, files } = await storeOf(200, 'open')
  store.start()
  await store.flush()
  t.true(files.paths.filter((path) => path.startsWith('/store/commitlog/')).length > 2)
  const sent = sentOf(200)
  await store.stop()
  files.remove('/store/commitlog/00000000000000000000')
  const again = open({ files })
  const min = again.store.minOffset(queue)
  t.true(min > 0)
  t.deepEqual(await readFrom(again.store), numbered(sent).slice(min))
  t.is(files.exists(file0), false)
  const early = await again.store.read({ ...queue, offset: 0, maxCount: 1, maxBytes: 1 })
  t.like(early, { status: 'OFFSET_TOO_SMALL', nextOffset: min })
})

test('what is no batch gets no unit in a batch queue, as in Java, and holds up nobody', async (t) => {
  const { store, files, clock } = openMemoryStore({ options, isBatchTopic: () => true })
  store.append(innerBatch(['a', 'b']))
  store.append(outgoing())
  store.append(innerBatch(['c']))
  await settle()
  t.deepEqual(await readFrom(store), [
    [0, 'a'],
    [1, 'b'],
    [3, 'c'],
  ])
  files.crash(0)
  const again = openMemoryStore({ files, clock, options, isBatchTopic: () => true })
  t.is((await readFrom(again.store)).length, 3)
  t.false(files.exists('/store/consumequeue/T'))
})

test('an inner batch is refused where it cannot be kept', async (t) => {
  const { store } = openMemoryStore({ options })
  store.append(outgoing())
  t.throws(() => store.append(innerBatch(['a'])), { message: /inner batch/ })
  const uncounted = innerBatch(['a'], { topic: 'other', properties: '' })
  t.throws(() => store.append(uncounted), { message: /inner batch/ })
  await settle()
  t.is(store.maxOffset(queue), 1)
})

test('the messages of a batch are found by the time of the batch', async (t) => {
  const { store, clock } = open()
  const times: number[] = []
  for (let n = 0; n < 6; n++) {
    times.push(store.append(innerBatch(['a', 'b', 'c'])).storeTimestamp)
    await clock.advance(1_000)
  }
  await settle()
  t.is(store.offsetByTime(queue, times[2] ?? 0, 'lower'), 6)
  t.is(store.offsetByTime(queue, times[2] ?? 0, 'upper'), 8)
  t.is(store.offsetByTime(queue, (times[5] ?? 0) + 1, 'lower'), 18)
})

test('a deleted topic of batches starts over, and its files are gone', async (t) => {
  const { store, files } = await storeOf(90, 'open')
  store.start()
  store.deleteTopic('T')
  t.false(files.exists(folder))
  t.is(store.append(innerBatch(['new'])).queueOffset, 0)
  await settle()
  t.deepEqual(await readFrom(store), [[0, 'new']])
})

test('queues of the multi-dispatch are left as they are', async (t) => {
  const { store, files } = await storeOf(3, 'open')
  await store.stop()
  const path = '/store/consumequeue/%LMQ%GID/0/00000000000000000000'
  files.makeDirectory('/store/consumequeue/%LMQ%GID/0')
  const file = files.open(path, 'create')
  file.write(Buffer.alloc(1_000, 7), 0)
  file.close()
  const again = open({ files })
  t.false([...again.store.topicsWithQueues()].includes('%LMQ%GID'))
  await again.store.stop()
  t.true(Buffer.alloc(1_000, 7).equals(files.readWhole(path) ?? new Uint8Array(0)))
})
