// Source: MQClientInstance; answers as in the golden traffic of 105 and 106

import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { NameServers } from '../../../src/client/cluster.ts'
import { Routes, readClusterInfo, readRoute } from '../../../src/client/routes.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import {
  clusterJson,
  type FakeAnswer,
  FakeRemoting,
  lost,
  routeJson,
} from '../../support/fake-remoting.ts'

/** Name servers whose answer a test replaces. */
function setup(first: FakeAnswer | Error) {
  const state = { answer: first }
  const remoting = new FakeRemoting(() => {
    if (state.answer instanceof Error) throw state.answer
    return state.answer
  })
  const clock = new FakeClock()
  const servers = new NameServers(remoting, { addresses: ['n:1'], timeoutMs: 9, first: 0 })
  return { state, remoting, clock, routes: new Routes(servers, clock) }
}

const onA = { body: routeJson({ a: 'a:1' }) }
const onB = { body: routeJson({ b: 'b:1' }) }
const missing = { code: 17 }
const namesOf = (route: { brokers: readonly { name: string }[] }) =>
  route.brokers.map(({ name }) => name)

test('a route is read as it is printed, quoted ids or not', (t) => {
  const json =
    '{"brokerDatas":[{"brokerAddrs":{0:"a:1","1":"a:2"},"brokerName":"a","cluster":"c"}],"queueDatas":[{"brokerName":"a","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":2}]}'
  t.deepEqual(readRoute('t', Buffer.from(json)), {
    topic: 't',
    brokers: [
      {
        name: 'a',
        cluster: 'c',
        addresses: new Map([
          [0, 'a:1'],
          [1, 'a:2'],
        ]),
      },
    ],
    queues: [{ broker: 'a', readQueues: 4, writeQueues: 2, perm: 6 }],
  })
})

test("cluster info is read as Apache's name server prints it", (t) => {
  const json =
    '{"brokerAddrTable":{"broker-c":{"brokerAddrs":{0:"127.0.0.1:10931"},"brokerName":"broker-c","cluster":"CaptureCluster","enableActingMaster":false}},"clusterAddrTable":{"CaptureCluster":["broker-c"]}}'
  const broker = {
    name: 'broker-c',
    cluster: 'CaptureCluster',
    addresses: new Map([[0, '127.0.0.1:10931']]),
  }
  t.deepEqual(readClusterInfo(Buffer.from(json)), new Map([['broker-c', broker]]))
})

test('a route is asked for once in 30 s', async (t) => {
  const { routes, remoting, clock } = setup(onA)
  const [first, second] = await Promise.all([routes.route('t'), routes.route('t')])
  await clock.advance(29_999)
  t.is(await routes.route('t'), first)
  t.is(second, first)
  t.is(remoting.asked.length, 1)
})

test('after 30 s the old route serves while the new one is on its way', async (t) => {
  const { routes, state, clock } = setup(onA)
  await routes.route('t')
  state.answer = onB
  await clock.advance(30_000)
  t.deepEqual(namesOf(await routes.route('t')), ['a'])
  await clock.advance(0)
  t.deepEqual(namesOf(await routes.route('t')), ['b'])
})

test('a route that was not used for 2 minutes is looked up before it is', async (t) => {
  const { routes, state, clock } = setup(onA)
  await routes.route('t')
  state.answer = onB
  await clock.advance(120_000)
  t.deepEqual(namesOf(await routes.route('t')), ['b'])
})

test('a route that did not work is looked up at the next use, once in a second', async (t) => {
  const { routes, state, clock, remoting } = setup(onA)
  await routes.route('t')
  state.answer = onB
  routes.doubt('t')
  t.deepEqual(namesOf(await routes.route('t')), ['a'])
  await clock.advance(1000)
  routes.doubt('t')
  t.deepEqual(namesOf(await routes.route('t')), ['b'])
  t.is(remoting.asked.length, 2)
})

test('a route with a set that has no master serves for a second', async (t) => {
  const { routes, state, clock, remoting } = setup(onA)
  state.answer = { body: Buffer.from(routeJson({ a: 'a:1' }).replace('"0":', '"1":')) }
  const lost = await routes.route('t')
  t.false(lost.brokers[0]?.addresses.has(0))
  await clock.advance(999)
  t.is(await routes.route('t'), lost)
  state.answer = onA
  await clock.advance(1)
  t.true((await routes.route('t')).brokers[0]?.addresses.has(0))
  await clock.advance(20_000)
  await routes.route('t')
  t.is(remoting.asked.length, 2)
})

test('without name servers the known route goes on serving', async (t) => {
  const { routes, state, clock } = setup(onA)
  await routes.route('t')
  state.answer = lost(false)
  await clock.advance(600_000)
  t.deepEqual(namesOf(await routes.route('t')), ['a'])
  t.like(await t.throwsAsync(routes.route('other')), { failure: 'broker-unavailable' })
})

test('a topic that was deleted is gone when its route is looked up', async (t) => {
  const { routes, state, clock } = setup(onA)
  await routes.route('t')
  state.answer = missing
  await clock.advance(120_000)
  t.like(await t.throwsAsync(routes.route('t')), { failure: 'topic-not-found' })
})

test('a topic that is not there is asked for again at each use', async (t) => {
  const { routes, state } = setup(missing)
  t.like(await t.throwsAsync(routes.route('t')), { failure: 'topic-not-found' })
  state.answer = onA
  t.deepEqual(namesOf(await routes.route('t')), ['a'])
})

test('masters are the brokers with an id 0, and are looked up anew while there are none', async (t) => {
  const { routes, state } = setup({ body: clusterJson({}) })
  t.is((await routes.masters()).size, 0)
  const slave = { brokerAddrs: { 1: 's:1' }, brokerName: 'slave', cluster: 'c' }
  const info = JSON.parse(clusterJson({ a: 'a:1' }))
  info.brokerAddrTable.slave = slave
  state.answer = { body: JSON.stringify(info) }
  t.deepEqual([...(await routes.masters()).keys()], ['a'])
})

test('a broker that came after the last look is found', async (t) => {
  const { routes, state, remoting } = setup({ body: clusterJson({ a: 'a:1' }) })
  await routes.broker('a')
  state.answer = { body: clusterJson({ a: 'a:1', b: 'b:1' }) }
  t.is((await routes.broker('b')).addresses.get(0), 'b:1')
  t.is(remoting.asked.length, 2)
  t.like(await t.throwsAsync(routes.broker('c')), { failure: 'broker-not-found' })
})

test('an answer from before a change of ours is not kept', async (t) => {
  const { routes, state } = setup(onA)
  const before = routes.route('t')
  routes.forget('t')
  await before
  state.answer = onB
  t.deepEqual(namesOf(await routes.route('t')), ['b'])
})

test('the appearance of a topic is waited for, but not for ever', async (t) => {
  const { routes, state, clock } = setup(missing)
  let isThere = false
  const waiting = routes.appearance('t', ['a'], 2000).then(() => {
    isThere = true
  })
  await clock.advance(100)
  t.false(isThere)
  state.answer = onA
  await clock.advance(200)
  t.true(isThere)
  await waiting

  const never = routes.appearance('t', ['a', 'b'], 2000)
  await clock.advance(2000)
  await never
  t.is(clock.pending, 0)
})

test('a route that is no JSON is refused', (t) => {
  const error = t.throws(() => readRoute('t', Buffer.from('{')), { instanceOf: MqError })
  t.is(error?.failure, 'malformed-body')
})
