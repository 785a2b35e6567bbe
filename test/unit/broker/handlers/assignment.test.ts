// Source: QueryAssignmentProcessor

import test from 'ava'
import { answerOf, ask, brokerParts } from '../../../support/broker.ts'

type Parts = ReturnType<typeof brokerParts>

const json = (value: object) => ({ body: Buffer.from(JSON.stringify(value)) })

function joined({ ports }: Parts, ...clientIds: string[]): void {
  for (const clientID of clientIds) {
    const consumerDataSet = [{ groupName: 'g', subscriptionDataSet: [{ topic: 't' }] }]
    answerOf(ports, 34, {}, json({ clientID, consumerDataSet }))
  }
}

type Assignment = { messageQueue: { queueId: number }; mode: string }

function assigned({ ports }: Parts, clientId: string, given: object = {}): [number, string][] {
  const query = { topic: 't', consumerGroup: 'g', clientId, strategyName: 'AVG', ...given }
  const { body } = answerOf(ports, 400, {}, json(query))
  const { messageQueueAssignments } = JSON.parse(body.toString())
  return messageQueueAssignments.map((one: Assignment) => [one.messageQueue.queueId, one.mode])
}

const ids = (assignments: [number, string][]): number[] => assignments.map(([id]) => id)

test('queues are shared evenly, neighbours together', (t) => {
  const parts = brokerParts({ topics: { t: 5 } })
  joined(parts, 'c2', 'c1')
  t.deepEqual(assigned(parts, 'c1'), [
    [0, 'PULL'],
    [1, 'PULL'],
    [2, 'PULL'],
  ])
  t.deepEqual(ids(assigned(parts, 'c2')), [3, 4])
})

test('queues are shared in turn when that is asked for', (t) => {
  const parts = brokerParts({ topics: { t: 5 } })
  joined(parts, 'c1', 'c2')
  t.deepEqual(ids(assigned(parts, 'c2', { strategyName: 'AVG_BY_CIRCLE' })), [1, 3])
})

test('every queue has exactly one owner, however many clients there are', (t) => {
  for (let clients = 1; clients <= 7; clients++) {
    const parts = brokerParts({ topics: { t: 5 } })
    const names = Array.from({ length: clients }, (_, at) => `c${at}`)
    joined(parts, ...names)
    for (const strategyName of ['AVG', 'AVG_BY_CIRCLE']) {
      const all = names.flatMap((name) => ids(assigned(parts, name, { strategyName })))
      t.deepEqual(all.sort(), [0, 1, 2, 3, 4], `${clients} by ${strategyName}`)
    }
  }
})

test('a client of a broadcasting group has all queues', (t) => {
  const parts = brokerParts({ topics: { t: 3 } })
  t.deepEqual(ids(assigned(parts, 'c1', { messageModel: 'BROADCASTING' })), [0, 1, 2])
})

test('a client that is no member has none', (t) => {
  const parts = brokerParts({ topics: { t: 3 } })
  t.deepEqual(assigned(parts, 'c1'), [])
})

test('a group that pops has the broker as a whole, but pulls its retry topic', async (t) => {
  const parts = brokerParts({ topics: { t: 3 } })
  joined(parts, 'c1')
  const mode = { topic: 't', consumerGroup: 'g', mode: 'POP', popShareQueueNum: 0 }
  t.is((await ask(parts.ports, 401, {}, json(mode)).answer).code, 0)
  t.deepEqual(assigned(parts, 'c1'), [[-1, 'POP']])
  t.deepEqual(assigned(parts, 'c1', { topic: '%RETRY%g' }), [[0, 'PULL']])
})

test('a request mode needs a topic that is there and no retry topic', (t) => {
  const { ports } = brokerParts({ topics: { t: 3 } })
  const set = (topic: string) =>
    answerOf(ports, 401, {}, json({ topic, consumerGroup: 'g', mode: 'POP' })).code
  t.is(set('u'), 17)
  t.is(set('%RETRY%g'), 16)
})
