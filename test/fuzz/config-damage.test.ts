// Damaged files of the configuration: each of them, and the state before it as well, missing,
// empty, cut, zeroed, noise, or JSON of another shape. The broker starts with the state before, and
// says so, or names the file and why it does not start; then nothing is changed. Messages are
// served whatever happens.

import test from 'ava'
import type { Log, LogFields } from '../../src/base/log.ts'
import { silentLog } from '../../src/base/log.ts'
import { cluster } from '../support/cluster.ts'
import { settle } from '../support/fake-clock.ts'
import type { MemoryFiles } from '../support/memory-files.ts'

const names = ['topics', 'subscriptionGroup', 'consumerOffset', 'delayOffset'] as const
const queue = { topic: 'orders', broker: 'broker-a', queueId: 0 }

/** Undefined: the file is not there. */
const damages: Readonly<Record<string, (bytes: Buffer) => Buffer | undefined>> = {
  missing: () => undefined,
  empty: () => Buffer.alloc(0),
  'cut in half': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'one byte short': (bytes) => bytes.subarray(0, -1),
  'all zero': (bytes) => Buffer.alloc(bytes.length),
  'noise in the middle': (bytes) => {
    const copy = Buffer.from(bytes)
    copy.fill(0xa5, copy.length >> 1, (copy.length >> 1) + 16)
    return copy
  },
  'JSON of another shape': () => Buffer.from('{"offsetTable":7,"topicConfigTable":[1]}'),
  'not an object': () => Buffer.from('null'),
}

function put(files: MemoryFiles, path: string, bytes: Uint8Array | undefined): void {
  files.remove(path)
  if (!bytes) return
  const file = files.open(path, 'create')
  file.write(bytes, 0)
  file.close()
}

for (const name of [...names, 'timercheck'] as const) {
  for (const [how, damage] of Object.entries(damages)) {
    test(`config/${name} is ${how}, and so is the state before it`, async (t) => {
      const warnings: string[] = []
      const warn = (event: string, _fields?: LogFields) => void warnings.push(event)
      const log: Log = { ...silentLog, warn }
      const { client, clock, files, running, openAgain } = await cluster(t, { log })
      for (const topic of ['orders', 'other']) {
        const settings = { name: topic, readQueues: 1, writeQueues: 1, perm: 6, order: false }
        await client.createTopic({ ...settings, attributes: new Map() })
      }
      for (let n = 1; n <= 3; n++) {
        const properties = new Map([['DELAY', '1']])
        await client.send({ topic: 'orders', body: Buffer.from(`${n}`), properties: new Map() })
        await client.send({ topic: 'other', body: Buffer.from(`${n}`), properties })
        await client.pull({ queue, group: `g${n}`, offset: 0, max: 1, waitMs: 0 })
        await client.updateConsumerOffset('g1', queue, n)
        await clock.advance(22_000)
      }
      const stopping = running.broker.stop()
      await clock.advance(1000)
      await stopping

      const isBinary = name === 'timercheck'
      const path = `/store/config/${name}${isBinary ? '' : '.json'}`
      const good = Buffer.from(files.readWhole(path) ?? [])
      t.true(good.length > 0)
      put(files, path, damage(good))
      warnings.length = 0
      running.broker = await openAgain()
      await clock.advance(31_000)
      t.is(await client.maxOffset(queue), 3, 'the messages are there')
      const page = await client.pull({ queue, group: 'g1', offset: 0, max: 32, waitMs: 0 })
      t.is(page.messages.length, 3)
      const offset = await client.consumerOffset('g1', queue)
      t.true(offset === 3 || offset === 2, 'that of the file or of the one before')
      // A delivery that the older offsets do not know of comes again.
      const delivered = await client.maxOffset({ ...queue, topic: 'other' })
      t.true(delivered === 3 || (name === 'delayOffset' && delivered === 4), `${delivered}`)
      const isReadable = isBinary || how === 'one byte short' || how === 'missing'
      const isTold = how === 'missing' || warnings.includes('state-file-restored')
      t.true(isReadable || isTold || how === 'JSON of another shape', warnings.join())

      if (isBinary) return
      const again = running.broker.stop()
      await clock.advance(1000)
      await again
      const before = Buffer.from(files.readWhole(`${path}.bak`) ?? [])
      t.true(before.length > 0, 'the state before is kept')
      put(files, path, damage(good))
      put(files, `${path}.bak`, damage(before))
      const damaged = [path, `${path}.bak`].map((one) => files.readWhole(one))
      let refused = ''
      try {
        running.broker = await openAgain()
      } catch (error) {
        const chain = (one: unknown): string =>
          one instanceof Error ? `${one.message} ${JSON.stringify(one)} ${chain(one.cause)}` : ''
        refused = chain(error)
      }
      if (refused === '') {
        await clock.advance(31_000)
        t.true((await client.maxOffset(queue)) === 3)
        return
      }
      t.true(refused.includes(`${path}.bak`) || refused.includes(path), refused)
      t.deepEqual(
        [path, `${path}.bak`].map((one) => files.readWhole(one)),
        damaged,
        'nothing is changed',
      )
      put(files, path, good)
      await settle()
      running.broker = await openAgain()
    })
  }
}
