// What a store must hold, kept in plain arrays: the judge of crash and property tests.

import type { ExecutionContext } from 'ava'
import { unwrapped } from '../../src/message/inner-batch.ts'
import { decodeRecord } from '../../src/message/record.ts'
import type { Store } from '../../src/store/store.ts'

export type ModelMessage = { readonly body: string; readonly properties: string }

type ModelQueue = {
  readonly topic: string
  readonly queueId: number
  readonly messages: ModelMessage[]
  /** So many of them were acknowledged as durable. */
  acknowledged: number
}

export class StoreModel {
  readonly #queues = new Map<string, ModelQueue>()

  get queues(): readonly ModelQueue[] {
    return [...this.#queues.values()]
  }

  queue(topic: string, queueId: number): ModelQueue {
    const key = `${topic} ${queueId}`
    const queue = this.#queues.get(key) ?? { topic, queueId, messages: [], acknowledged: 0 }
    this.#queues.set(key, queue)
    return queue
  }

  deleteTopic(topic: string): void {
    for (const [key, queue] of this.#queues) if (queue.topic === topic) this.#queues.delete(key)
  }

  /** After a crash: what the store has kept becomes what it must have. */
  async adopt(store: Store): Promise<void> {
    for (const queue of this.queues) {
      const end = store.maxOffset(queue)
      queue.messages.length = Math.min(queue.messages.length, end)
      queue.acknowledged = queue.messages.length
    }
  }

  /**
   * Every acknowledged message is there; what is there is a prefix of what was sent, with the
   * bytes that were sent; and nothing else is there.
   */
  async check(t: ExecutionContext, store: Store, because = ''): Promise<void> {
    for (const queue of this.queues) {
      const where = `${queue.topic}/${queue.queueId} ${because}`
      const end = store.maxOffset(queue)
      if (end < queue.acknowledged) t.fail(`${where}: ${end} of ${queue.acknowledged} are left`)
      if (end > queue.messages.length) t.fail(`${where}: ${end}, more than was sent`)
      const found = await readAll(store, queue)
      const expected = queue.messages.slice(store.minOffset(queue), end)
      if (JSON.stringify(found) !== JSON.stringify(expected)) t.deepEqual(found, expected, where)
    }
    t.pass()
  }
}

/** All messages of a queue, by as many reads as it takes; batches are taken apart. */
export async function readAll(
  store: Store,
  queue: { topic: string; queueId: number },
): Promise<ModelMessage[]> {
  const found: ModelMessage[] = []
  let offset = store.minOffset(queue)
  while (offset < store.maxOffset(queue)) {
    const result = await store.read({ ...queue, offset, maxCount: 32, maxBytes: 1 << 20 })
    for (const message of result.records.flatMap((record) => unwrapped(decodeRecord(record)))) {
      const properties = [...message.properties].map(
        ([name, value]) => `${name}\u0001${value}\u0002`,
      )
      found.push({ body: Buffer.from(message.body).toString(), properties: properties.join('') })
    }
    if (result.nextOffset <= offset) break
    offset = result.nextOffset
  }
  return found
}
