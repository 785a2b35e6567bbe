// Source: ReplyMessageProcessor

import test from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import { parseProperties } from '../../../../src/message/properties.ts'
import type { Peer } from '../../../../src/remoting/call.ts'
import { ask, brokerParts, FakePeer } from '../../../support/broker.ts'

type Parts = ReturnType<typeof brokerParts>
type Pushed = { code: number; header: Record<string, unknown>; body: string; timeoutMs: number }

const replyTopic = 'DefaultCluster_REPLY_TOPIC'
const properties =
  'MSG_TYPE\u0001reply\u0002CORRELATION_ID\u00017\u0002REPLY_TO_CLIENT\u0001asker\u0002'
const full = {
  producerGroup: 'p',
  topic: replyTopic,
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 0,
  sysFlag: 0,
  bornTimestamp: 5,
  flag: 3,
  properties,
}
const short = { a: 'p', b: replyTopic, c: 'TBW102', d: 4, e: 0, f: 0, g: 5, h: 3, i: properties }
const body = Buffer.from('the answer')

/** The client that waits for replies; it answers with `code`, or not at all. */
function asker({ producers }: Parts, code: number | undefined): Pushed[] {
  const pushed: Pushed[] = []
  const call: Peer['call'] = (spec, header, { body, timeoutMs }) => {
    pushed.push({ code: spec.code, header, body: Buffer.from(body ?? []).toString(), timeoutMs })
    if (code === undefined) return Promise.reject(new MqError('broker-timeout'))
    return Promise.resolve({ code } as Awaited<ReturnType<Peer['call']>>)
  }
  const peer = Object.assign(new FakePeer(), { call }) as unknown as Peer
  producers.register('p', { peer, clientId: 'asker', language: 'JAVA', version: 513 })
  return pushed
}

for (const [code, ext] of [
  [324, full],
  [325, short],
] as const) {
  test(`a reply (${code}) is pushed to the client that asked, and stored`, async (t) => {
    const parts = brokerParts()
    const pushed = asker(parts, 0)
    const answer = await ask(parts.ports, code, ext, { body }).answer
    t.is(answer.code, 0)
    t.like(answer.ext, { queueId: '0', queueOffset: '0', TRACE_ON: 'true' })
    t.is(answer.ext['msgId']?.length, 32)

    t.is(pushed.length, 1)
    const [push] = pushed
    t.like(push, { code: 326, body: 'the answer', timeoutMs: 10_000 })
    t.like(push?.header, { topic: replyTopic, queueId: 0, bornTimestamp: 5, flag: 3 })
    const sent = parseProperties(String(push?.header['properties']))
    t.is(sent.get('CORRELATION_ID'), '7')
    t.is(sent.get('PUSH_REPLY_TIME'), String(parts.clock.now()))
    t.is(parts.store.maxOffset({ topic: replyTopic, queueId: 0 }), 1)
  })
}

test('a reply that nobody takes is refused, and stored all the same', async (t) => {
  for (const [code, registered] of [
    [1, true],
    [undefined, true],
    [0, false],
  ] as const) {
    const parts = brokerParts()
    if (registered) asker(parts, code)
    const answer = await ask(parts.ports, 325, short, { body }).answer
    t.is(answer.code, 1, `${code} ${registered}`)
    t.is(parts.store.maxOffset({ topic: replyTopic, queueId: 0 }), 1)
  }
})

test('a reply without an address is refused', async (t) => {
  const parts = brokerParts()
  const answer = await ask(parts.ports, 325, { ...short, i: '' }, { body }).answer
  t.is(answer.code, 1)
  t.regex(answer.remark ?? '', /REPLY_TO_CLIENT/)
})

test('replies are not stored when that is off', async (t) => {
  const parts = brokerParts({ config: { storeReplyMessageEnable: false } })
  asker(parts, 0)
  const answer = await ask(parts.ports, 325, short, { body }).answer
  t.like(answer.ext, { msgId: '0', queueOffset: '0' })
  t.is(parts.store.maxOffset({ topic: replyTopic, queueId: 0 }), 0)
})
