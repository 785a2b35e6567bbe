// What a caller may read by its place: VIEW_MESSAGE_BY_ID and CONSUMER_SEND_MSG_BACK, for whom the
// topic that a message was sent to decides, wherever it waits or comes again.

import test from 'ava'
import type { OutgoingMessage } from '../../../src/message/message.ts'
import { printProperties } from '../../../src/message/properties.ts'
import type { Caller } from '../../../src/remoting/call.ts'
import { answerOf, brokerParts } from '../../support/broker.ts'

const denied = 16
const retry = { RETRY_TOPIC: 'orders' }
const popped = { ORIGIN_GROUP: 'billing' }

/** What is stored, and the rights of which each is enough, and those that are not. */
const cases: readonly [
  topic: string,
  properties: Readonly<Record<string, string>>,
  enough: readonly string[],
  not: readonly string[],
][] = [
  ['orders', {}, ['topic orders'], ['topic bills', 'group orders']],
  ['orders', retry, ['topic orders'], ['topic bills']],
  [
    'SCHEDULE_TOPIC_XXXX',
    { REAL_TOPIC: 'orders' },
    ['topic orders'],
    ['topic SCHEDULE_TOPIC_XXXX'],
  ],
  ['rmq_sys_wheel_timer', { REAL_TOPIC: 'orders' }, ['topic orders'], ['topic bills']],
  ['RMQ_SYS_TRANS_HALF_TOPIC', { REAL_TOPIC: 'orders' }, ['topic orders'], ['topic bills']],
  ['TRANS_CHECK_MAX_TIME_TOPIC', { REAL_TOPIC: 'orders' }, ['topic orders'], ['topic bills']],
  ['%RETRY%billing', retry, ['topic orders', 'topic %RETRY%billing'], ['topic bills']],
  ['%DLQ%billing', retry, ['topic orders', 'topic %DLQ%billing'], ['topic bills']],
  ['%RETRY%billing_orders', popped, ['topic orders', 'group billing'], ['group orders']],
  ['%RETRY%billing+orders', popped, ['topic orders', 'group billing'], ['topic bills']],
  [
    '%DLQ%billing',
    { RETRY_TOPIC: '%RETRY%billing_orders', ...popped },
    ['topic orders', 'group billing'],
    ['topic bills'],
  ],
  [
    'SCHEDULE_TOPIC_XXXX',
    { REAL_TOPIC: '%RETRY%billing', ...retry },
    ['topic orders', 'topic %RETRY%billing'],
    ['topic bills', 'topic SCHEDULE_TOPIC_XXXX'],
  ],
  // Names that a producer has given to its own message decide nothing.
  ['bills', { ...retry, ...popped, REAL_TOPIC: 'orders' }, ['topic bills'], ['topic orders']],
]

const callerWith = (right: string): Caller => ({
  name: 'alice',
  isSuper: false,
  may: (action, type, name) => action === 'Sub' && right === `${type} ${name}`,
})

function stored(topic: string, properties: Readonly<Record<string, string>>) {
  const parts = brokerParts({ topics: { orders: 1 } })
  const host = Buffer.alloc(8)
  const message: OutgoingMessage = {
    ...{
      topic,
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 5,
      bornHost: host,
      storeHost: host,
    },
    ...{ reconsumeTimes: 0, preparedPosition: 0, body: Buffer.from('x') },
    properties: printProperties(new Map(Object.entries(properties))),
  }
  parts.store.append(message)
  return parts.ports
}

for (const [topic, properties, enough, not] of cases) {
  const title = `${topic} ${JSON.stringify(properties)}`
  test(`${title} is read by who may, and by nobody else`, (t) => {
    const ask = (right: string) => {
      const options = { caller: callerWith(right) }
      const view = { offset: 0, topic: 'elsewhere' }
      const back = { offset: 0, group: 'g', delayLevel: 0, originTopic: 'elsewhere' }
      return [
        answerOf(stored(topic, properties), 33, view, options).code,
        answerOf(stored(topic, properties), 36, back, options).code,
      ]
    }
    for (const right of enough) t.deepEqual(ask(right), [0, 0], right)
    for (const right of [...not, '']) t.deepEqual(ask(right), [denied, denied], right)
  })
}
