// Source: AdminBrokerProcessor

import test from 'ava'
import { javaHash } from '../../../../src/message/tags.ts'
import { answerOf, ask, brokerParts } from '../../../support/broker.ts'

const change = (text: string) => ({ body: Buffer.from(text) })

test('a setting of the list is changed at once', (t) => {
  const { ports } = brokerParts()
  t.is(answerOf(ports, 25, {}, change('autoCreateTopicEnable=false\n')).code, 0)
  t.false(ports.settings.current.autoCreateTopicEnable)
  t.true(answerOf(ports, 26, {}).body.toString().includes('autoCreateTopicEnable=false\n'))
})

test('what the broker permits is registered again when it changes', (t) => {
  const { ports } = brokerParts()
  const { counter } = ports.topics.dataVersion
  answerOf(ports, 25, {}, change('longPollingEnable=false\n'))
  t.is(ports.topics.dataVersion.counter, counter)
  answerOf(ports, 25, {}, change('brokerPermission=4\n'))
  t.is(ports.topics.dataVersion.counter, counter + 1)
})

test('expired files of log and queues are deleted when asked for', async (t) => {
  const { ports, cleaned } = brokerParts()
  t.is(answerOf(ports, 329, {}).code, 0)
  t.is((await ask(ports, 306, {}).answer).code, 0)
  t.deepEqual(cleaned, ['log', 'queues'])
})

// CVE-2023-33246: these three made Apache's broker run a shell.
const exploit = ['filterServerNums', 'rocketmqHome', 'storePathCommitLog']

for (const key of ['storePathRootDir', 'brokerIP1', 'namesrvAddr', ...exploit, '__proto__']) {
  test(`${key} cannot be changed, and nothing beside it`, (t) => {
    const { ports } = brokerParts()
    const before = ports.settings.current
    t.is(answerOf(ports, 25, {}, change(`longPollingEnable=false\n${key}=x`)).code, 16)
    t.is(ports.settings.current, before)
  })
}

test('a value that does not fit is refused', (t) => {
  const { ports } = brokerParts()
  t.is(answerOf(ports, 25, {}, change('pullBatchMaxMessageCount=many')).code, 29)
  t.is(answerOf(ports, 25, {}, change('')).code, 29)
})

test('the settings are shown as sorted properties with a version', (t) => {
  const { ext, body } = answerOf(brokerParts().ports, 26, {})
  t.deepEqual(JSON.parse(ext['version'] ?? ''), { counter: 0, stateVersion: 0, timestamp: 0 })
  const keys = body
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('=')[0])
  t.deepEqual(keys, keys.toSorted())
  t.true(keys.includes('brokerName'))
})

test("the figures that Apache's tools need are all there", async (t) => {
  const { ports, clock } = brokerParts()
  await clock.advance(3_723_000)
  const { table } = JSON.parse(answerOf(ports, 28, {}).body.toString())
  t.is(table.runtime, '[ 0 days, 1 hours, 2 minutes, 3 seconds ]')
  for (const key of [
    'brokerVersionDesc',
    'brokerActive',
    'putTps',
    'getTransferredTps',
    'sendThreadPoolQueueSize',
    'pullThreadPoolQueueSize',
    'ackThreadPoolQueueSize',
    'sendThreadPoolQueueHeadWaitTimeMills',
    'pullThreadPoolQueueHeadWaitTimeMills',
    'ackThreadPoolQueueHeadWaitTimeMills',
    'pageCacheLockTimeMills',
    'earliestMessageTimeStamp',
    'commitLogDiskRatio',
    'timerReadBehind',
    'timerOffsetBehind',
    'timerCongestNum',
    'timerEnqueueTps',
    'timerDequeueTps',
    'putMessageDistributeTime',
    'putMessageEntireTimeMax',
    'getMessageEntireTimeMax',
    'putLatency99',
    'putLatency999',
  ]) {
    t.is(typeof table[key], 'string', key)
  }
})

const send = (parts: ReturnType<typeof brokerParts>, tag: string) => {
  const i = `TAGS\u0001${tag}\u0002`
  const ext = { a: 'p', b: 't', c: 'TBW102', d: 4, e: 0, f: 0, g: 1, h: 0, i }
  answerOf(parts.ports, 310, ext, { body: Buffer.from(tag) })
}

