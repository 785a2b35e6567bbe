// Source: RecallMessageProcessor

import test from 'ava'
import { parseProperties } from '../../../../src/message/properties.ts'
import { printRecallHandle } from '../../../../src/message/recall-handle.ts'
import { answerOf, brokerParts } from '../../../support/broker.ts'

function parts(recallMessageEnable = true) {
  const made = brokerParts({ topics: { t: 4 }, config: { recallMessageEnable } })
  const deliverAt = made.clock.now() + 60_001
  const handle = { topic: 't', brokerName: 'broker-a', deliverAt, messageId: 'U1' }
  const recall = (change: Partial<typeof handle> = {}, topic = 't') =>
    answerOf(made.ports, 370, {
      topic,
      recallHandle: printRecallHandle({ ...handle, ...change }),
    })
  return { ...made, recall, deliverAt }
}

test('a recall waits for the second of its message and names it', (t) => {
  const { recall, store, deliverAt } = parts()
  const answer = recall()
  t.is(answer.code, 0)
  t.deepEqual(answer.ext, { msgId: 'U1', MSG_REGION: 'DefaultRegion' })
  const [stored] = store.appended
  t.like(stored, { topic: 'rmq_sys_wheel_timer', queueId: 0, body: Buffer.from('0') })
  t.like(Object.fromEntries(parseProperties(stored?.properties ?? '')), {
    TIMER_DEL_UNIQKEY: 'U1',
    TIMER_OUT_MS: String(deliverAt - 1),
    REAL_TOPIC: 't',
  })
})

test('a recall is refused when it cannot be meant', (t) => {
  const { recall, store, ports, deliverAt } = parts()
  t.is(recall({}, 'unknown').code, 17)
  t.is(recall({ topic: 'other' }).code, 604)
  t.is(recall({ brokerName: 'other' }).code, 604)
  t.is(recall({ deliverAt: deliverAt - 60_001 }).code, 604)
  t.is(recall({ deliverAt: deliverAt + 259_200_000 }).code, 604)
  for (const recallHandle of ['', 'x', Buffer.from('v2 t b 1 k').toString('base64url')]) {
    t.is(answerOf(ports, 370, { topic: 't', recallHandle }).code, 604)
  }
  t.deepEqual(store.appended, [])
})

test('recalls can be switched off, as they are in Apache', (t) => {
  const answer = parts(false).recall()
  t.is(answer.code, 16)
  t.is(answer.remark, 'recall failed, operation is forbidden')
})
