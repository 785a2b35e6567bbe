// What a client makes of a broker's answers: tags that have the same hash in Java, which a broker of
// Apache's delivers both to who wants one; and the slave that a broker suggests.

import test, { type ExecutionContext } from 'ava'
import { printAddress } from '../../../src/base/address.ts'
import { MqError } from '../../../src/base/errors.ts'
import { silentLog } from '../../../src/base/log.ts'
import type { Brokers } from '../../../src/client/cluster.ts'
import { Receiver } from '../../../src/client/receive.ts'
import type { PopRequest } from '../../../src/client/types.ts'
import { RemotingClient } from '../../../src/remoting/client.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { mqCluster } from '../../support/mq-cluster.ts'

const settings = { name: 't', readQueues: 1, writeQueues: 1, perm: 6, order: false }
const filter = { type: 'TAG', expression: 'none || BB' } as const

/** Through a broker that does not look at tags at all. */
async function behindCarelessBroker(t: ExecutionContext) {
  const { cluster, client, brokers } = await mqCluster(t)
  await cluster.during(client.createTopic({ ...settings, attributes: new Map() }))
  for (const tag of ['Aa', 'BB', 'Aa', 'BB']) {
    const message = { topic: 't', body: Buffer.from(tag), properties: new Map([['TAGS', tag]]) }
    await cluster.during(client.send(message))
  }
  const broker = brokers.get('a')
  if (!broker) throw new Error('no broker')
  const address = printAddress(broker.address)
  const remoting = new RemotingClient({ ...cluster, log: silentLog })
  t.teardown(() => cluster.during(remoting.close()))
  const call: Brokers['master'] = (_, spec, header, options) => {
    const careless = Object.fromEntries(
      Object.entries(header).map(([key, value]) => [
        key,
        key === 'exp' || key === 'subscription' ? '*' : value,
      ]),
    ) as typeof header
    return remoting.call(address, spec, careless, { ...options, timeoutMs: 5000 })
  }
  return { cluster, client, receiver: new Receiver({ master: call, any: call }, cluster.clock) }
}

const textOf = ({ body }: { readonly body: Uint8Array }) => Buffer.from(body).toString()
const pop: PopRequest = {
  topic: 't',
  broker: 'a',
  queueId: -1,
  group: 'g',
  max: 10,
  invisibleMs: 30_000,
  waitMs: 0,
  initMode: 'min',
}

test('messages of another tag are passed over by a pull', async (t) => {
  const { cluster, receiver } = await behindCarelessBroker(t)
  const queue = { topic: 't', broker: 'a', queueId: 0 }
  const asked = { queue, group: 'g', offset: 0, max: 10, waitMs: 0, filter }
  const { messages, nextOffset } = await cluster.during(receiver.pull(asked))
  t.deepEqual(messages.map(textOf), ['BB', 'BB'])
  t.is(nextOffset, 4)
})

test('messages of another tag are not given to who pops, and do not come again', async (t) => {
  const { cluster, client, receiver } = await behindCarelessBroker(t)
  const { messages } = await cluster.during(receiver.pop({ ...pop, filter }))
  t.deepEqual(
    messages.map(({ message }) => textOf(message)),
    ['BB', 'BB'],
  )
  await cluster.clock.advance(40_000)
  const again = await cluster.during(client.pop({ ...pop, waitMs: 5000 }))
  t.deepEqual(
    again.messages.map(({ message }) => textOf(message)),
    ['BB', 'BB'],
    'what was not acknowledged, and nothing else',
  )
})

test('an empty expression is one for all tags', async (t) => {
  const { cluster, receiver } = await behindCarelessBroker(t)
  const all = { type: 'TAG', expression: '' } as const
  t.is((await cluster.during(receiver.pop({ ...pop, filter: all }))).messages.length, 4)
})

test('the suggested slave is read, until it sends back to the master or does not know the place', async (t) => {
  const asked: number[] = []
  const replies = [
    { code: 0, suggests: 1 },
    { code: 0, suggests: 1 },
    { code: 0, suggests: 0 },
    { code: 19, suggests: 2 },
    { code: 21, suggests: 0 },
    { code: 0, suggests: 1 },
    { code: -1, suggests: 0 },
    { code: 19, suggests: 0 },
    { code: 19, suggests: 0 },
  ]
  const any = (async (_: string, __: unknown, ___: unknown, options: { brokerId: number }) => {
    asked.push(options.brokerId)
    const reply = replies.shift()
    if (!reply || reply.code === -1) throw new MqError('broker-unavailable')
    const header = { nextBeginOffset: 1, minOffset: 0, maxOffset: 1 }
    return {
      code: reply.code,
      header: { ...header, suggestWhichBrokerId: reply.suggests },
      body: new Uint8Array(0),
    }
  }) as unknown as Brokers['any']
  const receiver = new Receiver({ master: any as Brokers['master'], any }, new FakeClock())
  const queue = { topic: 't', broker: 'a', queueId: 0 }
  const pull = () => receiver.pull({ queue, group: 'g', offset: 1, max: 10, waitMs: 0 })
  for (let n = 0; n < 4; n++) await pull()
  t.deepEqual(asked, [0, 1, 1, 0], 'to the slave and back')
  await pull()
  t.deepEqual(asked.slice(4), [2, 0], 'what the slave does not know is asked of the master')
  await pull()
  t.deepEqual(asked.slice(6), [1, 0], 'so is what it does not answer')
  await pull()
  t.deepEqual(asked.slice(8), [0])
})
