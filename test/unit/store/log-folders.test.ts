// Source: MultiPathMappedFileQueue.

import test from 'ava'
import { settle } from '../../support/fake-clock.ts'
import { MemoryFiles } from '../../support/memory-files.ts'
import { openMemoryStore } from '../../support/memory-store.ts'
import { outgoing } from '../../support/messages.ts'
import { readAll } from '../../support/store-model.ts'

const queue = { topic: 'T', queueId: 0 }
const three = { storePathCommitLog: '/disk-b/log, /disk-a/log/,/disk-c/log' }

/** Sizes by 64 KiB: the numbers of the files in a folder. */
const filesIn = (files: MemoryFiles, folder: string): number[] =>
  files.list(folder).map(({ name }) => Number(name) / 65_536)

async function fill(given: Parameters<typeof openMemoryStore>[0], count: number) {
  const made = openMemoryStore(given)
  for (let n = 0; n < count; n++) made.store.append(outgoing({ body: Buffer.alloc(10_000, n) }))
  await settle()
  return made
}

test('files go to the sorted folders in turn, and are one log after a stop and a kill', async (t) => {
  const { store, files, clock } = await fill({ options: three }, 40)
  t.deepEqual(filesIn(files, '/disk-a/log'), [0, 3, 6])
  t.deepEqual(filesIn(files, '/disk-b/log'), [1, 4, 7])
  t.deepEqual(filesIn(files, '/disk-c/log'), [2, 5])
  await store.stop()
  const again = await fill({ files, clock, options: three }, 10)
  t.is((await readAll(again.store, queue)).length, 50)
  files.crash(0)
  const last = openMemoryStore({ files, clock, options: three })
  t.is((await readAll(last.store, queue)).length, 50)
})

test('a folder that is only read gets no new files, and loses old ones', async (t) => {
  const first = await fill({}, 20)
  await first.store.stop()
  const { files, clock } = first
  const options = {
    storePathCommitLog: '/disk-a/log,/store/commitlog',
    readOnlyCommitLogStorePaths: '/store/commitlog',
    deleteWhen: [...Array(24).keys()].join(';'),
    fileReservedTime: 0,
  }
  const before = filesIn(files, '/store/commitlog')
  const { store } = await fill({ files, clock, options }, 20)
  t.deepEqual(filesIn(files, '/store/commitlog'), before)
  t.true(filesIn(files, '/disk-a/log').length >= 3)
  t.is((await readAll(store, queue)).length, 40)
  store.start()
  await clock.advance(200_000)
  t.deepEqual(filesIn(files, '/store/commitlog'), [])
  await store.stop()
})

class Disks extends MemoryFiles {
  full = ''
  override space(path: string) {
    const free = path.startsWith(this.full || 'none') ? 5 : 60
    return { total: 100, used: 100 - free, free }
  }
}

test('a full folder is passed over while another one has space', async (t) => {
  const files = new Disks()
  files.full = '/disk-b'
  const { store } = await fill({ files, options: three }, 30)
  t.deepEqual(filesIn(files, '/disk-b/log'), [])
  t.true(filesIn(files, '/disk-a/log').length > 1)
  t.is(store.refusal, undefined)
})

test('two files of one name are refused in one line', async (t) => {
  const { store, files, clock } = await fill({ options: three }, 20)
  await store.stop()
  const copy = files.open('/disk-b/log/00000000000000000000', 'create')
  copy.resize(65_536)
  copy.close()
  t.throws(() => openMemoryStore({ files, clock, options: three }), {
    message: /00000000000000000000 is in \/disk-a\/log and in \/disk-b\/log$/,
  })
})
