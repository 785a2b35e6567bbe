// Source: DefaultMQProducerImpl.sendDefaultImpl; header as in the golden traffic of 310

import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { Brokers } from '../../../src/client/cluster.ts'
import { readClusterInfo, readRoute } from '../../../src/client/routes.ts'
import { Sender } from '../../../src/client/send.ts'
import type { MessageToSend } from '../../../src/client/types.ts'
import { decodeBatch } from '../../../src/message/batch.ts'
import { parseProperties } from '../../../src/message/properties.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import {
  type Asked,
  clusterJson,
  type FakeAnswer,
  FakeRemoting,
  lost,
  routeJson,
} from '../../support/fake-remoting.ts'

type Answering = (asked: Asked) => FakeAnswer

const stored: FakeAnswer = {
  ext: { msgId: 'OFFSET1,OFFSET2', queueId: '1', queueOffset: '40', transactionId: 'U' },
}
const missing = () => new MqError('topic-not-found', 'no route', { code: 17, written: true })

/** A sender to brokers a and b, each with two queues of topic t. */
function setup(answer: Answering = () => stored, topics = ['t'], perm = 6) {
  const brokers = { a: 'a:1', b: 'b:1' }
  const known = readClusterInfo(Buffer.from(clusterJson(brokers)))
  const remoting = new FakeRemoting(answer)
  const clock = new FakeClock()
  const doubted: string[] = []
  let ids = 0
  const sender = new Sender({
    routes: {
      async route(topic) {
        if (!topics.includes(topic)) throw missing()
        const queues = topic === 'TBW102' ? 8 : 2
        return readRoute(topic, Buffer.from(routeJson(brokers, queues, perm)))
      },
      doubt: (topic) => void doubted.push(topic),
    },
    brokers: new Brokers(
      remoting,
      {
        async broker(name) {
          const found = known.get(name)
          if (!found) throw new MqError('broker-not-found')
          return found
        },
        doubtBrokers() {},
      },
      3000,
    ),
    ids: { next: () => `ID${++ids}` },
    clock,
    random: { below: () => 0, bytes: (size) => new Uint8Array(size) },
  })
  return { sender, remoting, clock, doubted }
}

const message = (given: Partial<MessageToSend> = {}): MessageToSend => ({
  topic: 't',
  body: Buffer.from('hello'),
  properties: new Map([['TAGS', 'x']]),
  ...given,
})

test('a message goes out as Java sends it, and the receipt tells where it is', async (t) => {
  const { sender, remoting, clock } = setup()
  t.deepEqual(await sender.send(message({ flag: 3 })), {
    status: 'SEND_OK',
    broker: 'a',
    queueId: 1,
    queueOffset: 40,
    messageId: 'ID1',
    offsetMessageId: 'OFFSET1',
    transactionId: 'U',
    recallHandle: undefined,
    storedAt: undefined,
  })
  const [asked] = remoting.asked
  t.is(asked?.name, 'SEND_MESSAGE_V2')
  t.deepEqual(asked?.options.body, Buffer.from('hello'))
  t.deepEqual(asked?.header, {
    producerGroup: 'DEFAULT_PRODUCER',
    topic: 't',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: clock.now(),
    flag: 3,
    properties: 'TAGS\u0001x\u0002UNIQ_KEY\u0001ID1\u0002',
    reconsumeTimes: 0,
    unitMode: false,
    batch: false,
    bname: 'a',
  })
})

test('an id of the caller is kept', async (t) => {
  const properties = new Map([['UNIQ_KEY', 'MINE']])
  t.is((await setup().sender.send(message({ properties }))).messageId, 'MINE')
})

test('a half message is marked in the system flag', async (t) => {
  const { sender, remoting } = setup()
  await sender.send(message({ sysFlag: 1, properties: new Map([['TRAN_MSG', 'true']]) }))
  t.is(remoting.asked[0]?.header['sysFlag'], 5)
})

test('queues are taken in turn over all brokers', async (t) => {
  const { sender, remoting } = setup()
  for (let i = 0; i < 5; i++) await sender.send(message())
  const places = remoting.asked.map(({ address, header }) => `${address} ${header['queueId']}`)
  t.deepEqual(places, ['a:1 0', 'a:1 1', 'b:1 0', 'b:1 1', 'a:1 0'])
})

for (const [status, code] of [
  ['FLUSH_DISK_TIMEOUT', 10],
  ['SLAVE_NOT_AVAILABLE', 11],
  ['FLUSH_SLAVE_TIMEOUT', 12],
] as const) {
  test(`${status} is a send that succeeded`, async (t) => {
    const { sender, remoting } = setup(() => ({ ...stored, code }))
    t.is((await sender.send(message())).status, status)
    t.is(remoting.asked.length, 1)
  })
}

const failing: Record<string, { answer: Answering; calls: number; outcome: string }> = {
  'nobody can be reached': {
    answer: () => {
      throw lost(false)
    },
    calls: 3,
    outcome: 'not-stored',
  },
  'an answer does not come': {
    answer: () => {
      throw lost(true)
    },
    calls: 3,
    outcome: 'unknown',
  },
  'the brokers are busy': { answer: () => ({ code: 2 }), calls: 3, outcome: 'not-stored' },
  'the brokers fail with a system error': {
    answer: () => ({ code: 1 }),
    calls: 3,
    outcome: 'unknown',
  },
  'a broker finds the message illegal': {
    answer: () => ({ code: 13 }),
    calls: 1,
    outcome: 'not-stored',
  },
  'only the first broker may have stored it': {
    answer: ({ address }) => {
      if (address === 'a:1') throw lost(true)
      return { code: 14 }
    },
    calls: 3,
    outcome: 'unknown',
  },
}

