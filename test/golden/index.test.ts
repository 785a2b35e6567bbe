// The key index of stores of the Java broker 5.5.0: its files made again byte for byte, and its
// answers.

import test from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { decodeRecord } from '../../src/message/record.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import {
  type GoldenKind,
  goldenFiles,
  goldenManifest,
  goldenOptions,
  unpackGolden,
} from '../support/golden-store.ts'
import { MemoryFiles } from '../support/memory-files.ts'

function open(files: MemoryFiles): Store {
  return openStore({ files, clock: new FakeClock(), log: silentLog }, goldenOptions)
}

function unpacked(kind: GoldenKind): MemoryFiles {
  const files = new MemoryFiles()
  unpackGolden(kind, files, '/store')
  return files
}

function indexFiles(files: MemoryFiles): Buffer[] {
  const paths = files.paths.filter((path) => path.startsWith('/store/index/'))
  return paths.map((path) => Buffer.from(files.readWhole(path) ?? []))
}

const whenever = { beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER, maxCount: 64 }

async function positionsOf(store: Store, topic: string, key: string): Promise<number[]> {
  const { records } = await store.queryByKey({ topic, key, ...whenever })
  return records.map((record) => decodeRecord(record).position)
}

for (const kind of ['clean', 'crashed'] as const) {
  test(`the index made from the log of the ${kind} store has the bytes that Java wrote`, async (t) => {
    const files = unpacked(kind)
    files.remove('/store/index')
    await open(files).stop()
    const javas = [...goldenFiles(kind)].filter(([path]) => path.startsWith('index/')).sort()
    t.is(javas.length, 8)
    t.deepEqual(
      indexFiles(files),
      javas.map(([, content]) => Buffer.from(content)),
    )
  })

  test(`keys of the ${kind} store are answered as Java answered them`, async (t) => {
    const files = unpacked(kind)
    const store = open(files)
    const { queryMessage, messages, index } = goldenManifest(kind)
    t.true(queryMessage.length > 0)
    for (const { topic, key, physicalOffsets } of queryMessage) {
      t.deepEqual(await positionsOf(store, topic, key), physicalOffsets, `${topic} ${key}`)
    }
    for (const { topic, physicalOffset, properties } of messages) {
      const key = properties['UNIQ_KEY']
      if (key === undefined) continue
      t.true((await positionsOf(store, topic, key)).includes(physicalOffset), key)
    }
    const found = await store.queryByKey({ topic: 'GoldenNormal', key: 'key-42', ...whenever })
    t.deepEqual(
      [found.lastUpdateTimestamp, found.lastUpdatePosition],
      [index.at(-1)?.endTimestamp, index.at(-1)?.endPhyOffset],
    )
  })

  test(`opening and closing the ${kind} store leaves Java's index as it is`, async (t) => {
    const files = unpacked(kind)
    const before = indexFiles(files)
    await open(files).stop()
    t.deepEqual(indexFiles(files), before)
  })
}
