// The store against plain arrays: 10,000 random operations, kills and restarts among them, must
// leave what the arrays say.

import test from 'ava'
import { encodeBatch } from '../../src/message/batch.ts'
import type { Store } from '../../src/store/store.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { MemoryFiles } from '../support/memory-files.ts'
import { openMemoryStore } from '../support/memory-store.ts'
import { innerBatch, outgoing } from '../support/messages.ts'
import { seededRandom } from '../support/random.ts'
import { StoreModel } from '../support/store-model.ts'

const operations = 10_000
const properties = 'TAGS\u0001t\u0002'
const placeOf = ({ topic, queueId }: { topic: string; queueId: number }) => ({ topic, queueId })
const wholeOf = (count: number) => `INNER_NUM\u0001${count}\u0002`

for (const mapped of [true, false]) {
  test(`${operations} random operations: ${mapped ? 'mapped' : 'plain'}`, async (t) => {
    t.timeout(300_000)
    const random = seededRandom(20_261_123)
    const below = (bound: number) => Math.floor(random() * bound)
    const files = new MemoryFiles({ mapped })
    const clock = new FakeClock()
    const model = new StoreModel()
    const open = (): Store => {
      const { store } = openMemoryStore({ files, clock })
      store.start()
      return store
    }
    let store = open()

    const bodyOf = (n: number) => `${n};`.repeat(1 + below(300))
    const append = (n: number): void => {
      const queue = model.queue(`T${below(5)}`, below(4))
      const count = below(10) === 0 ? 1 + below(5) : 1
      const bodies = Array.from({ length: count }, () => bodyOf(n))
      const message = outgoing({ topic: queue.topic, queueId: queue.queueId, properties })
      const entries = bodies.map((body) => ({ flag: 0, properties, body: Buffer.from(body) }))
      // One topic keeps its batches whole.
      const { queueOffset } =
        queue.topic === 'T4'
          ? store.append(
              innerBatch(
                bodies,
                { ...placeOf(queue), properties: wholeOf(count) },
                () => properties,
              ),
            )
          : count === 1
            ? store.append({ ...message, body: Buffer.from(bodies[0] ?? '') })
            : store.appendBatch({ ...message, body: encodeBatch(entries) })
      if (queueOffset !== queue.messages.length) t.fail(`offset ${queueOffset} at ${n}`)
      for (const body of bodies) queue.messages.push({ body, properties })
      queue.acknowledged = queue.messages.length
    }
    const reopen = async (): Promise<void> => {
      if (below(2) === 0) await store.stop()
      else files.crash(0)
      store = open()
      await model.check(t, store)
    }
    const forget = (): void => {
      const topic = `T${below(5)}`
      store.deleteTopic(topic)
      model.deleteTopic(topic)
    }

    for (let n = 0; n < operations; n++) {
      const dice = below(1_000)
      if (dice < 940) append(n)
      else if (dice < 990) await settle()
      else if (dice < 994) await clock.advance(1_000 * below(70))
      else if (dice < 998) await reopen()
      else {
        await settle()
        forget()
        await clock.advance(2_000)
        await settle()
      }
    }
    await settle()
    await model.check(t, store)
    await store.stop()
  })
}
