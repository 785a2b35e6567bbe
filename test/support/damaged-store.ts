// A small store with known messages on a memory disk, copies of it to be damaged, and the judge
// of what a damaged one serves.

import { MqError } from '../../src/base/errors.ts'
import { type Log, type LogFields, silentLog } from '../../src/base/log.ts'
import { decodeRecord } from '../../src/message/record.ts'
import { type StoreOptions, storeDefaults } from '../../src/store/options.ts'
import { openStore } from '../../src/store/store.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryFiles } from './memory-files.ts'
import { outgoing } from './messages.ts'

const options: StoreOptions = {
  ...storeDefaults,
  storePathRootDir: '/store',
  mappedFileSizeCommitLog: 4096,
  mappedFileSizeConsumeQueue: 20 * 16,
}

const topics = ['A', 'B']
const queueCount = 2
export const messageCount = 120

/** Bodies of one size, so that a wrong entry can meet another record of its size. */
const bodyOf = (n: number) => `message ${String(n).padStart(4, '0')}`.repeat(2 + (n % 2))

export type Copy = { readonly files: ReadonlyMap<string, Buffer> }

/** `killed`: the abort file is there, and a part of the records came after the checkpoint. */
export async function makeStore(end: 'closed' | 'killed'): Promise<Copy> {
  const files = new MemoryFiles()
  const clock = new FakeClock()
  const run = async (from: number, to: number, stops: boolean) => {
    const store = openStore({ files, clock, log: silentLog }, options)
    store.start()
    for (let n = from; n < to; n++) {
      const place = { topic: topics[n % 2] ?? '', queueId: (n >> 1) % queueCount }
      store.append(outgoing({ ...place, body: Buffer.from(bodyOf(n)) }))
      await new Promise(setImmediate)
    }
    if (stops) await store.stop()
  }
  await run(0, end === 'closed' ? messageCount : messageCount / 2, true)
  if (end === 'killed') await run(messageCount / 2, messageCount, false)
  const entries = files.paths.map(
    (path) => [path, Buffer.from(files.readWhole(path) ?? [])] as const,
  )
  return { files: new Map(entries) }
}

export function diskOf(copy: Copy): MemoryFiles {
  const disk = new MemoryFiles()
  for (const [path, bytes] of copy.files) {
    disk.makeDirectory(path.slice(0, path.lastIndexOf('/')))
    const file = disk.open(path, 'create')
    file.write(bytes, 0)
    file.close()
  }
  return disk
}

export type Verdict = {
  /** Set: it did not start, and this is what it said. */
  readonly refused: string | undefined
  /** Warnings and errors that it logged at start. */
  readonly complaints: readonly string[]
  /** Messages served as they were sent. */
  readonly good: number
  /** Served, but a client's checksum tells that it is damaged. */
  readonly corrupted: number
  /** What nobody sent, or what was sent to another place. Must stay empty. */
  readonly wrong: readonly string[]
}

/** Opens it, reads everything, closes it. Any error that is not ours to expect is thrown. */
export async function judge(disk: MemoryFiles): Promise<Verdict> {
  const complaints: string[] = []
  const complain = (event: string, _fields?: LogFields) => void complaints.push(event)
  const log: Log = { ...silentLog, warn: complain, error: complain }
  const found = { good: 0, corrupted: 0, wrong: [] as string[] }
  let store: ReturnType<typeof openStore>
  try {
    store = openStore({ files: disk, clock: new FakeClock(), log }, options)
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    return { ...found, complaints, refused: error.message }
  }
  for (const [at, topic] of topics.entries()) {
    for (let queueId = 0; queueId < queueCount; queueId++) {
      const queue = { topic, queueId }
      const end = store.maxOffset(queue)
      for (let offset = store.minOffset(queue); offset < end; ) {
        const page = await store.read({ ...queue, offset, maxCount: 32, maxBytes: 1 << 20 })
        for (const [index, record] of page.records.entries()) {
          const place = page.offsets[index] ?? -1
          look(record, place, place * 4 + queueId * 2 + at, found)
        }
        if (page.nextOffset <= offset) found.wrong.push(`${topic}/${queueId}: stuck at ${offset}`)
        offset = Math.max(page.nextOffset, offset + 1)
      }
    }
  }
  await store.stop()
  return { ...found, complaints, refused: undefined }
}

function look(
  record: Uint8Array,
  place: number,
  expected: number,
  found: { good: number; corrupted: number; wrong: string[] },
): void {
  try {
    const message = decodeRecord(record)
    const body = Buffer.from(message.body).toString()
    if (expected < messageCount && body === bodyOf(expected)) found.good++
    else found.wrong.push(`${place}: ${body}`)
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    found.corrupted++
  }
}
