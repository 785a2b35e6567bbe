import test from 'ava'
import type { StoreOptions } from '../../../src/store/options.ts'
import type { Store } from '../../../src/store/store.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'
import { MemoryFiles } from '../../support/memory-files.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'

const hour = 3_600_000
const minute = 60_000
/** An hour is long enough. */
const slow = { cleanResourceInterval: 60_000, fileReservedTime: 1 }
const queue = { topic: 'T', queueId: 0 }

class JumpingClock extends FakeClock {
  jumpMs = 0
  override now(): number {
    return super.now() + this.jumpMs
  }
}

/** A store of about `count` small log files, checkpointed. */
async function filled(count: number, options: Partial<StoreOptions> = {}) {
  const clock = new JumpingClock()
  const files = new MemoryFiles()
  const made = openMemoryStore({
    clock,
    files,
    options: {
      deleteWhen: '0;1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;21;22;23',
      ...options,
    },
  })
  made.store.start()
  const properties = 'KEYS\u0001k\u0002'
  for (let n = 0; n < count * 6; n++) {
    made.store.append(outgoing({ body: Buffer.alloc(10_000, n), properties }))
  }
  await settle()
  for (const path of logPaths(files)) files.setModifiedAt(path, clock.now())
  await clock.advance(61_000)
  return { ...made, clock, files }
}

function logPaths(files: MemoryFiles): string[] {
  return files.paths.filter((path) => path.startsWith('/store/commitlog/'))
}

async function firstReadable(store: Store): Promise<number | undefined> {
  const offset = store.minOffset(queue)
  const result = await store.read({ ...queue, offset, maxCount: 1, maxBytes: 100_000 })
  return result.offsets[0]
}

test('files older than the reserved time go, ten at a look, and never the last', async (t) => {
  const { store, files, clock } = await filled(14, slow)
  const before = logPaths(files).length
  await clock.advance(58 * minute)
  t.is(logPaths(files).length, before)
  t.is(store.minOffset(queue), 0)
  await clock.advance(5 * minute)
  t.true(logPaths(files).length <= 2)
  t.is(store.minPosition, store.maxPosition - (store.maxPosition % 65_536))
  t.true(store.minOffset(queue) > 0)
  t.is(await firstReadable(store), store.minOffset(queue))
  await store.stop()
  t.is(clock.pending, 0)
})

test('queue files and index files go with the log files they speak of', async (t) => {
  const { store, files, clock } = await filled(20, slow)
  const count = (folder: string) => files.paths.filter((path) => path.startsWith(folder)).length
  t.is(count('/store/consumequeue/T/0/'), 3)
  const indexBefore = count('/store/index/')
  await clock.advance(64 * minute)
  t.is(count('/store/consumequeue/T/0/'), 1)
  t.true(count('/store/index/') < indexBefore)
  await store.stop()
})

test('outside the hours of deleteWhen nothing goes unless it is asked for', async (t) => {
  const { store, files, clock } = await filled(5, { ...slow, deleteWhen: '-1' })
  const before = logPaths(files).length
  await clock.advance(64 * minute)
  t.is(logPaths(files).length, before)
  store.cleaning.deleteExpiredFiles()
  await clock.advance(2 * minute)
  t.true(logPaths(files).length < before)
  await store.stop()
})

test('a wall clock that jumps ahead deletes nothing early', async (t) => {
  const { store, files, clock } = await filled(5)
  const before = logPaths(files).length
  clock.jumpMs = 1_000 * hour
  await clock.advance(minute)
  clock.jumpMs = -1_000 * hour
  await clock.advance(minute)
  t.is(logPaths(files).length, before)
  await store.stop()
})

test('a full disk deletes young files, refuses messages while that is not enough, and recovers', async (t) => {
  const { store, files, clock } = await filled(14, { deleteFileBatchMax: 1 })
  const before = logPaths(files).length
  files.capacity = Math.floor((files.capacity - files.space('/').free) / 0.99)
  await clock.advance(9_500)
  t.is(logPaths(files).length, before - 1)
  t.throws(() => store.append(outgoing()), { message: /the disk is full/ })
  t.is(await firstReadable(store), store.minOffset(queue))
  files.capacity = 2 ** 40
  await clock.advance(1_500)
  t.notThrows(() => store.append(outgoing()))
  await store.stop()
})

test('cleanFileForciblyEnable=false keeps young files on a full disk', async (t) => {
  const { store, files, clock } = await filled(5, { cleanFileForciblyEnable: false })
  const before = logPaths(files).length
  files.capacity = Math.floor((files.capacity - files.space('/').free) / 0.99)
  await clock.advance(11_000)
  t.is(logPaths(files).length, before)
  t.throws(() => store.append(outgoing()), { message: /the disk is full/ })
  files.capacity = 2 ** 40
  await store.stop()
})
