// Messages as JSON: all of them, and those that filters ask for.

import test from 'ava'
import { type DumpFilter, dumpStore } from '../../../../src/store/inspection/dump.ts'
import { type GoldenMessage, goldenManifest } from '../../../support/golden-store.ts'
import { InspectedStore } from '../../../support/inspected-store.ts'

const store = new InspectedStore('clean')
const { messages } = goldenManifest('clean')

function dumped(filter: DumpFilter) {
  const found: Parameters<Parameters<typeof dumpStore>[2]>[0][] = []
  dumpStore(store.look(), filter, (message) => found.push(message))
  return found
}

test('every message of the store is there, in the order of the log', (t) => {
  const { calls } = store.files
  const found = dumped({})
  t.deepEqual(
    found.map((one) => [one.position, one.topic, one.queueOffset, one.offsetMessageId]),
    messages.map((one) => [one.physicalOffset, one.topic, one.queueOffset, one.offsetMsgId]),
  )
  for (const [at, one] of found.entries()) t.deepEqual(one.properties, messages[at]?.properties)
  t.is(store.files.calls, calls)
})

test('a body that is text is text, any other is base64', (t) => {
  const found = dumped({})
  const compressed = found.filter((one) => (one.sysFlag & 1) === 1)
  t.true(compressed.length > 0)
  for (const one of compressed)
    t.is(Buffer.from(one.bodyBase64 ?? '', 'base64').length, one.bodySize)
  t.true(found.some((one) => one.body?.includes('消息')))
})

const filters: readonly [string, DumpFilter, (one: GoldenMessage) => boolean][] = [
  ['topic', { topic: 'GoldenFifo' }, (one) => one.topic === 'GoldenFifo'],
  [
    'queue and offsets',
    { topic: 'GoldenNormal', queueId: 1, offsetFrom: 3, offsetTo: 7 },
    (one) =>
      one.topic === 'GoldenNormal' &&
      one.queueId === 1 &&
      one.queueOffset >= 3 &&
      one.queueOffset <= 7,
  ],
  ['key', { key: 'key-0' }, (one) => (one.keys ?? '').split(' ').includes('key-0')],
  ['unique id', { key: messages[20]?.msgId }, (one) => one.msgId === messages[20]?.msgId],
  [
    'time',
    { timeFrom: messages[50]?.storeTimestamp, timeTo: messages[90]?.storeTimestamp },
    (one) =>
      one.storeTimestamp >= (messages[50]?.storeTimestamp ?? 0) &&
      one.storeTimestamp <= (messages[90]?.storeTimestamp ?? 0),
  ],
]

for (const [name, filter, expected] of filters) {
  test(`messages are found by ${name}`, (t) => {
    const found = dumped(filter).map((one) => one.position)
    t.deepEqual(
      found,
      messages.filter(expected).map((one) => one.physicalOffset),
    )
    t.true(found.length > 0 && found.length < messages.length)
  })
}
