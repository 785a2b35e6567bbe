// Pop over the real store, on a disk in memory.

import test from 'ava'
import type { Store } from '../../../../src/store/store.ts'
import { settle } from '../../../support/fake-clock.ts'
import type { MemoryFiles } from '../../../support/memory-files.ts'
import { openMemoryStore } from '../../../support/memory-store.ts'
import { type Disk, newDisk, PopBroker, type Received } from '../../../support/pop-broker.ts'

const ids = (received: readonly Received[]) => received.map(({ id }) => id).sort()

type StoreDisk = Disk<Store> & { readonly files: MemoryFiles }

function open(before?: StoreDisk): StoreDisk {
  const disk = before ?? newDisk(2)
  const { store, files } = openMemoryStore({
    clock: disk.clock,
    ...(before ? { files: before.files } : {}),
  })
  store.start()
  return { ...disk, store, files }
}

for (const end of ['kill', 'orderly end'] as const) {
  test(`what is in flight survives the ${end} of the process`, async (t) => {
    const disk = open()
    const broker = await PopBroker.start(disk)
    for (let i = 0; i < 100; i++) await broker.send(`m${i}`, i % 2)
    const first = await broker.take()
    await broker.ack(first.filter((_, i) => i % 2 === 0))
    const [changed] = first.filter((_, i) => i % 2 === 1) as [Received]
    const kept = await broker.change(changed, 60_000)

    if (end === 'kill') {
      await broker.kill()
      disk.files.crash(0)
    } else {
      await broker.stop()
      await disk.store.stop()
    }
    const again = open({ ...disk, offsets: broker.disk.offsets, orders: broker.disk.orders })
    const next = await PopBroker.start(again)

    const rest: Received[] = []
    for (let taken = await next.take(); taken.length > 0; taken = await next.take()) {
      rest.push(...taken)
      await next.ack(taken)
    }
    t.is(rest.length, 100 - first.length)
    await again.clock.advance(10_300)
    const back = await next.take()
    t.deepEqual(ids(back), ids(first.filter((one, i) => i % 2 === 1 && one !== changed)))
    t.true(back.every(({ message }) => message.reconsumeTimes === 1))
    await next.ack([...back, kept], true)
    await again.clock.advance(100_000)
    t.deepEqual(await next.take(), [])
    await next.stop()
    await again.store.stop()
    await settle()
  })
}
