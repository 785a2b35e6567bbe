// Source: PopCheckPoint, AckMsg, BatchAckMsg, HookUtils.transformTimerMessage.

import test from 'ava'
import { type Checkpoint, checkpointKey } from '../../../../src/broker/pop/in-flight.ts'
import {
  ackRecord,
  checkpointRecord,
  readJournal,
} from '../../../../src/broker/pop/journal-records.ts'
import type { Message, OutgoingMessage } from '../../../../src/message/message.ts'
import { parseProperties } from '../../../../src/message/properties.ts'
import { storeHost } from '../../../support/pop-broker.ts'

const origin = { clusterName: 'DefaultCluster', storeHost }
const reviveTopic = 'rmq_sys_REVIVE_LOG_DefaultCluster'
const now = 1_700_000_000_000

const checkpoint: Checkpoint = {
  group: 'group',
  topic: 'topic',
  queueId: 0,
  startOffset: 100,
  popTime: now,
  invisibleMs: 60_000,
  reviveQid: 3,
  brokerName: 'broker-a',
  offsets: [100, 101, 104],
  isSuspended: false,
}

const text = (message: OutgoingMessage) => Buffer.from(message.body).toString()
const stored = (message: OutgoingMessage) =>
  ({ ...message, properties: parseProperties(message.properties) }) as unknown as Message

test('a checkpoint is the JSON that Java writes, keys sorted', (t) => {
  t.is(
    text(checkpointRecord(checkpoint, origin, now)),
    '{"bm":0,"bn":"broker-a","c":"group","d":[0,1,4],"it":60000,"n":3,' +
      '"pt":1700000000000,"q":0,"ro":0,"so":100,"t":"topic"}',
  )
})

test('a checkpoint waits in the timer topic until a second before its messages are due', (t) => {
  const message = checkpointRecord(checkpoint, origin, now)
  t.like(message, { topic: 'rmq_sys_wheel_timer', queueId: 0, flag: 0, sysFlag: 0 })
  t.deepEqual(Object.fromEntries(parseProperties(message.properties)), {
    TAGS: 'ck',
    UNIQ_KEY: 'topic@0@100@group@1700000000000@broker-a@ck',
    TIMER_DELIVER_MS: String(now + 59_000),
    // A whole second is the one before.
    TIMER_OUT_MS: String(now + 58_000),
    REAL_TOPIC: reviveTopic,
    REAL_QID: '3',
  })
})

test('a checkpoint that is due already goes straight to its revive queue', (t) => {
  const message = checkpointRecord({ ...checkpoint, invisibleMs: 1000 }, origin, now)
  t.like(message, { topic: reviveTopic, queueId: 3 })
  t.false(parseProperties(message.properties).has('TIMER_OUT_MS'))
})

test('one acknowledgement has its offset, several have a list', (t) => {
  const one = ackRecord(checkpoint, [101], origin, now)
  t.is(
    text(one),
    '{"ao":101,"bn":"broker-a","c":"group","pt":1700000000000,"q":0,"so":100,"t":"topic"}',
  )
  const properties = parseProperties(one.properties)
  t.is(properties.get('TAGS'), 'ack')
  t.is(properties.get('UNIQ_KEY'), 'topic@0@101@group@1700000000000@broker-a@ack')
  t.is(properties.get('TIMER_DELIVER_MS'), String(now + 60_000))

  const more = ackRecord(checkpoint, [100, 104], origin, now)
  t.true(text(more).startsWith('{"ao":-1,"aol":[100,104],"bn":'))
  t.is(parseProperties(more.properties).get('TAGS'), 'bAck')
})

test('what was written is read back, from either topic', (t) => {
  for (const invisibleMs of [60_000, 0]) {
    const written = { ...checkpoint, invisibleMs, isSuspended: invisibleMs === 0 }
    const key = checkpointKey('group', 'topic', 0, 100, now)
    for (const isAgain of [false, true]) {
      const record = stored(checkpointRecord(written, origin, now, isAgain))
      const read = readJournal(record, reviveTopic)
      t.deepEqual(read, { kind: 'checkpoint', key, checkpoint: written, isAgain })
    }
    const ack = stored(ackRecord(written, [100, 104], origin, now))
    t.deepEqual(readJournal(ack, reviveTopic), { kind: 'ack', key, offsets: [100, 104] })
  }
})

const readBody = (tag: string, body: string) => {
  const properties = new Map([['TAGS', tag]])
  const message = { topic: reviveTopic, queueId: 5, body: Buffer.from(body), properties }
  return readJournal(message as unknown as Message, reviveTopic)
}

test('a checkpoint of an old broker, without differences, names messages in a row', (t) => {
  const read = readBody('ck', '{"c":"g","it":1,"n":3,"pt":9,"q":1,"ro":0,"so":7,"t":"t"}')
  if (read?.kind !== 'checkpoint') return t.fail('it is a checkpoint')
  t.like(read.checkpoint, { reviveQid: 5, queueId: 1 })
  t.deepEqual(read.checkpoint.offsets, [7, 8, 9])
})

test('the long names of old brokers are read', (t) => {
  const names = '{"ackOffset":8,"consumerGroup":"g","popTime":9,"queueId":1,'
  const read = readBody('ack', `${names}"startOffset":7,"topic":"t"}`)
  t.deepEqual(read, { kind: 'ack', key: 't@g@1@7@9', offsets: [8] })
})

const strange: Record<string, readonly [tag: string, body: string]> = {
  'no JSON': ['ck', '{"bm":0,'],
  'JSON of another kind': ['ck', '[]'],
  'a field of another type': ['ck', '{"c":"g","it":"x","n":1,"pt":9,"q":1,"so":7,"t":"t"}'],
  'more messages than a pop takes': ['ck', '{"c":"g","it":1,"n":33,"pt":9,"q":1,"so":7,"t":"t"}'],
  'another tag': ['d', '{}'],
}

for (const [what, [tag, body]] of Object.entries(strange)) {
  test(`a record with ${what} says nothing about pops`, (t) => {
    t.is(readBody(tag, body), undefined)
  })
}

test("a user's timed message says nothing about pops", (t) => {
  const message = stored(checkpointRecord(checkpoint, origin, now))
  const properties = new Map([...message.properties, ['REAL_TOPIC', 'orders']])
  t.is(readJournal({ ...message, properties }, reviveTopic), undefined)
})
