// Damaged files: each kind of file missing, empty, short, long, zeroed and flipped, and files
// that do not belong there. A store starts and explains, or explains why not; it never serves
// a message that was not sent to that place, and a second start finds the same as the first.
//
// SEED=n and COUNT=n choose the bit flips.

import test, { type ExecutionContext } from 'ava'
import { lookAtStore } from '../../src/store/inspection/store-folder.ts'
import { verifyStore } from '../../src/store/inspection/verify.ts'
import {
  type Copy,
  diskOf,
  judge,
  makeStore,
  messageCount,
  type Verdict,
} from '../support/damaged-store.ts'
import type { MemoryFiles } from '../support/memory-files.ts'
import { seededRandom } from '../support/random.ts'

const count = Number(process.env['COUNT'] ?? 2000)
const seed = Number(process.env['SEED'] ?? 1)

const stores = { closed: await makeStore('closed'), killed: await makeStore('killed') }

type Damage = (disk: MemoryFiles, path: string) => void

const put = (disk: MemoryFiles, path: string, bytes: Uint8Array, at = 0): void => {
  disk.makeDirectory(path.slice(0, path.lastIndexOf('/')))
  const file = disk.open(path, 'create')
  file.write(bytes, at)
  file.close()
}

const resize = (disk: MemoryFiles, path: string, size: (now: number) => number): void => {
  const file = disk.open(path, 'create')
  file.resize(size(file.size()))
  file.close()
}

const sizeOf = (disk: MemoryFiles, path: string) => disk.readWhole(path)?.length ?? 0

const damages: Readonly<Record<string, Damage>> = {
  missing: (disk, path) => disk.remove(path),
  empty: (disk, path) => resize(disk, path, () => 0),
  'cut in half': (disk, path) => resize(disk, path, (size) => size >> 1),
  'one byte short': (disk, path) => resize(disk, path, (size) => Math.max(0, size - 1)),
  'too long': (disk, path) => put(disk, path, Buffer.alloc(100, 7), sizeOf(disk, path)),
  'all zero': (disk, path) => put(disk, path, Buffer.alloc(sizeOf(disk, path))),
  'zero from the middle': (disk, path) => {
    const half = sizeOf(disk, path) >> 1
    put(disk, path, Buffer.alloc(half), half)
  },
  'noise in the middle': (disk, path) =>
    put(disk, path, Buffer.alloc(64, 0xa5), sizeOf(disk, path) >> 1),
}

/** The files that are damaged, one of each kind. */
function victims(copy: Copy): Record<string, string> {
  const paths = [...copy.files.keys()]
  const log = paths.filter((path) => path.includes('/commitlog/'))
  const written = log.filter((path) => copy.files.get(path)?.some((byte) => byte !== 0))
  const queue = paths.filter((path) => path.includes('/consumequeue/A/0/'))
  return {
    'the first log file': written[0] ?? '',
    'a log file in the middle': written[written.length >> 1] ?? '',
    'the last log file': written.at(-1) ?? '',
    'the first queue file': queue[0] ?? '',
    'the last queue file': queue.at(-1) ?? '',
    'the checkpoint': '/store/checkpoint',
    'the abort file': '/store/abort',
    'the lock file': '/store/lock',
  }
}

