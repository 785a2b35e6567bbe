// How long a slave takes, as its master sees it.

import test from 'ava'
import { Lag } from '../../../../src/store/replication/lag.ts'
import { Pair } from '../../../support/replica-pair.ts'

function reached(lag: Lag, position: number, ms: number): readonly number[] {
  const took: number[] = []
  lag.reached(position, ms, (lagMs) => took.push(lagMs))
  return took
}

test('each end of the log is done with when it is acknowledged, once', (t) => {
  const lag = new Lag()
  lag.mark(100, 5)
  lag.mark(200, 8)
  lag.mark(200, 9)
  t.deepEqual(reached(lag, 99, 10), [])
  t.deepEqual(reached(lag, 150, 11), [6])
  lag.mark(300, 12)
  t.deepEqual(reached(lag, 300, 20), [12, 8])
  t.deepEqual(reached(lag, 300, 30), [])
})

test('a slave that is far behind costs no more memory', (t) => {
  const lag = new Lag()
  for (let at = 1; at <= 5000; at++) lag.mark(at, at)
  t.is(reached(lag, 5000, 6000).length, 1024)
  lag.mark(5001, 6000)
  t.deepEqual(reached(lag, 5001, 6001), [1])
})

test('a master knows of each push how long it took', async (t) => {
  const pair = new Pair('classic')
  await pair.start()
  pair.send(10)
  await pair.pass()
  t.is(pair.port.slaves[0]?.ackPosition, pair.master.replica.maxPosition)
  t.deepEqual(pair.lags, [0])
  await pair.stop()
})
