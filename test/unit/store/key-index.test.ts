import test from 'ava'
import { decodeRecord } from '../../../src/message/record.ts'
import type { Store } from '../../../src/store/store.ts'
import { settle } from '../../support/fake-clock.ts'
import type { MemoryFiles } from '../../support/memory-files.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'

const whenever = { beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER, maxCount: 64 }

function properties(n: number): string {
  return `UNIQ_KEY\u0001id-${n}\u0002KEYS\u0001key-${n % 10} odd-${n % 2}\u0002TAGS\u0001tag-${n % 3}\u0002`
}

async function appendMany(store: Store, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) {
    store.append(outgoing({ body: Buffer.from(String(n)), properties: properties(n) }))
  }
  await settle()
}

async function bodiesOf(store: Store, key: string, given = {}): Promise<number[]> {
  const { records } = await store.queryByKey({ topic: 'T', key, ...whenever, ...given })
  return records.map((record) => Number(decodeRecord(record).body.toString()))
}

function indexPaths(files: MemoryFiles): string[] {
  return files.paths.filter((path) => path.startsWith('/store/index/'))
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test('messages are found by unique key, by each of their keys and by tag', async (t) => {
  const { store } = openMemoryStore()
  await appendMany(store, 0, 60)
  t.deepEqual(await bodiesOf(store, 'id-17'), [17])
  t.deepEqual(await bodiesOf(store, 'key-7'), [7, 17, 27, 37, 47, 57])
  t.deepEqual(
    await bodiesOf(store, 'T#tag-1'),
    upTo(60).filter((n) => n % 3 === 1),
  )
  t.deepEqual(await bodiesOf(store, 'key-70'), [])
  await store.stop()
})

test('of more messages than asked for the newest are answered, oldest first', async (t) => {
  const { store } = openMemoryStore()
  await appendMany(store, 0, 60)
  t.deepEqual(await bodiesOf(store, 'odd-1', { maxCount: 3 }), [55, 57, 59])
  await store.stop()
})

test('the time range holds to the millisecond, both ends included', async (t) => {
  const { store, clock } = openMemoryStore()
  const start = clock.now()
  for (let n = 0; n < 60; n++) {
    await appendMany(store, n, 1)
    await clock.advance(300)
  }
  const range = { beginTimestamp: start + 300 * 11, endTimestamp: start + 300 * 31 }
  t.deepEqual(await bodiesOf(store, 'odd-1', range), [11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31])
  t.deepEqual(await bodiesOf(store, 'odd-1', { ...range, endTimestamp: start + 3599 }), [11])
  await store.stop()
})

test('a rolled back message is not found, a prepared one is', async (t) => {
  const { store } = openMemoryStore()
  store.append(outgoing({ body: Buffer.from('1'), sysFlag: 0xc, properties: properties(1) }))
  store.append(outgoing({ body: Buffer.from('2'), sysFlag: 0x4, properties: properties(2) }))
  await settle()
  t.deepEqual(await bodiesOf(store, 'id-1'), [])
  t.deepEqual(await bodiesOf(store, 'id-2'), [2])
  await store.stop()
})

test('a store that was closed goes on with the index it has', async (t) => {
  const { store, files, clock } = openMemoryStore()
  await appendMany(store, 0, 33)
  await store.stop()
  const { store: again } = openMemoryStore({ files, clock })
  await appendMany(again, 33, 27)
  t.deepEqual(
    await bodiesOf(again, 'odd-0'),
    upTo(60).filter((n) => n % 2 === 0),
  )
  await again.stop()
})

for (const swept of [false, true]) {
  for (const lose of [0, 0.5, 1]) {
    test(`a crash that loses ${lose} ${swept ? 'after' : 'before'} a checkpoint loses no key`, async (t) => {
      const { store, files, clock } = openMemoryStore()
      store.start()
      await appendMany(store, 0, 33)
      if (swept) await clock.advance(61_000)
      await appendMany(store, 33, 27)
      files.crash(lose)
      const { store: again } = openMemoryStore({ files, clock })
      const count = again.maxOffset({ topic: 'T', queueId: 0 })
      t.true(swept ? count >= 33 : true)
      await appendMany(again, count, 20)
      for (const parity of [0, 1]) {
        const expected = upTo(count + 20).filter((n) => n % 2 === parity)
        t.deepEqual(await bodiesOf(again, `odd-${parity}`), expected)
      }
      await again.stop()
    })
  }
}

const damages: Record<string, (files: MemoryFiles, paths: readonly string[]) => void> = {
  'the folder is gone': (files) => files.remove('/store/index'),
  'all files are gone': (files, paths) => {
    for (const path of paths) files.remove(path)
  },
  'the newest file is short': (files, paths) => {
    files.open(paths.at(-1) ?? '', 'write').resize(100)
  },
  'the newest header is noise': (files, paths) => {
    files.open(paths.at(-1) ?? '', 'write').write(Buffer.alloc(40, 0x5a), 0)
  },
  'entries of the newest file are zero': (files, paths) => {
    files.open(paths.at(-1) ?? '', 'write').write(Buffer.alloc(80), 40 + 200 + 40)
  },
  'an older header is noise': (files, paths) => {
    files.open(paths[1] ?? '', 'write').write(Buffer.alloc(40, 0x5a), 0)
  },
}

for (const [damage, make] of Object.entries(damages)) {
  test(`when ${damage}, the index is made again from the log`, async (t) => {
    const { store, files, clock } = openMemoryStore()
    await appendMany(store, 0, 60)
    await store.stop()
    make(files, indexPaths(files))
    const { store: again } = openMemoryStore({ files, clock })
    await appendMany(again, 60, 10)
    for (const parity of [0, 1]) {
      const expected = upTo(70).filter((n) => n % 2 === parity)
      t.deepEqual(await bodiesOf(again, `odd-${parity}`), expected)
    }
    t.deepEqual(await bodiesOf(again, 'id-3'), [3])
    await again.stop()
  })
}

test('an index that is ahead of a log that lost its end is cut with it', async (t) => {
  const { store, files, clock } = openMemoryStore()
  await appendMany(store, 0, 60)
  await store.stop()
  const log = files.open('/store/commitlog/00000000000000000000', 'write')
  const size = store.maxPosition / 60
  log.write(Buffer.alloc(log.size() - Math.floor(size * 50)), Math.floor(size * 50))
  log.close()
  const { store: again } = openMemoryStore({ files, clock })
  const count = again.maxOffset({ topic: 'T', queueId: 0 })
  t.true(count < 60)
  await appendMany(again, count, 30)
  const odd = await bodiesOf(again, 'odd-1')
  t.deepEqual(
    odd,
    upTo(count + 30).filter((n) => n % 2 === 1),
  )
  await again.stop()
})

test('a full disk under the index refuses messages and loses no key when it has space again', async (t) => {
  const { store, files, clock } = openMemoryStore()
  store.start()
  files.fault = (call, path) => {
    const isIndex = path.startsWith('/store/index/')
    if (isIndex && call === 'create') throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
  }
  await appendMany(store, 0, 30)
  t.throws(() => store.append(outgoing()), { message: /the key index cannot be written/ })
  files.fault = () => {}
  await clock.advance(2_000)
  await appendMany(store, 30, 10)
  t.deepEqual(
    await bodiesOf(store, 'odd-1'),
    upTo(40).filter((n) => n % 2 === 1),
  )
  await store.stop()
})

test('without messageIndexEnable there are no index files and nothing is found', async (t) => {
  const { store, files } = openMemoryStore({ options: { messageIndexEnable: false } })
  await appendMany(store, 0, 60)
  t.deepEqual(await bodiesOf(store, 'id-3'), [])
  await store.stop()
  t.deepEqual(indexPaths(files), [])
})