const intruders: Readonly<Record<string, (disk: MemoryFiles) => void>> = {
  'a log file far behind the end': (disk) =>
    put(disk, '/store/commitlog/00000000000000409600', Buffer.alloc(4096, 3)),
  'a log file of zeros behind the end': (disk) =>
    put(disk, '/store/commitlog/00000000000000409600', Buffer.alloc(4096)),
  'a log file at no multiple of the size': (disk) =>
    put(disk, '/store/commitlog/00000000000000000100', Buffer.alloc(4096, 3)),
  'a file with another name in the log': (disk) =>
    put(disk, '/store/commitlog/readme.txt', Buffer.from('hello')),
  'a folder in the log': (disk) => disk.makeDirectory('/store/commitlog/lost+found'),
  'a queue that is no number': (disk) =>
    put(disk, '/store/consumequeue/A/x/00000000000000000000', Buffer.alloc(320)),
  'a queue of noise': (disk) =>
    put(disk, '/store/consumequeue/A/7/00000000000000000000', Buffer.alloc(320, 0x11)),
  'a file where topics are': (disk) => put(disk, '/store/consumequeue/file', Buffer.from('x')),
  'a queue file far behind the end': (disk) =>
    put(disk, '/store/consumequeue/A/0/00000000000000032000', Buffer.alloc(320, 1)),
  'a queue file at no multiple of the size': (disk) =>
    put(disk, '/store/consumequeue/A/0/00000000000000000100', Buffer.alloc(320, 1)),
}

/**
 * What is lost is explained: by a line at start or, where a start does not look, by the
 * verification of the store tool. `silent`: nothing is left that could tell.
 */
async function survives(t: ExecutionContext, disk: MemoryFiles, silent = false): Promise<Verdict> {
  const folder = lookAtStore(disk, '/store')
  const found = folder ? verifyStore(folder).problems.count : 1
  const first = await judge(disk)
  t.deepEqual(first.wrong, [], 'never a message that was not sent there')
  if (first.refused !== undefined) {
    t.true(first.refused.length > 0)
    return first
  }
  if (first.good < messageCount && first.complaints.length === 0 && !silent) {
    t.true(found > 0, `${messageCount - first.good} are gone without a word`)
  }
  const second = await judge(disk)
  t.deepEqual(second.wrong, [])
  t.is(second.good, first.good, 'a second start finds the same')
  return first
}

/**
 * After a kill the last file, zeroed as a whole, looks like one that was made ahead. The oldest
 * file, when it is gone, like one that was deleted as it was old.
 */
const silent: ReadonlySet<string> = new Set([
  'killed: the last log file is all zero',
  'killed: the first log file is missing',
  'closed: the first log file is missing',
])

for (const end of ['closed', 'killed'] as const) {
  for (const [what, path] of Object.entries(victims(stores[end]))) {
    for (const [how, damage] of Object.entries(damages)) {
      test(`${end}: ${what} is ${how}`, async (t) => {
        const disk = diskOf(stores[end])
        damage(disk, path)
        await survives(t, disk, silent.has(`${end}: ${what} is ${how}`))
      })
    }
  }
  for (const [what, intrude] of Object.entries(intruders)) {
    test(`${end}: ${what}`, async (t) => {
      const disk = diskOf(stores[end])
      intrude(disk)
      const { good } = await survives(t, disk)
      t.is(good, messageCount)
    })
  }
}

test(`${count} bits flipped anywhere`, async (t) => {
  t.timeout(600_000)
  const random = seededRandom(seed)
  let untouched = 0
  for (let n = 0; n < count; n++) {
    const copy = stores[n % 2 === 0 ? 'closed' : 'killed']
    const paths = [...copy.files.keys()].filter((path) => (copy.files.get(path)?.length ?? 0) > 0)
    const path = paths[Math.floor(random() * paths.length)] ?? ''
    const bytes = copy.files.get(path) ?? Buffer.alloc(1)
    const at = Math.floor(random() * bytes.length)
    const disk = diskOf(copy)
    const bit = Math.floor(random() * 8)
    put(disk, path, Uint8Array.of((bytes[at] ?? 0) ^ (1 << bit)), at)
    const verdict = await judge(disk)
    if (verdict.good === messageCount) untouched++
    t.deepEqual(verdict.wrong, [], `SEED=${seed} n=${n}: ${path} byte ${at} bit ${bit}`)
    t.is(verdict.refused, undefined)
  }
  t.log(`SEED=${seed}: ${untouched} of ${count} flips hid nothing`)
})
