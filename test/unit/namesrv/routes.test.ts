// Source: RouteInfoManager

import test from 'ava'
import type { Registration } from '../../../src/namesrv/registration.ts'
import { Routes } from '../../../src/namesrv/routes.ts'
import type { TopicSettings } from '../../../src/namesrv/topic-table.ts'

const limits = { topicEntriesMax: 100, brokersMax: 3, answerCacheBytes: 10_000 }
const noOrder = () => undefined
const routes = (given: Partial<typeof limits> = {}) => new Routes({ ...limits, ...given }, noOrder)

const topic = (topicName: string, given: Partial<TopicSettings> = {}): TopicSettings => ({
  topicName,
  readQueueNums: 4,
  writeQueueNums: 4,
  perm: 6,
  topicSysFlag: 0,
  ...given,
})

const version = (counter: number, stateVersion = 0) => ({ stateVersion, timestamp: 1, counter })

const broker = (given: Partial<Registration> = {}): Registration => ({
  clusterName: 'c',
  brokerName: 'b',
  brokerAddr: '10.0.0.1:10911',
  brokerId: 0,
  haServerAddr: '10.0.0.1:10912',
  enableActingMaster: false,
  dataVersion: version(1),
  topics: [topic('t'), topic('u')],
  ...given,
})

const slave = (given: Partial<Registration> = {}) =>
  broker({ brokerId: 1, brokerAddr: '10.0.0.2:10911', haServerAddr: '10.0.0.2:10912', ...given })

const read = (bytes: Uint8Array | undefined) =>
  bytes && JSON.parse(Buffer.from(bytes).toString('utf8'))

test('the route of a topic is what its broker registered', (t) => {
  const table = routes()
  table.register(broker({ topics: [topic('t', { readQueueNums: 2, perm: 4 }), topic('u')] }), 1, 0)
  t.deepEqual(read(table.route('t')), {
    brokerDatas: [
      {
        brokerAddrs: { '0': '10.0.0.1:10911' },
        brokerName: 'b',
        cluster: 'c',
        enableActingMaster: false,
      },
    ],
    filterServerTable: {},
    queueDatas: [
      { brokerName: 'b', perm: 4, readQueueNums: 2, topicSysFlag: 0, writeQueueNums: 4 },
    ],
  })
  t.is(table.route('other'), undefined)
})

test('an answer is the same bytes until something in it changes', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  const before = table.route('t')
  table.register(broker(), 1, 10)
  table.register(broker({ dataVersion: version(2), topics: [topic('v')] }), 1, 20)
  t.is(table.route('t'), before)

  table.register(slave(), 2, 30)
  t.deepEqual(read(table.route('t')).brokerDatas[0].brokerAddrs, {
    '0': '10.0.0.1:10911',
    '1': '10.0.0.2:10911',
  })
  table.register(
    broker({ dataVersion: version(3), topics: [topic('t', { perm: 2 }), topic('u')] }),
    1,
    40,
  )
  t.is(read(table.route('t')).queueDatas[0].perm, 2)
})

test('the cache of answers keeps to its bytes', (t) => {
  const table = routes({ answerCacheBytes: 300 })
  table.register(broker(), 1, 0)
  const first = table.route('t')
  t.is(table.route('t'), first)
  table.route('u')
  t.not(table.route('t'), first)
  t.deepEqual(table.route('t'), first)
})

test('a route carries the order configuration of its topic', (t) => {
  const conf = new Map([['t', 'b:4']])
  const table = new Routes(limits, (name) => conf.get(name))
  table.register(broker(), 1, 0)
  t.is(read(table.route('t')).orderTopicConf, 'b:4')
  t.false('orderTopicConf' in read(table.route('u')))
  conf.delete('t')
  table.orderConfChanged('t')
  t.false('orderTopicConf' in read(table.route('t')))
})

test('a topic of several brokers lists them all', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(broker({ brokerName: 'b2', brokerAddr: '10.0.0.9:1' }), 2, 0)
  const names = read(table.route('t')).brokerDatas.map(
    (one: { brokerName: string }) => one.brokerName,
  )
  t.deepEqual(names, ['b', 'b2'])
})

