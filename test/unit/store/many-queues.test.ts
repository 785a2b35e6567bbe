// Many queues: few descriptors, no file before the first message, nothing lost.

import test from 'ava'
import type { File } from '../../../src/base/files.ts'
import { settle } from '../../support/fake-clock.ts'
import { MemoryFiles } from '../../support/memory-files.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'

const queues = 2_000
const options = {
  mappedFileSizeCommitLog: 8 * 1024 * 1024,
  mappedFileSizeConsumeQueue: 20 * 10,
  queueFilesOpenMax: 100,
}

/** Counts the queue files that are open at one time. */
function watchOpen(files: MemoryFiles): () => number {
  const open = new Set<File>()
  let most = 0
  const really = files.open.bind(files)
  files.open = (path, mode) => {
    const file = really(path, mode)
    if (!path.includes('consumequeue')) return file
    open.add(file)
    most = Math.max(most, open.size)
    const close = file.close.bind(file)
    file.close = () => {
      open.delete(file)
      close()
    }
    return file
  }
  return () => most
}

test('two thousand queues use a bounded number of descriptors', async (t) => {
  const files = new MemoryFiles()
  const most = watchOpen(files)
  const { store, clock } = openMemoryStore({ files, options })
  store.start()
  for (let n = 0; n < queues; n++) {
    store.append(
      outgoing({ topic: `topic-${n >> 3}`, queueId: n & 7, body: Buffer.from(String(n)) }),
    )
  }
  await settle()
  t.is(files.paths.filter((path) => path.includes('consumequeue')).length, 0)
  await store.stop()
  t.true(most() > 50 && most() <= 102, `${most()} were open`)

  const { store: again } = openMemoryStore({ files, clock, options })
  for (let n = 0; n < queues; n += 17) {
    t.is(again.maxOffset({ topic: `topic-${n >> 3}`, queueId: n & 7 }), 1)
  }
  t.true(most() <= 102)
  await again.stop()
})

test('files of many new queues are made one after the other, with time for others between', async (t) => {
  const count = 20
  const files = new MemoryFiles()
  const { store, clock } = openMemoryStore({ files, options })
  let ms = 0
  clock.monotonic = () => ms
  const really = files.open.bind(files)
  files.open = (path, mode) => {
    if (mode === 'create' && path.includes('consumequeue')) ms += 5
    return really(path, mode)
  }
  const queuesWithFiles = () =>
    new Set(files.paths.flatMap((path) => /consumequeue\/.+\//.exec(path) ?? [])).size
  const appendToAll = (times: number) => {
    for (let n = 0; n < count * times; n++) {
      store.append(outgoing({ topic: 'topic', queueId: n % count, body: Buffer.from('x') }))
    }
  }
  appendToAll(1_100)
  await settle()
  t.is(queuesWithFiles(), 1)
  appendToAll(1)
  await settle()
  t.is(queuesWithFiles(), 1)
  ms += 5 * 200
  appendToAll(1)
  await settle()
  t.is(queuesWithFiles(), 2)
  await store.stop()
  t.is(queuesWithFiles(), count)

  const { store: again } = openMemoryStore({ files, options })
  for (let queueId = 0; queueId < count; queueId++) {
    t.is(again.maxOffset({ topic: 'topic', queueId }), 1_102)
  }
  await again.stop()
})
