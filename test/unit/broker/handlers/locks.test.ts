// Source: RebalanceLockManager

import test from 'ava'
import { answerOf, brokerParts } from '../../../support/broker.ts'

type Parts = ReturnType<typeof brokerParts>

const body = (clientId: string, ...queueIds: number[]) => ({
  body: Buffer.from(
    JSON.stringify({
      consumerGroup: 'g',
      clientId,
      mqSet: queueIds.map((queueId) => ({ topic: 't', brokerName: 'broker-a', queueId })),
    }),
  ),
})

function lock({ ports }: Parts, clientId: string, ...queueIds: number[]): number[] {
  const answer = answerOf(ports, 41, {}, body(clientId, ...queueIds))
  const { lockOKMQSet } = JSON.parse(answer.body.toString())
  return lockOKMQSet.map(({ queueId }: { queueId: number }) => queueId)
}

test('a queue is locked by one client of a group at a time', (t) => {
  const parts = brokerParts({ topics: { t: 4 } })
  t.deepEqual(lock(parts, 'c1', 0, 1), [0, 1])
  t.deepEqual(lock(parts, 'c2', 1, 2), [2])
  t.deepEqual(lock(parts, 'c1', 0, 1), [0, 1])
})

test('only the owner unlocks', (t) => {
  const parts = brokerParts({ topics: { t: 4 } })
  lock(parts, 'c1', 0)
  answerOf(parts.ports, 42, {}, body('c2', 0))
  t.deepEqual(lock(parts, 'c2', 0), [])
  answerOf(parts.ports, 42, {}, body('c1', 0))
  t.deepEqual(lock(parts, 'c2', 0), [0])
})

test('a lock that is not renewed ends after a minute', async (t) => {
  const parts = brokerParts({ topics: { t: 4 } })
  lock(parts, 'c1', 0)
  await parts.clock.advance(59_000)
  t.true(parts.locks.isAnyLocked('g'))
  t.deepEqual(lock(parts, 'c2', 0), [])
  await parts.clock.advance(2000)
  t.false(parts.locks.isAnyLocked('g'))
  t.deepEqual(lock(parts, 'c2', 0), [0])
})

test('a queue that does not exist cannot be locked', (t) => {
  t.deepEqual(lock(brokerParts({ topics: { t: 4 } }), 'c1', 3, 4, -1), [3])
})

test('sweeping keeps what is held', async (t) => {
  const parts = brokerParts({ topics: { t: 4 } })
  lock(parts, 'c1', 0)
  await parts.clock.advance(50_000)
  lock(parts, 'c1', 1)
  await parts.clock.advance(20_000)
  parts.locks.sweep()
  t.deepEqual(lock(parts, 'c2', 0, 1), [0])
})
