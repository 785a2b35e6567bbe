// The key index against a Map, over random keys, times, restarts and crashes.

import test from 'ava'
import fc from 'fast-check'
import { decodeRecord } from '../../src/message/record.ts'
import { settle } from '../support/fake-clock.ts'
import { type MemoryStore, openMemoryStore } from '../support/memory-store.ts'
import { outgoing } from '../support/messages.ts'

const key = fc.integer({ min: 0, max: 30 }).map((n) => `k${n}`)
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ keys: fc.uniqueArray(key, { maxLength: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ waitMs: fc.integer({ min: 1, max: 70_000 }) }) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
  { weight: 1, arbitrary: fc.constant('kill' as const) },
)
const range = fc.record({
  key,
  begin: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.double({ min: 0, max: 1, noNaN: true }),
  maxCount: fc.integer({ min: 1, max: 64 }),
})

type Kept = { readonly position: number; readonly time: number }

class Model {
  memory: MemoryStore = openMemoryStore()
  readonly kept = new Map<string, Kept[]>()

  constructor() {
    this.memory.store.start()
  }

  async run(one: Step): Promise<void> {
    const { store, files, clock } = this.memory
    if (one === 'restart' || one === 'kill') {
      if (one === 'restart') await store.stop()
      else files.crash(0)
      this.memory = openMemoryStore({ files, clock })
      this.memory.store.start()
    } else if ('waitMs' in one) {
      await clock.advance(one.waitMs)
    } else {
      const properties = one.keys.length > 0 ? `KEYS\u0001${one.keys.join(' ')}\u0002` : ''
      const { position, storeTimestamp } = store.append(outgoing({ properties }))
      for (const name of one.keys) {
        const list = this.kept.get(name) ?? []
        list.push({ position, time: storeTimestamp })
        this.kept.set(name, list)
      }
      await settle()
    }
  }
}

type Step = { keys: string[] } | { waitMs: number } | 'restart' | 'kill'

test('a query answers what a map of all keys would', async (t) => {
  const steps = fc.array(step, { minLength: 60, maxLength: 160 })
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.array(range, { minLength: 10, maxLength: 10 }),
      async (all, asked) => {
        const model = new Model()
        const start = model.memory.clock.now()
        for (const one of all) await model.run(one)
        const { store, clock } = model.memory
        const span = clock.now() - start + 1
        for (const { key: name, begin, length, maxCount } of asked) {
          const beginTimestamp = start + Math.floor(begin * span)
          const endTimestamp = beginTimestamp + Math.floor(length * span)
          const query = { topic: 'T', key: name, beginTimestamp, endTimestamp, maxCount }
          const { records } = await store.queryByKey(query)
          const expected = (model.kept.get(name) ?? [])
            .filter(({ time }) => time >= beginTimestamp && time <= endTimestamp)
            .map(({ position }) => position)
            .slice(-maxCount)
          t.deepEqual(
            records.map((record) => decodeRecord(record).position),
            expected,
          )
        }
        await store.stop()
      },
    ),
    { numRuns: 12 },
  )
})