test('a set stands in the zone of its master', (t) => {
  const table = routes()
  const zoneName = () => read(table.route('t')).brokerDatas[0].zoneName
  table.register(slave({ zoneName: 'east', topics: [topic('t'), topic('u')] }), 2, 0)
  t.is(zoneName(), 'east')
  table.register(broker({ zoneName: 'west' }), 1, 0)
  t.is(zoneName(), 'west')
  table.register(slave({ zoneName: 'east' }), 2, 0)
  t.is(zoneName(), 'west')
  t.deepEqual(read(table.route('t')).brokerDatas[0].rwZones, { 0: 'west', 1: 'east' })
})

test('a route of one zone leaves out other sets, but those without a master', (t) => {
  const table = routes({ brokersMax: 4 })
  const names = (zone?: string) => {
    const { brokerDatas, queueDatas } = read(table.route('t', zone))
    const namesOf = (list: { brokerName: string }[]) => list.map(({ brokerName }) => brokerName)
    t.deepEqual(namesOf(queueDatas), namesOf(brokerDatas))
    return namesOf(brokerDatas)
  }
  table.register(broker({ brokerName: 'w', zoneName: 'West' }), 1, 0)
  table.register(broker({ brokerName: 'e', brokerAddr: 'e:1', zoneName: 'east' }), 2, 0)
  table.register(broker({ brokerName: 'none', brokerAddr: 'n:1' }), 3, 0)
  t.deepEqual(names(), ['w', 'e', 'none'])
  t.deepEqual(names('west'), ['w'])
  t.deepEqual(names('EAST'), ['e'])
  t.deepEqual(names('south'), [])
  const lost = { brokerName: 'lost', brokerAddr: 'l:1', brokerId: 1, zoneName: 'east' }
  table.register(broker({ ...lost, topics: [topic('t'), topic('u')] }), 4, 0)
  t.deepEqual(names('west'), ['w', 'lost'])
  t.is(table.route('unknown', 'west'), undefined)
})

test('cluster info lists brokers by cluster', (t) => {
  const table = routes()
  t.deepEqual(read(table.clusterInfo()), { brokerAddrTable: {}, clusterAddrTable: {} })
  table.register(broker(), 1, 0)
  table.register(
    broker({ brokerName: 'd', clusterName: 'e', brokerAddr: 'x:1', zoneName: 'z' }),
    2,
    0,
  )
  t.deepEqual(read(table.clusterInfo()), {
    brokerAddrTable: {
      b: {
        brokerAddrs: { '0': '10.0.0.1:10911' },
        brokerName: 'b',
        cluster: 'c',
        enableActingMaster: false,
      },
      d: {
        brokerAddrs: { '0': 'x:1' },
        brokerName: 'd',
        cluster: 'e',
        enableActingMaster: false,
        zoneName: 'z',
        rwZones: { 0: 'z' },
      },
    },
    clusterAddrTable: { c: ['b'], e: ['d'] },
  })
})

test('a slave learns the addresses of its master, a master nothing', (t) => {
  const table = routes()
  t.deepEqual(table.register(slave(), 2, 0), {})
  t.deepEqual(table.register(broker(), 1, 0), {})
  t.deepEqual(table.register(slave(), 2, 0), {
    masterAddr: '10.0.0.1:10911',
    haServerAddr: '10.0.0.1:10912',
  })
})

test('a slave does not change topics while there is a master', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(
    slave({ dataVersion: version(9), topics: [topic('t', { perm: 4 }), topic('x')] }),
    2,
    0,
  )
  t.is(read(table.route('t')).queueDatas[0].perm, 6)
  t.is(table.route('x'), undefined)
})

test('the smallest slave speaks for its broker while there is no master', (t) => {
  const table = routes()
  table.register(slave({ brokerId: 2 }), 2, 0)
  t.is(read(table.route('t')).queueDatas[0].perm, 6)
})

test('a slave that may act as master registers its topics read-only', (t) => {
  const table = routes()
  table.register(slave({ enableActingMaster: true }), 2, 0)
  t.is(read(table.route('t')).queueDatas[0].perm, 4)
})

test('a slave of before 5.0 never speaks for its broker', (t) => {
  const table = routes()
  table.register(slave({ enableActingMaster: undefined }), 2, 0)
  t.is(table.route('t'), undefined)
})