for (const [reason, { answer, calls, outcome }] of Object.entries(failing)) {
  test(`when ${reason}, the outcome is ${outcome} after ${calls} attempts`, async (t) => {
    const { sender, remoting } = setup(answer)
    t.like(await t.throwsAsync(sender.send(message())), { name: 'MqError', detail: { outcome } })
    t.is(remoting.asked.length, calls)
  })
}

test('another broker takes what the first one refused', async (t) => {
  const { sender, remoting, doubted } = setup(({ address }) =>
    address === 'a:1' ? { code: 14 } : stored,
  )
  t.is((await sender.send(message())).broker, 'b')
  t.deepEqual(remoting.addresses, ['a:1', 'b:1'])
  t.deepEqual(doubted, ['t'])
})

test('a queue that was asked for is the only one that is tried', async (t) => {
  const { sender, remoting } = setup(() => ({ code: 14 }))
  const queue = { broker: 'b', queueId: 1 }
  t.like(await t.throwsAsync(sender.send(message(), { queue })), {
    failure: 'broker-unavailable',
    detail: { broker: 'b', outcome: 'not-stored' },
  })
  t.deepEqual(remoting.addresses, ['b:1'])
  await t.throwsAsync(sender.send(message(), { queue, retries: 1 }))
  t.deepEqual(remoting.addresses, ['b:1', 'b:1', 'b:1'])
})

test('no retries means one attempt', async (t) => {
  const { sender, remoting } = setup(() => ({ code: 14 }))
  await t.throwsAsync(sender.send(message(), { retries: 0 }))
  t.is(remoting.asked.length, 1)
})

test('all attempts share the time', async (t) => {
  const { sender, remoting, clock } = setup(() => {
    void clock.advance(2000)
    throw lost(true)
  })
  await t.throwsAsync(sender.send(message(), { timeoutMs: 3000 }))
  const times = remoting.asked.map(({ options }) => options.timeoutMs)
  t.is(times[0], 3000)
  t.true(times.every((ms) => ms > 0 && ms <= 3000))
})

test('a topic that is not there goes to brokers that create it, four queues of each', async (t) => {
  const { sender, remoting } = setup(undefined, ['TBW102'])
  for (let i = 0; i < 8; i++) await sender.send(message({ topic: 'new' }))
  t.deepEqual(
    remoting.asked.map(({ header }) => header['queueId']),
    [0, 1, 2, 3, 0, 1, 2, 3],
  )
  t.is(remoting.asked[0]?.header['topic'], 'new')
})

test('without such brokers the topic is not found, and asked for once', async (t) => {
  const { sender, remoting } = setup(undefined, [])
  t.like(await t.throwsAsync(sender.send(message())), {
    failure: 'topic-not-found',
    detail: { outcome: 'not-stored' },
  })
  t.is(remoting.asked.length, 0)
})

test('a topic that nobody may write is not sent to', async (t) => {
  const { sender } = setup(undefined, ['t'], 4)
  t.like(await t.throwsAsync(sender.send(message())), {
    failure: 'broker-unavailable',
    detail: { outcome: 'not-stored' },
  })
})

test('a one-way message is not waited for', async (t) => {
  const { sender, remoting } = setup()
  const receipt = await sender.send(message(), { oneway: true })
  t.like(receipt, { status: 'SEND_OK', broker: 'a', messageId: 'ID1', queueOffset: -1 })
  t.is(remoting.asked.length, 1)
})

test('a batch is one request, and each message has its receipt', async (t) => {
  const { sender, remoting } = setup()
  const receipts = await sender.sendBatch([
    message({ body: Buffer.from('1'), flag: 7 }),
    message({ body: Buffer.alloc(0) }),
  ])
  t.like(receipts, [
    { messageId: 'ID1', queueOffset: 40, offsetMessageId: 'OFFSET1' },
    { messageId: 'ID2', queueOffset: 41, offsetMessageId: 'OFFSET2' },
  ])
  const [asked] = remoting.asked
  t.is(asked?.name, 'SEND_BATCH_MESSAGE')
  t.true(asked?.header['batch'])
  t.deepEqual([...parseProperties(String(asked?.header['properties']))], [['UNIQ_KEY', 'ID3']])
  t.deepEqual(decodeBatch(asked?.options.body as Uint8Array), [
    { flag: 7, body: Buffer.from('1'), properties: 'TAGS\u0001x\u0002UNIQ_KEY\u0001ID1\u0002' },
    { flag: 0, body: Buffer.alloc(0), properties: 'TAGS\u0001x\u0002UNIQ_KEY\u0001ID2\u0002' },
  ])
})

for (const [title, messages] of Object.entries({
  'an empty batch': [],
  'a batch for two topics': [message(), message({ topic: 'u' })],
  'a batch of plain and compressed bodies': [message(), message({ sysFlag: 1 })],
})) {
  test(`${title} is refused before anything is sent`, async (t) => {
    const { sender, remoting } = setup()
    t.like(await t.throwsAsync(sender.sendBatch(messages)), {
      failure: 'invalid-argument',
      detail: { outcome: 'not-stored' },
    })
    t.is(remoting.asked.length, 0)
  })
}
