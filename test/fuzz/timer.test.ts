// The timer against what is expected of it, over kills, restarts, lost files and a clock that is
// set forward: never early, never lost, a recall always counts.

import test from 'ava'
import fc from 'fast-check'
import { TimedStore } from '../support/timed-store.ts'

const files = ['timerwheel', 'timerlog'] as const

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('send'), ms: fc.integer({ min: 1, max: 9000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recall'), ms: fc.nat(20) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1, max: 3000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill'), ms: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), ms: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set'), ms: fc.nat(5000) }) },
)

test('whatever happens, what was sent comes, never early, unless it was taken back', async (t) => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    let timed = await TimedStore.open()
    const dueAt = new Map<string, number>()
    const recalled = new Set<string>()
    const { clock } = timed
    const act: Record<string, (ms: number) => Promise<void> | void> = {
      send: (ms) => {
        const id = `m${dueAt.size}`
        dueAt.set(id, clock.now() + ms)
        timed.send(id, clock.now() + ms)
      },
      recall: (ms) => {
        const [id, at = 0] = [...dueAt][ms % Math.max(1, dueAt.size)] ?? []
        if (id === undefined || at <= clock.now()) return
        recalled.add(id)
        timed.recall(id, at)
      },
      wait: (ms) => clock.advance(ms),
      set: (ms) => {
        clock.setBy += ms
      },
      kill: async () => {
        timed = await timed.crash()
      },
      restart: async (ms) => {
        const lost = files[ms]
        timed = await timed.restart(() => lost && timed.files.remove(`/store/${lost}`))
      },
    }
    for (const one of steps) await act[one.do]?.(one.ms)
    await clock.advance(12_000)

    const seen = new Set<string>()
    for (const { messageId, storeTimestamp } of await timed.delivered()) {
      t.true(storeTimestamp >= (dueAt.get(messageId) ?? Number.POSITIVE_INFINITY), messageId)
      seen.add(messageId)
    }
    const expected = [...dueAt.keys()].filter((id) => !recalled.has(id))
    t.deepEqual([...seen].toSorted(), expected.toSorted())
    await timed.stop()
  })
  await fc.assert(property, { numRuns: 100 })
})
