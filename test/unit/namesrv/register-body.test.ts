// Source: RegisterBrokerBody

import { deflateSync } from 'node:zlib'
import test from 'ava'
import { readRegisterBody } from '../../../src/namesrv/register-body.ts'

const dataVersion = { stateVersion: 3, timestamp: 1_764_000_000_000, counter: 7 }
const topics = {
  't-1': { topicName: 't-1', readQueueNums: 4, writeQueueNums: 8, perm: 6, topicSysFlag: 1 },
}
const wrapper = { dataVersion, topicConfigTable: topics }
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const expected = { dataVersion, topics: [topics['t-1']] }

const part = (text: string) => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(Buffer.byteLength(text))
  return Buffer.concat([size, Buffer.from(text)])
}
const count = (value: number) => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(value)
  return size
}
const compressed = (...parts: Buffer[]) => deflateSync(Buffer.concat(parts), { level: 9 })

test('the JSON body of today is read', (t) => {
  const body = { filterServerList: [], topicConfigSerializeWrapper: wrapper }
  t.deepEqual(readRegisterBody(bytes(body), 513), expected)
})

test('the body of before 3.0.11 has no wrapper', (t) => {
  t.deepEqual(readRegisterBody(bytes(wrapper), 36), expected)
})

test('the compressed body is read, and its system flags are lost as in Java', (t) => {
  const body = compressed(
    part(JSON.stringify(dataVersion)),
    count(2),
    part('t-1 4 8 6 SINGLE_TAG {"message.type":"FIFO"}'),
    part('t-2 1 1 4 SINGLE_TAG'),
    part('[]'),
    count(0),
  )
  t.deepEqual(readRegisterBody(body, 513), {
    dataVersion,
    topics: [
      { topicName: 't-1', readQueueNums: 4, writeQueueNums: 8, perm: 6, topicSysFlag: 0 },
      { topicName: 't-2', readQueueNums: 1, writeQueueNums: 1, perm: 4, topicSysFlag: 0 },
    ],
  })
})

test('an empty body is a broker without topics', (t) => {
  t.deepEqual(readRegisterBody(new Uint8Array(0), 513), {
    dataVersion: { stateVersion: 0, timestamp: 0, counter: 0 },
    topics: [],
  })
})

test('what a topic does not say is as in Java', (t) => {
  const body = { topicConfigSerializeWrapper: { topicConfigTable: { x: {} } } }
  t.deepEqual(readRegisterBody(bytes(body), 513).topics, [
    { topicName: 'x', readQueueNums: 16, writeQueueNums: 16, perm: 6, topicSysFlag: 0 },
  ])
})

const table = (topic: unknown) =>
  bytes({ topicConfigSerializeWrapper: { topicConfigTable: { x: topic } } })

const refusals: Record<string, Uint8Array> = {
  'text that is no JSON': Buffer.from('{"topicConfig'),
  'JSON that is no object': bytes([1]),
  'a body without the wrapper': bytes(wrapper),
  'a topic that is a number': table(5),
  'queues that are no number': table({ readQueueNums: 'four' }),
  'more queues than can be': table({ readQueueNums: 70_000 }),
  'a topic name of 256 characters': table({ topicName: 'x'.repeat(256) }),
  'a data version that is a list': bytes({ topicConfigSerializeWrapper: { dataVersion: [] } }),
  'a zlib stream that breaks off': compressed(part('{}'), count(0)).subarray(0, 8),
  'a length beyond the end': compressed(count(1000), Buffer.from('{}')),
  'a negative length': compressed(count(-1)),
  'a count that the bytes cannot hold': compressed(part('{}'), count(2 ** 31 - 1)),
  'a topic line without numbers': compressed(part('{}'), count(1), part('t a b c')),
}

for (const [title, body] of Object.entries(refusals)) {
  test(`${title} is refused as a malformed body`, (t) => {
    t.like(
      t.throws(() => readRegisterBody(body, 513)),
      { failure: 'malformed-body' },
    )
  })
}

test('a body that inflates beyond 64 MiB is refused', (t) => {
  const bomb = deflateSync(Buffer.alloc(65 * 1024 * 1024))
  t.like(
    t.throws(() => readRegisterBody(bomb, 513)),
    { failure: 'decompression-limit' },
  )
})
