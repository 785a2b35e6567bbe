// What a broker does with a controller that does not answer.

import test from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import { silentLog } from '../../../../src/base/log.ts'
import { Controllers } from '../../../../src/broker/controller-link/controllers.ts'

const header = {
  brokerName: 'b',
  brokerAddr: '127.0.0.1:10911',
  clusterName: 'c',
  brokerId: 1,
  epoch: 1,
  maxOffset: 0,
  confirmOffset: 0,
  heartbeatTimeoutMills: 3000,
  electionPriority: 100,
}

function controllersOf(answers: () => Promise<unknown>) {
  const dropped: string[] = []
  const client = {
    call: () => answers() as Promise<never>,
    drop: (address: string) => void dropped.push(address),
  }
  const self = { clusterName: 'c', brokerName: 'b', address: '127.0.0.1:10911' }
  const controllers = new Controllers(client, ['a:1', 'b:2'], self, silentLog)
  const beat = async (times: number) => {
    for (let n = 0; n < times; n++) {
      controllers.heartbeat(header, () => {})
      await new Promise(setImmediate)
    }
  }
  return { dropped, beat }
}

test('a connection on which three heartbeats in a row stay unanswered is given up', async (t) => {
  const { dropped, beat } = controllersOf(async () => {
    throw new MqError('broker-timeout')
  })
  await beat(2)
  t.deepEqual(dropped, [])
  await beat(1)
  t.deepEqual(dropped, ['a:1', 'b:2'])
  await beat(3)
  t.deepEqual(dropped, ['a:1', 'b:2', 'a:1', 'b:2'])
})

test('an answer in between, or a refusal, keeps the connection', async (t) => {
  let calls = 0
  const answered = controllersOf(async () => {
    if (calls++ % 4 < 2) return { header: {} }
    throw new MqError('broker-timeout')
  })
  await answered.beat(20)
  t.deepEqual(answered.dropped, [])
  const refused = controllersOf(async () => {
    throw new MqError('not-the-leader')
  })
  await refused.beat(20)
  t.deepEqual(refused.dropped, [])
})
