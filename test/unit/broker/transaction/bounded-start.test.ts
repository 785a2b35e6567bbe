// What a start reads to find out which transactions are open does not grow with the messages that
// came while one was.

import test, { type ExecutionContext } from 'ava'
import { silentLog } from '../../../../src/base/log.ts'
import { halfTopic } from '../../../../src/broker/names.ts'
import type { ReadQuery } from '../../../../src/broker/ports.ts'
import { Ends } from '../../../../src/broker/transaction/ends.ts'
import { committed, prepare, readHalf } from '../../../../src/broker/transaction/half.ts'
import { Halves } from '../../../../src/broker/transaction/halves.ts'
import { recoverHalves } from '../../../../src/broker/transaction/recovery.ts'
import { hostBytes } from '../../../../src/message/hosts.ts'
import { printProperties } from '../../../../src/message/properties.ts'
import type { Store } from '../../../../src/store/store.ts'
import { type FakeClock, settle } from '../../../support/fake-clock.ts'
import { openMemoryStore } from '../../../support/memory-store.ts'
import { outgoing } from '../../../support/messages.ts'

const noteMs = 3_000
const bigLog = { mappedFileSizeCommitLog: 8 << 20, maxHashSlotNum: 5_000, maxIndexNum: 20_000 }

/** A half; its message as well when it is committed, the note of which is lost. */
async function half(store: Store, key: string, isCommitted: boolean): Promise<void> {
  const message = outgoing({
    topic: 't',
    properties: printProperties([
      ['UNIQ_KEY', key],
      ['TRAN_MSG', 'true'],
      ['PGROUP', 'pg'],
    ]),
  })
  prepare(message, key)
  const { position } = store.append(message)
  await settle()
  const stored = readHalf((await store.recordAt(position)) ?? new Uint8Array(0))
  if (isCommitted && stored) store.append(committed(stored, position))
  await settle()
}

/** Bytes of the target's records that are looked at. */
function counted(store: Store) {
  const seen = { bytes: 0 }
  const read = (query: ReadQuery) => {
    const { matchesRecord } = query.filter ?? {}
    const filter = {
      matchesRecord: (record: Uint8Array) => {
        if (query.topic === 't') seen.bytes += record.length
        return matchesRecord?.(record) ?? true
      },
    }
    return store.read({ ...query, filter })
  }
  return { seen, reader: { read, recordAt: (at: number) => store.recordAt(at) } }
}

async function recover(t: ExecutionContext, store: Store, clock: FakeClock, hasIndex: boolean) {
  const { seen, reader } = counted(store)
  const halves = new Halves()
  const self = { storeHost: hostBytes('127.0.0.1', 10911) }
  const sizes = { bytesMax: 4096, intervalMs: noteMs }
  const ends = new Ends({ clock, log: silentLog, appender: store, self, ...sizes })
  const keyIndex = hasIndex ? store : undefined
  const sources = { queues: store, reader, keyIndex, noteMs, delayLevels: [], halves, ends }
  await recoverHalves(sources, { half: 0, op: 0 })
  t.is(store.maxOffset({ topic: halfTopic, queueId: 0 }), 3)
  return { seen, open: [0, 1, 2].filter((offset) => halves.isOpen(offset)) }
}

for (const hasIndex of [true, false]) {
  const how = hasIndex ? 'by the key index' : 'without a key index'
  test(`a message whose note was lost is found ${how}, behind any backlog`, async (t) => {
    const read: number[] = []
    for (const count of [1_000, 4_000]) {
      const { store, clock } = openMemoryStore({ options: bigLog })
      await half(store, 'open', false)
      // As many a second in either case: the longer the half is open, the more come.
      for (let n = 0; n < count; n++) {
        store.append(outgoing({ topic: 't', body: Buffer.alloc(500) }))
        if (n % 5 === 0) await clock.advance(1_000)
      }
      await half(store, 'done', true)
      await half(store, 'open too', false)
      const { seen, open } = await recover(t, store, clock, hasIndex)
      t.deepEqual(open, [0, 2])
      read.push(seen.bytes)
    }
    const [few = 0, many = 0] = read
    t.is(many, few)
    if (hasIndex) t.is(few, 0)
  })
}
