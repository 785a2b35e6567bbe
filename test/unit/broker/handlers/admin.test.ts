// Source: AdminBrokerProcessor

import test from 'ava'
import { answerOf, brokerParts } from '../../../support/broker.ts'

const change = (text: string) => ({ body: Buffer.from(text) })

test('a setting of the list is changed at once', (t) => {
  const { ports } = brokerParts()
  t.is(answerOf(ports, 25, {}, change('autoCreateTopicEnable=false\n')).code, 0)
  t.false(ports.settings.current.autoCreateTopicEnable)
  t.true(answerOf(ports, 26, {}).body.toString().includes('autoCreateTopicEnable=false\n'))
})

for (const key of ['storePathRootDir', 'brokerIP1', 'namesrvAddr', 'rocketmqHome', '__proto__']) {
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
  ]) {
    t.is(typeof table[key], 'string', key)
  }
})
