// Stores that were killed, damaged or meddled with: they open, and serve nothing wrong.

import test from 'ava'
import { settle } from '../../support/fake-clock.ts'
import type { MemoryFiles } from '../../support/memory-files.ts'
import { type MemoryStore, openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'
import { readAll } from '../../support/store-model.ts'

const queue = { topic: 'T', queueId: 0 }
const log0 = '/store/commitlog/00000000000000000000'
const log1 = '/store/commitlog/00000000000000065536'
const queue0 = '/store/consumequeue/T/0/00000000000000000000'

/** A store with `count` messages of 1 KiB that was stopped, or killed at its end. */
async function storeOf(count: number, end: 'stop' | 'kill'): Promise<MemoryStore> {
  const made = openMemoryStore()
  for (let n = 0; n < count; n++) {
    made.store.append(outgoing({ body: Buffer.from(`${n} `.padEnd(1024, 'x')) }))
  }
  await settle()
  if (end === 'stop') await made.store.stop()
  else made.files.crash(0)
  return made
}

function change(files: MemoryFiles, path: string, act: (bytes: Buffer) => Uint8Array): void {
  const bytes = act(Buffer.from(files.readWhole(path) ?? []))
  const file = files.open(path, 'create')
  file.resize(0)
  file.write(bytes, 0)
  file.syncNow()
  file.close()
}

async function numbersOf({ store }: MemoryStore): Promise<number[]> {
  return (await readAll(store, queue)).map((message) => Number.parseInt(message.body, 10))
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test('a killed process loses nothing, whatever was not flushed', async (t) => {
  const { files, clock } = await storeOf(150, 'kill')
  const again = openMemoryStore({ files, clock })
  t.deepEqual(await numbersOf(again), upTo(150))
  t.is(again.store.append(outgoing()).queueOffset, 150)
})

test('opening twice changes nothing', async (t) => {
  const { files, clock } = await storeOf(80, 'kill')
  openMemoryStore({ files, clock })
  const once = files.paths.map((path) => [path, files.readWhole(path)])
  files.crash(0)
  openMemoryStore({ files, clock })
  t.deepEqual(
    files.paths.map((path) => [path, files.readWhole(path)]),
    once,
  )
})

test('stale bytes behind the end cannot come back as records', async (t) => {
  const { files, clock } = await storeOf(50, 'kill')
  change(files, log0, (bytes) => {
    bytes.writeInt32BE(0, 30 * 1116)
    return bytes
  })
  const again = openMemoryStore({ files, clock })
  t.deepEqual(await numbersOf(again), upTo(30))
  const bytes = Buffer.from(files.readWhole(log0) ?? [])
  t.true(bytes.subarray(again.store.maxPosition).every((byte) => byte === 0))
})

const meddlings: Record<string, { act: (files: MemoryFiles) => void; keeps?: number }> = {
  'the checkpoint is missing': { act: (files) => files.remove('/store/checkpoint') },
  'the checkpoint is empty': {
    act: (files) => change(files, '/store/checkpoint', () => Buffer.alloc(0)),
  },
  'the checkpoint is noise': {
    act: (files) => change(files, '/store/checkpoint', () => Buffer.alloc(4096, 0x5a)),
  },
  'the checkpoint is ahead of the log': {
    act: (files) =>
      change(files, '/store/checkpoint', () => {
        const bytes = Buffer.alloc(4096)
        bytes.writeBigInt64BE(1_000_000n, 40)
        return bytes
      }),
  },
  'all queue files are missing': {
    act: (files) => {
      files.remove('/store/consumequeue')
      files.remove('/store/checkpoint')
    },
  },
  'all queue files are missing and the checkpoint is not': {
    act: (files) => files.remove('/store/consumequeue'),
  },
  'a queue file is short': {
    act: (files) => change(files, queue0, (bytes) => bytes.subarray(0, 401)),
  },
  'the last queue file is empty': {
    act: (files) =>
      change(files, '/store/consumequeue/T/0/00000000000000002000', () => Buffer.alloc(0)),
  },
  'the next log file is made already': {
    act: (files) =>
      change(files, '/store/commitlog/00000000000000196608', () => Buffer.alloc(65_536)),
  },
  'the next log file is empty': {
    act: (files) => change(files, '/store/commitlog/00000000000000196608', () => Buffer.alloc(0)),
  },
  'there are foreign files': {
    act: (files) => {
      change(files, '/store/commitlog/README', () => Buffer.from('hello'))
      change(files, '/store/consumequeue/T/0/.tmp', () => Buffer.from('hello'))
      change(files, '/store/consumequeue/T/x/00000000000000000000', () => Buffer.alloc(1_000))
    },
  },
  'the lock file is missing': { act: (files) => files.remove('/store/lock') },
}

for (const [what, { act, keeps = 150 }] of Object.entries(meddlings)) {
  for (const end of ['stop', 'kill'] as const) {
    test(`after a ${end} the store opens and goes on when ${what}`, async (t) => {
      const { files, clock } = await storeOf(150, end)
      act(files)
      const again = openMemoryStore({ files, clock })
      t.deepEqual(await numbersOf(again), upTo(keeps))
      t.is(again.store.append(outgoing({ body: Buffer.from('150 x') })).queueOffset, keeps)
      await again.store.stop()
      const third = openMemoryStore({ files, clock })
      t.deepEqual((await numbersOf(third)).slice(0, keeps), upTo(keeps))
      t.is(third.store.maxOffset(queue), keeps + 1)
    })
  }
}

test('half an entry behind a lost page is not taken for the end of a queue', async (t) => {
  const { files, clock } = await storeOf(30, 'stop')
  change(files, queue0, (bytes) => {
    // Of entry 40 only the size and the tags code reached the disk.
    bytes.writeInt32BE(1116, 40 * 20 + 8)
    return bytes
  })
  const again = openMemoryStore({ files, clock })
  t.deepEqual(await numbersOf(again), upTo(30))
  t.is(again.store.maxOffset(queue), 30)
})

test('a damaged queue entry hides its own message and no other', async (t) => {
  const { files, clock } = await storeOf(30, 'stop')
  change(files, queue0, (bytes) => {
    bytes.writeInt32BE(0x7f, 12 * 20)
    return bytes
  })
  const again = openMemoryStore({ files, clock })
  t.deepEqual(
    await numbersOf(again),
    upTo(30).filter((number) => number !== 12),
  )
})

test('a deleted topic starts over, also when the store is killed right after', async (t) => {
  const { store, files, clock } = openMemoryStore()
  for (let n = 0; n < 10; n++) store.append(outgoing({ body: Buffer.from(`${n} old`) }))
  await settle()
  store.deleteTopic('T')
  t.is(store.maxOffset(queue), 0)
  for (let n = 0; n < 3; n++) store.append(outgoing({ body: Buffer.from(`${n} new`) }))
  await settle()
  files.crash(0)
  const again = openMemoryStore({ files, clock })
  t.deepEqual(
    (await readAll(again.store, queue)).map((one) => one.body),
    ['0 new', '1 new', '2 new'],
  )
  t.is(again.store.append(outgoing()).queueOffset, 3)
})

test('a deleted topic stays deleted once the checkpoint has moved', async (t) => {
  const { store, files, clock } = openMemoryStore()
  store.start()
  for (let n = 0; n < 10; n++) store.append(outgoing())
  store.append(outgoing({ topic: 'other' }))
  await settle()
  store.deleteTopic('T')
  await clock.advance(2_000)
  await settle()
  await settle()
  files.crash(1)
  const again = openMemoryStore({ files, clock })
  t.is(again.store.maxOffset(queue), 0)
  t.is(again.store.maxOffset({ topic: 'other', queueId: 0 }), 1)
})

test('a queue whose file was just being made is made again', async (t) => {
  const { files, clock } = await storeOf(30, 'kill')
  change(files, queue0, () => Buffer.alloc(0))
  t.deepEqual(await numbersOf(openMemoryStore({ files, clock })), upTo(30))
})

test('a log file that lost its end keeps what is before it', async (t) => {
  const { files, clock } = await storeOf(100, 'kill')
  change(files, log1, (bytes) => bytes.subarray(0, 10_000))
  const again = openMemoryStore({ files, clock })
  const found = await numbersOf(again)
  t.deepEqual(found, upTo(found.length))
  t.true(found.length > 58 && found.length < 100)
})

for (const [what, n, flipped, left] of [
  ['backwards', 24, 8, [...upTo(24), ...upTo(50).slice(25)]],
  ['to the start', 16, 0, [...upTo(16), ...upTo(50).slice(17)]],
  ['far ahead', 24, 24 + 128, [...upTo(24), ...upTo(50).slice(25)]],
  ['where a search of the queue meets the hole', 25, 9, [...upTo(25), ...upTo(50).slice(26)]],
  ['in the last record', 49, 49 - 32, upTo(49)],
] as const) {
  test(`a record whose offset is damaged, ${what}, is not served at another place`, async (t) => {
    const { files, clock } = await storeOf(50, 'kill')
    change(files, log0, (bytes) => {
      bytes.writeUInt8(flipped, n * 1116 + 27)
      return bytes
    })
    const again = openMemoryStore({ files, clock })
    t.deepEqual(await numbersOf(again), left)
    t.is(again.store.append(outgoing()).queueOffset, 50)
    await settle()
    await again.store.stop()
    const last = openMemoryStore({ files, clock })
    t.is(last.store.minOffset(queue), 0)
    t.is((await numbersOf(last)).length, 50)
  })
}

const odd = [...Array(25).keys()].map((n) => n * 2 + 1)
const even = [...Array(25).keys()].map((n) => n * 2)

// Of two records of one place it cannot be told which one belongs there.
for (const [what, n, queueId, left] of [
  [
    'that of one with more',
    21,
    0,
    { 0: even.filter((one) => one !== 20), 1: odd.filter((one) => one !== 21) },
  ],
  [
    'that of one with as many',
    20,
    1,
    { 0: even.filter((one) => one !== 20), 1: odd.filter((one) => one !== 21) },
  ],
  ['a negative one', 20, -1, { 0: even.filter((one) => one !== 20), 1: odd }],
] as const) {
  test(`a record whose queue is damaged, ${what}, is not served there`, async (t) => {
    const { store, files, clock } = openMemoryStore()
    const bodyOf = (one: number) => Buffer.from(`${one} `.padEnd(1024, 'x'))
    for (let one = 0; one < 50; one++) {
      store.append(outgoing({ queueId: one % 2, body: bodyOf(one) }))
    }
    await settle()
    files.crash(0)
    change(files, log0, (bytes) => {
      bytes.writeInt32BE(queueId, n * 1116 + 12)
      return bytes
    })
    const again = openMemoryStore({ files, clock })
    for (const [id, numbers] of Object.entries(left)) {
      const found = await readAll(again.store, { ...queue, queueId: Number(id) })
      t.deepEqual(
        found.map(({ body }) => Number.parseInt(body, 10)),
        numbers,
      )
    }
  })
}

test('a topic that was deleted and made again starts over, with one message and with more', async (t) => {
  for (const count of [1, 2, 30]) {
    const { store, files, clock } = openMemoryStore()
    for (let n = 0; n < 20; n++) store.append(outgoing({ body: Buffer.from(`${n} old`) }))
    await settle()
    store.deleteTopic('T')
    for (let n = 0; n < count; n++) store.append(outgoing({ body: Buffer.from(`${n} again`) }))
    await settle()
    files.crash(0)
    t.deepEqual(await numbersOf(openMemoryStore({ files, clock })), upTo(count))
  }
})
