// Source: PullMessageProcessor, remoting facts 6.5

import test from 'ava'
import { parseGroupConfig } from '../../../../src/broker/groups.ts'
import { decodeRecords } from '../../../../src/message/record.ts'
import { answerOf, ask, brokerParts, FakePeer } from '../../../support/broker.ts'
import { settle } from '../../../support/fake-clock.ts'

const suspend = 2
const subscription = 4

const pull = (given: Record<string, string | number> = {}) => ({
  consumerGroup: 'g',
  topic: 't',
  queueId: 0,
  queueOffset: 0,
  maxMsgNums: 32,
  sysFlag: subscription,
  commitOffset: 0,
  suspendTimeoutMillis: 15_000,
  subscription: '*',
  subVersion: 0,
  expressionType: 'TAG',
  ...given,
})

type Parts = ReturnType<typeof brokerParts>

function send({ ports }: Parts, ...tags: string[]): void {
  for (const tag of tags) {
    const i = `UNIQ_KEY\u0001${tag}\u0002TAGS\u0001${tag}\u0002`
    const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0, i }
    answerOf(ports, 310, ext, { body: Buffer.from(tag) })
  }
}

function filled(...tags: string[]): Parts {
  const parts = brokerParts({ topics: { t: 1 } })
  send(parts, ...tags)
  return parts
}

const bodies = (body: Buffer): string[] =>
  decodeRecords(body).map((message) => Buffer.from(message.body).toString())

test('a pull gives what is there and where to go on', async (t) => {
  const { ports } = filled('a', 'b', 'c')
  const answer = answerOf(ports, 11, pull({ queueOffset: 1 }))
  t.is(answer.code, 0)
  t.is(answer.remark, 'FOUND')
  t.deepEqual(answer.ext, {
    suggestWhichBrokerId: '0',
    nextBeginOffset: '3',
    minOffset: '0',
    maxOffset: '3',
    topicSysFlag: '0',
    groupSysFlag: '0',
  })
  t.deepEqual(bodies(answer.body), ['b', 'c'])
  await settle()
})

test('a tag filter skips what does not match and goes on behind it', (t) => {
  const { ports } = filled('a', 'b', 'a', 'c')
  const answer = answerOf(ports, 361, pull({ subscription: 'a || c' }))
  t.deepEqual(bodies(answer.body), ['a', 'a', 'c'])
  t.is(answer.ext['nextBeginOffset'], '4')
})

test('an SQL92 filter looks at the properties', (t) => {
  const { ports } = filled('a', 'b')
  const asked = pull({ expressionType: 'SQL92', subscription: "TAGS = 'b'" })
  t.deepEqual(bodies(answerOf(ports, 11, asked).body), ['b'])
})

const statuses: Record<string, { offset: number; first: number; code: number; next: number }> = {
  OFFSET_OVERFLOW_ONE: { offset: 5, first: 0, code: 19, next: 5 },
  OFFSET_OVERFLOW_BADLY: { offset: 9, first: 0, code: 21, next: 5 },
  OFFSET_TOO_SMALL: { offset: 1, first: 3, code: 21, next: 3 },
}

for (const [status, { offset, first, code, next }] of Object.entries(statuses)) {
  test(`a pull that is not held answers ${status} with ${code}`, (t) => {
    const { ports, store } = filled('a', 'b', 'c', 'd', 'e')
    store.trim({ topic: 't', queueId: 0 }, first)
    const answer = answerOf(ports, 11, pull({ queueOffset: offset }))
    t.is(answer.remark, status)
    t.is(answer.code, code)
    t.is(answer.ext['nextBeginOffset'], String(next))
  })
}

test('an empty queue is "not found" at 0 and "moved" anywhere else', (t) => {
  const { ports } = brokerParts({ topics: { t: 1 } })
  t.is(answerOf(ports, 11, pull()).code, 19)
  const moved = answerOf(ports, 11, pull({ queueOffset: 7, sysFlag: subscription | suspend }))
  t.is(moved.code, 21)
  t.is(moved.ext['nextBeginOffset'], '0')
})

test('when nothing matches the client goes on behind what was looked at', (t) => {
  const { ports } = filled('a', 'b')
  const answer = answerOf(ports, 11, pull({ subscription: 'z' }))
  t.is(answer.code, 20)
  t.is(answer.remark, 'NO_MATCHED_MESSAGE')
  t.is(answer.ext['nextBeginOffset'], '2')
})

test('a held pull is answered by the arrival', async (t) => {
  const parts = filled('a')
  const asked = ask(parts.ports, 11, pull({ queueOffset: 1, sysFlag: subscription | suspend }))
  t.is(asked.now, undefined)
  send(parts, 'b')
  await settle()
  t.is(asked.now?.code, 0)
  t.deepEqual(bodies(asked.now?.body ?? Buffer.alloc(0)), ['b'])
  t.is(parts.holds.count, 0)
})

test('a held pull is answered "not found" after its time', async (t) => {
  const { ports, clock } = filled('a')
  const asked = ask(ports, 11, pull({ queueOffset: 1, sysFlag: subscription | suspend }))
  await clock.advance(14_900)
  t.is(asked.now, undefined)
  await clock.advance(200)
  t.is(asked.now?.code, 19)
  t.is(asked.now?.ext['nextBeginOffset'], '1')
})