test('the figures are those of what was sent', async (t) => {
  const parts = brokerParts({ topics: { t: 1 } })
  parts.stats.start()
  t.is(
    JSON.parse(answerOf(parts.ports, 28, {}).body.toString()).table.earliestMessageTimeStamp,
    '-1',
  )
  await parts.clock.advance(1000)
  const first = parts.clock.now()
  for (let i = 0; i < 20; i++) send(parts, 'a')
  await parts.clock.advance(10_000)
  const { table } = JSON.parse(answerOf(parts.ports, 28, {}).body.toString())
  t.like(table, {
    putTps: '2.0  ',
    getTransferredTps: '0.0  ',
    putMessageTimesTotal: '20',
    msgPutTotalTodayNow: '20',
    earliestMessageTimeStamp: String(first),
    commitLogDiskRatio: '0.25',
    commitLogDirCapacity: 'Total : 4.0 GiB, Free : 3.0 GiB.',
  })
  parts.stats.stop()
})

test('the figures of a topic are shown under the names of Apache', async (t) => {
  const parts = brokerParts({ topics: { t: 1 } })
  parts.stats.start()
  send(parts, 'a')
  await parts.clock.advance(10_000)
  const asked = (statsName: string) => answerOf(parts.ports, 315, { statsName, statsKey: 't' })
  t.is(JSON.parse(asked('TOPIC_PUT_NUMS').body.toString()).statsMinute.sum, 1)
  t.is(asked('GROUP_GET_NUMS').code, 1)
  t.is(asked('__proto__').code, 1)
  parts.stats.stop()
})

test('a queue is shown as it is stored', (t) => {
  const parts = brokerParts({ topics: { t: 1 } })
  for (const tag of ['a', 'b', 'c']) send(parts, tag)
  const header = { topic: 't', queueId: 0, index: 1, count: 5 }
  const shown = JSON.parse(answerOf(parts.ports, 321, header).body.toString())
  t.like(shown, { minQueueIndex: 0, maxQueueIndex: 3 })
  t.deepEqual(
    shown.queueData.map(({ tagsCode }: { tagsCode: number }) => tagsCode),
    [98, 99],
  )
  t.true(shown.queueData[0].physicOffset > 0)
  t.is(answerOf(parts.ports, 321, { ...header, queueId: 7 }).code, 1)
  t.is(answerOf(parts.ports, 321, { ...header, topic: 'u' }).code, 17)
})

test('queues of a topic that is gone are removed, others are kept', (t) => {
  const parts = brokerParts({ topics: { t: 1 } })
  send(parts, 'a')
  const stray = { ...parts.store.appended[0], topic: 'gone' }
  parts.store.append(stray as (typeof parts.store.appended)[number])
  t.is(answerOf(parts.ports, 316, {}).code, 0)
  t.is(parts.store.maxOffset({ topic: 'gone', queueId: 0 }), 0)
  t.is(parts.store.maxOffset({ topic: 't', queueId: 0 }), 1)
})

test('a master without slaves says so', (t) => {
  const { body } = answerOf(brokerParts().ports, 907, {})
  t.like(JSON.parse(body.toString()), { master: true, inSyncSlaveNums: 0, haConnectionInfo: [] })
})

test('what waits for an exact time is told by topic', (t) => {
  const waiting = [
    { topicHash: javaHash('orders'), count: 3, changedMs: 5000 },
    { topicHash: javaHash('of a deleted topic'), count: 9, changedMs: 9000 },
  ]
  const timer = { waiting, changes: 7, notTakenIn: 2, lateSeconds: 1 }
  const { ports } = brokerParts({ topics: { orders: 1 }, timer })
  t.deepEqual(JSON.parse(answerOf(ports, 61, {}).body.toString()), {
    dataVersion: { counter: 7, stateVersion: 0, timestamp: 9000 },
    timingCount: { orders: { count: 3, timeStamp: 5000 } },
  })
  const { table } = JSON.parse(answerOf(ports, 28, {}).body.toString())
  t.like(table, { timerCongestNum: '12', timerOffsetBehind: '2', timerReadBehind: '1' })

  const slave = brokerParts().ports
  const { timingCount } = JSON.parse(answerOf(slave, 61, {}).body.toString())
  t.deepEqual(timingCount, {}, 'a slave does not count what waits at its master')
  const without = brokerParts({ config: { timerWheelEnable: false } }).ports
  t.is(answerOf(without, 61, {}).code, 1)
})
