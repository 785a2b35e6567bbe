// The tables in their files: Java's forms in, Java's forms out.

import test from 'ava'
import { silentLog } from '../../../src/base/log.ts'
import { brokerConfig } from '../../../src/broker/config.ts'
import { Settings } from '../../../src/broker/settings.ts'
import { topicConfig } from '../../../src/broker/start-topics.ts'
import { TopicTable } from '../../../src/broker/topics.ts'
import { MemoryStateFile } from '../../support/broker.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const settings = new Settings(brokerConfig.parse({}))

function table(file: MemoryStateFile) {
  const topics = new TopicTable({ file, clock: new FakeClock(), log: silentLog, settings })
  return topics
}

test('what one table saved the next one finds', async (t) => {
  const file = new MemoryStateFile()
  const first = table(file)
  first.load([topicConfig('s', 1)])
  first.put({ ...topicConfig('t', 3), order: true, attributes: { 'message.type': 'FIFO' } })
  await first.saved()
  const second = table(file)
  second.load([topicConfig('s', 1)])
  t.deepEqual(second.find('t'), first.find('t'))
  t.deepEqual(second.dataVersion, first.dataVersion)
})

test('a start that adds nothing writes nothing', (t) => {
  const file = new MemoryStateFile()
  table(file).load([topicConfig('s', 1)])
  t.is(file.saves, 1)
  table(file).load([topicConfig('s', 1)])
  t.is(file.saves, 1)
})

test('a file of an older broker is read', (t) => {
  const old = {
    dataVersion: { counter: 3, timestamp: 5 },
    topicConfigTable: { t: { topicName: 't', perm: 6, readQueueNums: 2, writeQueueNums: 2 } },
    someNewField: 1,
  }
  const topics = table(new MemoryStateFile(JSON.stringify(old)))
  topics.load([])
  t.deepEqual(topics.find('t'), { ...topicConfig('t', 2) })
  t.deepEqual(topics.dataVersion, { counter: 3, timestamp: 5, stateVersion: 0 })
})

test('a topic that a start makes keeps the settings it was given later', (t) => {
  const file = new MemoryStateFile()
  const first = table(file)
  first.load([topicConfig('s', 1)])
  first.put(topicConfig('s', 5))
  const second = table(file)
  second.load([topicConfig('s', 1)])
  t.is(second.find('s')?.readQueueNums, 5)
})

test('listeners hear of each change, and not of the load', (t) => {
  const topics = table(new MemoryStateFile())
  const heard: (string | undefined)[] = []
  topics.load([topicConfig('s', 1)])
  topics.onChange((changed) => heard.push(changed?.topicName))
  topics.put(topicConfig('t', 1))
  topics.ensure('t', { queueNums: 1 })
  topics.ensure('u', { queueNums: 1 })
  topics.ensure('u', { queueNums: 1, order: true })
  topics.remove('t')
  t.false(topics.remove('t'))
  t.deepEqual(heard, ['t', 'u', 'u', undefined])
})
