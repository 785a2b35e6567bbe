// Source: ExtraInfoUtil.

import test from 'ava'
import { parseReceipt, printReceipt } from '../../../../src/broker/pop/receipt.ts'

const pop = { startOffset: 6, popTime: 1795453900362, invisibleMs: 60_000, reviveQid: 2 }

test('a receipt is what Apache prints', (t) => {
  const normal = { topic: 'CapPop', queueId: 0, queueOffset: 10 }
  t.is(printReceipt(pop, 'broker-c', normal), '6 1795453900362 60000 2 0 broker-c 0 10')
  const retried = { ...normal, topic: '%RETRY%G_CapPop' }
  t.is(printReceipt(pop, 'broker-c', retried), '6 1795453900362 60000 2 1 broker-c 0 10')
})

// The last has the position that Apache's gRPC proxy adds.
for (const more of ['', ' 1', ' 1 1580']) {
  test(`a receipt that ends in "0${more}" is read`, (t) => {
    t.deepEqual(parseReceipt(`0 1795452795901 10000 0 0 broker-c 0${more}`), {
      startOffset: 0,
      popTime: 1795452795901,
      invisibleMs: 10_000,
      reviveQid: 0,
      marker: 0,
      brokerName: 'broker-c',
    })
  })
}

for (const text of [
  '',
  'x',
  '0 1 2 3 4 b',
  '0 1 x 3 4 b 0',
  '0  2 3 4 b 0 1',
  '1e99 1 2 3 4 b 0',
]) {
  test(`"${text}" is no receipt`, (t) => {
    const error = t.throws(() => parseReceipt(text))
    t.like(error, { name: 'MqError', failure: 'invalid-receipt-handle' })
  })
}