test('a held pull stays held while nothing matches and then goes on behind it', async (t) => {
  const parts = filled()
  const held = pull({ sysFlag: subscription | suspend, subscription: 'z' })
  const asked = ask(parts.ports, 11, held)
  send(parts, 'a')
  await settle()
  send(parts, 'a', 'b')
  await settle()
  t.is(asked.now, undefined)
  send(parts, 'z')
  await settle()
  t.deepEqual(bodies(asked.now?.body ?? Buffer.alloc(0)), ['z'])
  t.is(asked.now?.ext['nextBeginOffset'], '4')
})

test('a match among several arrivals of one turn is found', async (t) => {
  const parts = filled()
  const held = pull({ sysFlag: subscription | suspend, subscription: 'z' })
  const asked = ask(parts.ports, 11, held)
  send(parts, 'z', 'a')
  await settle()
  t.deepEqual(bodies(asked.now?.body ?? Buffer.alloc(0)), ['z'])
})

test('a held pull goes with its connection', async (t) => {
  const { ports, holds } = filled('a')
  const peer = new FakePeer()
  const held = pull({ queueOffset: 1, sysFlag: subscription | suspend })
  const asked = ask(ports, 11, held, { peer })
  peer.close()
  t.is(holds.count, 0)
  await settle()
  t.is(asked.now, undefined)
})

test('a cold pull is answered when its bytes were read', async (t) => {
  const { ports, store } = filled('a')
  store.cold = true
  const asked = ask(ports, 11, pull())
  t.is(asked.now, undefined)
  t.deepEqual(bodies((await asked.answer).body), ['a'])
})

test('a pull commits the offset it brings', (t) => {
  const { ports, offsets } = filled('a', 'b')
  answerOf(ports, 11, pull({ sysFlag: subscription | 1, commitOffset: 1 }))
  t.is(offsets.find('g', { topic: 't', queueId: 0 }), 1)
  t.is(offsets.pulledTo('g', { topic: 't', queueId: 0 }), 2)
})

test('a pull gives at most as many messages as the broker allows', (t) => {
  const parts = brokerParts({ topics: { t: 1 }, config: { pullBatchMaxMessageCount: 2 } })
  send(parts, 'a', 'b', 'c')
  t.is(bodies(answerOf(parts.ports, 11, pull({ maxMsgNums: 1000 })).body).length, 2)
})

test('a loaded master names the slave when slaves may be read', (t) => {
  const parts = brokerParts({ topics: { t: 1 }, config: { slaveReadEnable: true } })
  send(parts, 'a')
  t.is(answerOf(parts.ports, 11, pull()).ext['suggestWhichBrokerId'], '0')
  parts.store.isLoaded = true
  t.is(answerOf(parts.ports, 11, pull()).ext['suggestWhichBrokerId'], '1')
})

const refused: Record<string, { ext?: object; given?: (parts: Parts) => void; code: number }> = {
  'the topic is unknown': { ext: { topic: 'u' }, code: 17 },
  'the topic cannot be read': {
    given: ({ topics }) => {
      const topic = topics.find('t')
      if (topic) topics.put({ ...topic, perm: 2 })
    },
    code: 16,
  },
  'the queue does not exist': { ext: { queueId: 1 }, code: 29 },
  'the queue is negative': { ext: { queueId: -1 }, code: 29 },
  'the group may not consume': {
    given: ({ groups }) => groups.put(parseGroupConfig({ groupName: 'g', consumeEnable: false })),
    code: 16,
  },
  'the group name is not legal': { ext: { consumerGroup: 'a b' }, code: 26 },
  'the filter cannot be parsed': {
    ext: { expressionType: 'SQL92', subscription: 'a >' },
    code: 23,
  },
  'the group is not online': { ext: { sysFlag: 0 }, code: 24 },
}

for (const [reason, { ext, given, code }] of Object.entries(refused)) {
  test(`a pull is refused with ${code} when ${reason}`, (t) => {
    const parts = filled('a')
    given?.(parts)
    t.is(answerOf(parts.ports, 11, { ...pull(), ...ext }).code, code)
  })
}

function heartbeat(parts: Parts, given: object = {}): void {
  const subscribed = { topic: 't', subString: 'a', subVersion: 5, ...given }
  const body = Buffer.from(
    JSON.stringify({
      clientID: 'c',
      consumerDataSet: [
        { groupName: 'g', messageModel: 'CLUSTERING', subscriptionDataSet: [subscribed] },
      ],
    }),
  )
  answerOf(parts.ports, 34, {}, { body })
}

test("a pull without an expression uses the heartbeat's", (t) => {
  const parts = filled('a', 'b')
  heartbeat(parts)
  const answer = answerOf(parts.ports, 11, pull({ sysFlag: 0, subVersion: 5 }))
  t.deepEqual(bodies(answer.body), ['a'])
})

test('a pull of another topic than the subscribed ones is refused', (t) => {
  const parts = filled('a')
  heartbeat(parts, { topic: 'other' })
  t.is(answerOf(parts.ports, 11, pull({ sysFlag: 0 })).code, 24)
})

test('a pull with a newer subscription than the heartbeat is refused', (t) => {
  const parts = filled('a')
  heartbeat(parts)
  t.is(answerOf(parts.ports, 11, pull({ sysFlag: 0, subVersion: 6 })).code, 25)
})

test("a pull is refused while the heartbeat's filter cannot be compiled", (t) => {
  const parts = filled('a')
  heartbeat(parts, { expressionType: 'SQL92', subString: 'a >' })
  t.is(answerOf(parts.ports, 11, pull({ sysFlag: 0, subVersion: 5 })).code, 27)
})