test('one topic of a replica that never registered whole is refused', (t) => {
  const table = routes()
  const one = broker({ topics: [topic('t')] })
  t.like(
    t.throws(() => table.register(one, 1, 0)),
    { failure: 'broker-error' },
  )
  t.is(table.broker('b'), undefined)
})

test('an unchanged data version only adds the topics that are missing', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.wipeWritePerm('b')
  table.register(broker({ topics: [topic('t'), topic('u'), topic('v')] }), 1, 0)
  t.is(read(table.route('t')).queueDatas[0].perm, 4)
  t.is(read(table.route('v')).queueDatas[0].perm, 6)
  table.register(broker({ dataVersion: version(2) }), 1, 0)
  t.is(read(table.route('t')).queueDatas[0].perm, 6)
})

test('topics stay when a registration no longer names them', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(broker({ dataVersion: version(2), topics: [topic('v')] }), 1, 0)
  t.deepEqual(table.topics(), ['t', 'u', 'v'])
})

test('a slave that becomes master leaves its old id', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(slave(), 2, 0)
  table.register(slave({ brokerId: 0, dataVersion: version(1, 1) }), 2, 0)
  t.deepEqual(read(table.route('t')).brokerDatas[0].brokerAddrs, { '0': '10.0.0.2:10911' })
})

test('a former master with a lower state version is left out', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(slave({ brokerId: 0, dataVersion: version(1, 2) }), 2, 0)
  t.deepEqual(table.register(broker({ dataVersion: version(5, 1) }), 1, 0), {})
  t.deepEqual(read(table.route('t')).brokerDatas[0].brokerAddrs, { '0': '10.0.0.2:10911' })
  t.false(table.heartbeat(broker(), 0))
})

test('the same id from another address wins with an equal state version', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(broker({ brokerAddr: 'new:1' }), 2, 0)
  t.deepEqual(read(table.route('t')).brokerDatas[0].brokerAddrs, { '0': 'new:1' })
  // The old address must not take the new one along when it expires.
  t.is(table.peerClosed(1).length, 1)
  t.deepEqual(read(table.route('t')).brokerDatas[0].brokerAddrs, { '0': 'new:1' })
})

test('a broker that unregisters takes its topics along', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(
    broker({ brokerName: 'b2', brokerAddr: 'x:1', topics: [topic('t'), topic('w')] }),
    2,
    0,
  )
  table.unregister(broker())
  t.deepEqual(table.topics(), ['t', 'w'])
  t.is(table.broker('b'), undefined)
  t.deepEqual(read(table.clusterInfo()).clusterAddrTable, { c: ['b2'] })
})

test('topics stay while a replica of the broker is left', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(slave(), 2, 0)
  table.unregister(broker())
  const route = read(table.route('t'))
  t.deepEqual(route.brokerDatas[0].brokerAddrs, { '1': '10.0.0.2:10911' })
  t.is(route.queueDatas[0].perm, 6)
})

test('topics become read-only when the master leaves replicas that may act for it', (t) => {
  const table = routes()
  table.register(broker({ enableActingMaster: true }), 1, 0)
  table.register(slave({ enableActingMaster: true }), 2, 0)
  table.unregister(broker())
  t.is(read(table.route('t')).queueDatas[0].perm, 4)
})

test('unregistering an address that is not there changes nothing', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.unregister({ brokerName: 'b', brokerAddr: 'other:1' })
  table.unregister({ brokerName: 'none', brokerAddr: 'other:1' })
  t.truthy(table.route('t'))
})

test('a broker is forgotten after 120 s of silence', (t) => {
  const table = routes()
  table.register(broker(), 1, 1_000)
  t.deepEqual(table.expire(121_000), [])
  t.like(table.expire(121_001), [{ brokerName: 'b', brokerAddr: '10.0.0.1:10911' }])
  t.is(table.route('t'), undefined)
})

test('a broker may ask for a shorter time of silence', (t) => {
  const table = routes()
  table.register(broker({ heartbeatTimeoutMs: 5_000 }), 1, 0)
  t.is(table.expire(5_001).length, 1)
})

