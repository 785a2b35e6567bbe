// Source: CommitLog.asyncPutMessage, DefaultAppendMessageCallback.doAppend.

import test from 'ava'
import { encodeBatch } from '../../../src/message/batch.ts'
import { hostBytes } from '../../../src/message/hosts.ts'
import { decodeRecord } from '../../../src/message/record.ts'
import { settle } from '../../support/fake-clock.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'
import { readAll } from '../../support/store-model.ts'

test('offsets count messages of a queue and positions count bytes of the log', (t) => {
  const { store } = openMemoryStore()
  const first = store.append(outgoing({ topic: 'A' }))
  const second = store.append(outgoing({ topic: 'B' }))
  const third = store.append(outgoing({ topic: 'A' }))
  t.deepEqual([first.queueOffset, second.queueOffset, third.queueOffset], [0, 0, 1])
  t.is(second.position, first.endPosition)
  t.is(store.maxPosition, third.endPosition)
})

test('a file that cannot take the next record is closed by a blank one', async (t) => {
  const { store, files } = openMemoryStore()
  const body = Buffer.alloc(20_000)
  const positions = [1, 2, 3, 4].map(() => store.append(outgoing({ body })).position)
  const size = 20_000 + 92
  t.deepEqual(positions, [0, size, 2 * size, 65_536])
  const file = Buffer.from(files.readWhole('/store/commitlog/00000000000000000000') ?? [])
  t.is(file.readInt32BE(3 * size), 65_536 - 3 * size)
  t.is(file.readInt32BE(3 * size + 4), -875286124)
  await settle()
  t.is((await readAll(store, { topic: 'T', queueId: 0 })).length, 4)
})

test('a record may leave exactly the eight bytes of a blank one, and no fewer', (t) => {
  const { store } = openMemoryStore()
  const fits = Buffer.alloc(65_536 - 8 - 92)
  t.is(store.append(outgoing({ body: fits })).position, 0)
  t.is(store.append(outgoing({ body: fits })).position, 65_536)
  t.throws(() => store.append(outgoing({ body: Buffer.alloc(fits.length + 1) })), {
    message: 'the message is too large',
  })
})

test('a batch becomes consecutive messages in one file', async (t) => {
  const { store } = openMemoryStore()
  store.append(outgoing({ body: Buffer.alloc(62_000) }))
  const entries = ['a', '', 'c'].map((text) => ({
    flag: 7,
    body: Buffer.from(text.repeat(2_000)),
    properties: `KEYS\u0001${text}k\u0002`,
  }))
  const appended = store.appendBatch(outgoing({ body: encodeBatch(entries) }))
  t.is(appended.position, 65_536)
  t.is(appended.positions.length, 3)
  t.is(appended.queueOffset, 1)
  await settle()
  const found = await readAll(store, { topic: 'T', queueId: 0 })
  t.deepEqual(
    found.slice(1).map((message) => message.body.length),
    [2_000, 0, 2_000],
  )
})

test('a damaged batch stores nothing', (t) => {
  const { store } = openMemoryStore()
  const whole = encodeBatch([{ flag: 0, body: Buffer.from('x'), properties: '' }])
  for (const body of [
    new Uint8Array(0),
    whole.subarray(0, 20),
    Buffer.concat([whole, whole.subarray(0, 9)]),
  ]) {
    t.throws(() => store.appendBatch(outgoing({ body })), { name: 'MqError' })
  }
  t.is(store.maxPosition, 0)
})

test('what is too large is refused by name and stores nothing', (t) => {
  const { store } = openMemoryStore({ options: { maxMessageSize: 1_000 } })
  const refusals = {
    'message-too-large': outgoing({ body: Buffer.alloc(1_001) }),
    'properties-too-large': outgoing({ properties: 'x'.repeat(32_768) }),
    'message-illegal': outgoing({ topic: 't'.repeat(256) }),
  }
  for (const [failure, message] of Object.entries(refusals)) {
    t.like(
      t.throws(() => store.append(message)),
      { name: 'MqError', failure },
    )
  }
  for (const topic of ['', '.', '..', 'a/b', '../x', 'nul\0']) {
    t.like(
      t.throws(() => store.append(outgoing({ topic }))),
      { failure: 'message-illegal' },
    )
  }
  t.is(store.maxPosition, 0)
})

test('long topics and IPv6 hosts keep their values', async (t) => {
  const { store } = openMemoryStore()
  const topic = `%RETRY%${'g'.repeat(200)}`
  const bornHost = hostBytes('2001:db8::7', 1234)
  const storeHost = hostBytes('::ffff:10.0.0.1', 10911)
  const { position } = store.append(outgoing({ topic, bornHost, storeHost }))
  const record = (await store.recordAt(position)) ?? new Uint8Array(0)
  const message = decodeRecord(record)
  t.like(message, { topic, bornHost: '[2001:db8:0:0:0:0:0:7]:1234', queueOffset: 0 })
  t.is(message.sysFlag, 0x30)
  t.is(message.offsetMessageId.length, 56)
})

test('prepared and rolled back records have no place in a queue', async (t) => {
  const { store } = openMemoryStore()
  t.is(store.append(outgoing({ sysFlag: 0x4 })).queueOffset, 0)
  t.is(store.append(outgoing({ sysFlag: 0xc })).queueOffset, 0)
  t.is(store.append(outgoing({ sysFlag: 0x8 })).queueOffset, 0)
  await settle()
  t.is(store.maxOffset({ topic: 'T', queueId: 0 }), 1)
})

test('the entry of a delayed message says when it is due', async (t) => {
  const { store, clock } = openMemoryStore()
  let due = 0
  store.onArrival((arrival) => {
    due = arrival.tagsCode
  })
  const properties = 'DELAY\u00013\u0002TAGS\u0001x\u0002'
  store.append(outgoing({ topic: 'SCHEDULE_TOPIC_XXXX', queueId: 2, properties }))
  await settle()
  t.is(due, clock.now() + 10_000)
})

test('a store that has stopped refuses messages', async (t) => {
  const { store } = openMemoryStore()
  store.append(outgoing())
  await store.stop()
  t.is(store.refusal, 'the store is stopping')
  t.like(
    t.throws(() => store.append(outgoing())),
    { failure: 'broker-unavailable' },
  )
})

test('a second store cannot be opened in the same folder', async (t) => {
  const { store, files } = openMemoryStore()
  t.like(
    t.throws(() => openMemoryStore({ files })),
    { failure: 'broker-unavailable' },
  )
  await store.stop()
  t.notThrows(() => openMemoryStore({ files }))
})
