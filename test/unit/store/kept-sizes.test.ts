// A store keeps the sizes that its files were made with, whatever the settings say now: it may
// have been made by another program, or by Java. Java refuses to start then.

import test from 'ava'
import { type Log, silentLog } from '../../../src/base/log.ts'
import { openStore } from '../../../src/store/store.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'
import { MemoryFiles } from '../../support/memory-files.ts'
import { smallStoreOptions } from '../../support/memory-store.ts'
import { innerBatch, outgoing } from '../../support/messages.ts'
import { readAll } from '../../support/store-model.ts'

const queue = { topic: 'T', queueId: 0 }
const made = {
  ...smallStoreOptions,
  mappedFileSizeCommitLog: 64 * 1024,
  mappedFileSizeConsumeQueue: 20 * 50,
  mapperFileSizeBatchConsumeQueue: 46 * 10,
}

const bodyOf = (n: number) => `${n} `.padEnd(1024, 'x')

async function storeOf(count: number): Promise<MemoryFiles> {
  const files = new MemoryFiles()
  const store = openStore({ files, clock: new FakeClock(), log: silentLog }, made)
  for (let n = 0; n < count; n++) {
    store.append(outgoing({ body: Buffer.from(bodyOf(n)) }))
    if (n % 3 === 0) store.append(innerBatch(['a', 'b'], { topic: 'B' }))
  }
  await settle()
  await store.stop()
  return files
}

const factors = { larger: 8, smaller: 1 / 4 }

for (const [name, factor] of Object.entries(factors)) {
  for (const count of [20, 200]) {
    test(`settings that are ${name} change no file of a store of ${count}`, async (t) => {
      const files = await storeOf(count)
      const sizes = () => new Map(files.paths.map((path) => [path, files.readWhole(path)?.length]))
      const before = sizes()
      const said: string[] = []
      const log: Log = { ...silentLog, warn: (event) => void said.push(event) }
      const options = {
        ...made,
        mappedFileSizeCommitLog: made.mappedFileSizeCommitLog * factor,
        mappedFileSizeConsumeQueue: 20 * Math.ceil(50 * factor),
        mapperFileSizeBatchConsumeQueue: 46 * Math.ceil(10 * factor),
      }
      const store = openStore({ files, clock: new FakeClock(), log }, options)
      const bodies = (await readAll(store, queue)).map(({ body }) => body)
      t.deepEqual(
        bodies,
        Array.from({ length: count }, (_, n) => bodyOf(n)),
      )
      t.is(store.maxOffset({ topic: 'B', queueId: 0 }), 2 * Math.ceil(count / 3))
      const isOneFile = count === 20 && name === 'larger'
      if (!isOneFile) t.true(said.includes('files-keep-their-size'), said.join())
      t.is(store.append(outgoing()).queueOffset, count)
      for (let n = 0; n < 100; n++) store.append(outgoing({ body: Buffer.from(bodyOf(n)) }))
      await settle()
      await store.stop()
      if (!isOneFile) {
        for (const [path, size] of before)
          if (files.exists(path)) t.is(sizes().get(path), size, path)
      }

      const again = openStore({ files, clock: new FakeClock(), log: silentLog }, options)
      t.is((await readAll(again, queue)).length, count + 101)
    })
  }
}