test('heartbeats keep a broker, but only one that is registered', (t) => {
  const table = routes()
  t.false(table.heartbeat(broker(), 0))
  table.register(broker(), 1, 0)
  t.true(table.heartbeat(broker(), 100_000))
  t.deepEqual(table.expire(200_000), [])
  t.is(table.expire(220_001).length, 1)
})

test('a closed connection takes its brokers, unless they came again over another', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(broker({ brokerName: 'b2', brokerAddr: 'x:1' }), 1, 0)
  table.register(broker(), 2, 0)
  t.like(table.peerClosed(1), [{ brokerName: 'b2' }])
  t.truthy(table.route('t'))
  t.like(table.peerClosed(2), [{ brokerName: 'b' }])
  t.is(table.route('t'), undefined)
})

test('the data version last registered is remembered by address', (t) => {
  const table = routes()
  t.is(table.dataVersion(broker()), undefined)
  table.register(broker(), 1, 0)
  t.deepEqual(table.dataVersion(broker()), version(1))
})

test('write permission is taken and given back for all topics of a broker', (t) => {
  const table = routes()
  table.register(broker({ topics: [topic('t', { perm: 7 }), topic('u', { perm: 4 })] }), 1, 0)
  t.is(table.wipeWritePerm('b'), 2)
  t.is(read(table.route('t')).queueDatas[0].perm, 5)
  t.is(table.addWritePerm('b'), 2)
  t.is(read(table.route('t')).queueDatas[0].perm, 6)
  t.is(read(table.route('u')).queueDatas[0].perm, 6)
  t.is(table.wipeWritePerm('none'), 0)
})

test('a topic is deleted from one cluster or from everywhere', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(broker({ brokerName: 'b2', clusterName: 'c2', brokerAddr: 'x:1' }), 2, 0)
  table.deleteTopic('t', 'c2')
  t.deepEqual(read(table.route('t')).queueDatas.length, 1)
  table.deleteTopic('t', 'c')
  t.is(table.route('t'), undefined)
  table.deleteTopic('u')
  t.deepEqual(table.topics(), [])
})

test('topics are listed by cluster and by flag', (t) => {
  const table = routes()
  table.register(broker({ topics: [topic('t', { topicSysFlag: 1 }), topic('u')] }), 1, 0)
  table.register(broker({ brokerName: 'b2', clusterName: 'c2', brokerAddr: 'x:1' }), 2, 0)
  table.setTopic('only-c2', [{ brokerName: 'b2', ...topic('only-c2') }])
  t.deepEqual(table.topicsOfCluster('c'), ['t', 'u'])
  t.deepEqual(table.topicsOfCluster('c2'), ['t', 'u', 'only-c2'])
  t.deepEqual(
    table.topicsByFlag((flag) => flag === 1),
    ['t'],
  )
})

test('a single topic is set on known brokers only', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.setTopic('n', [
    { brokerName: 'b', ...topic('n', { readQueueNums: 8 }) },
    { brokerName: 'unknown', ...topic('n') },
  ])
  t.like(read(table.route('n')).queueDatas, [{ brokerName: 'b', readQueueNums: 8 }])
  t.is(read(table.route('n')).queueDatas.length, 1)
})

test('brokers and topics beyond the limits are refused and change nothing', (t) => {
  const table = routes({ brokersMax: 1, topicEntriesMax: 2 })
  table.register(broker(), 1, 0)
  const more = broker({ dataVersion: version(2), topics: [topic('t'), topic('v')] })
  t.like(
    t.throws(() => table.register(more, 1, 0)),
    { failure: 'broker-busy' },
  )
  const another = broker({ brokerName: 'b2', brokerAddr: 'x:1' })
  t.like(
    t.throws(() => table.register(another, 2, 0)),
    { failure: 'broker-busy' },
  )
  t.deepEqual(table.topics(), ['t', 'u'])
  table.register(broker({ dataVersion: version(3) }), 1, 0)
})

test('a broker that moves to another cluster is listed there only', (t) => {
  const table = routes()
  table.register(broker(), 1, 0)
  table.register(broker({ clusterName: 'moved' }), 2, 0)
  t.deepEqual(read(table.clusterInfo()).clusterAddrTable, { moved: ['b'] })
  t.deepEqual(table.peerClosed(1), [])
})
