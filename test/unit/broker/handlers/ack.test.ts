// Acknowledgements as they come on the wire. Source: AckMessageProcessor,
// ChangeInvisibleTimeProcessor.

import test from 'ava'
import { hostBytes } from '../../../../src/message/hosts.ts'
import { batchAck, bitsOfOffsets } from '../../../../src/protocol/bodies/ack.ts'
import { answerOf, ask, brokerParts } from '../../../support/broker.ts'
import { settle } from '../../../support/fake-clock.ts'

const host = hostBytes('127.0.0.1', 1)
const target = { consumerGroup: 'G', topic: 'T', queueId: 0 }

/** A broker with three messages of which all were popped just now. */
async function popped() {
  const parts = brokerParts({ topics: { T: 1 } })
  await parts.pop.start()
  for (const body of ['a', 'b', 'c']) {
    parts.store.append({
      topic: 'T',
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 1,
      bornHost: host,
      storeHost: host,
      reconsumeTimes: 0,
      preparedPosition: 0,
      body: Buffer.from(body),
      properties: '',
    })
  }
  await settle()
  const pop = () =>
    answerOf(parts.ports, 200050, {
      ...target,
      queueId: -1,
      maxMsgNums: 32,
      invisibleTime: 10_000,
      pollTime: 0,
      bornTime: 0,
      initMode: 0,
    })
  const { ext } = pop()
  const receipt = `0 ${ext['popTime']} 10000 ${ext['reviveQid']} 0 broker-a 0`
  const popTime = Number(ext['popTime'])
  const reviveQid = Number(ext['reviveQid'])
  const again = async () => {
    await parts.clock.advance(10_200)
    return pop().ext['msgOffsetInfo']
  }
  return { ...parts, receipt, popTime, reviveQid, again }
}

test('acknowledgements are answered when they are in the log', async (t) => {
  const { ports, receipt, again } = await popped()
  const asked = [0, 1, 2].map((offset) =>
    ask(ports, 200051, { ...target, offset, extraInfo: `${receipt} ${offset}` }),
  )
  t.deepEqual(
    asked.map(({ now }) => now),
    [undefined, undefined, undefined],
  )
  for (const { answer } of asked) t.like(await answer, { code: 0, ext: {} })
  t.is(await again(), '')
})

test('an acknowledgement of what is not in flight is a success for Apache clients', async (t) => {
  const { ports, receipt, clock } = await popped()
  await clock.advance(20_000)
  const late = { ...target, offset: 0, extraInfo: `${receipt} 0` }
  t.is((await ask(ports, 200051, late).answer).code, 0)
  t.is((await ask(ports, 200051, { ...late, rwStrict: true }).answer).code, 4010)
})

const refused: Record<string, readonly [number, Record<string, string | number>]> = {
  'of an unknown topic': [17, { topic: 'unknown' }],
  'of a queue that is not there': [13, { queueId: 1 }],
  'of an offset behind the queue': [208, { offset: 4 }],
  'of an offset before the queue': [208, { offset: -1 }],
  'with a receipt that cannot be read': [13, { extraInfo: 'forged' }],
}

for (const [what, [code, ext]] of Object.entries(refused)) {
  test(`an acknowledgement and a change ${what} are refused`, async (t) => {
    const { ports, receipt } = await popped()
    const header = { ...target, offset: 0, extraInfo: `${receipt} 0`, ...ext }
    t.is((await ask(ports, 200051, header).answer).code, code)
    t.is((await ask(ports, 200053, { ...header, invisibleTime: 1 }).answer).code, code)
  })
}

test('a batch acknowledges the bits of its receipts, of normal and of retry topics', async (t) => {
  const { ports, popTime, reviveQid, again } = await popped()
  const one = { c: 'G', it: 10_000, pt: popTime, q: 0, rq: reviveQid, so: 0, t: 'T' }
  const acks = [
    { ...one, r: '0', b: bitsOfOffsets(0, [0, 2]) },
    { ...one, r: '1', b: bitsOfOffsets(0, [0]) },
    { ...one, t: 'unknown', r: '0', b: bitsOfOffsets(0, [0]) },
  ]
  const body = batchAck.print({ brokerName: 'broker-a', acks })
  t.is((await ask(ports, 200151, {}, { body }).answer).code, 0)
  t.is(await again(), '1 0 0')
})

test('a batch without an acknowledgement answers 208', async (t) => {
  const { ports } = await popped()
  const body = batchAck.print({ brokerName: 'broker-a', acks: [] })
  t.is((await ask(ports, 200151, {}, { body }).answer).code, 208)
})

test('a strict batch does what it can and tells of the first refusal', async (t) => {
  const { ports, popTime, reviveQid, again } = await popped()
  const one = { c: 'G', it: 10_000, pt: popTime, q: 0, r: '0', rq: reviveQid, so: 0, t: 'T' }
  const acks = [
    { ...one, it: 0, b: bitsOfOffsets(0, [0]) },
    { ...one, b: bitsOfOffsets(0, [1, 2]) },
  ]
  const body = batchAck.print({ brokerName: 'broker-a', acks })
  t.is((await ask(ports, 200151, { rwStrict: true }, { body }).answer).code, 4010)
  await settle()
  t.is(await again(), '1 0 0')
})

test('a change answers the new receipt, by which the message is current', async (t) => {
  const { ports, receipt, clock } = await popped()
  await clock.advance(1000)
  const header = { ...target, offset: 1, extraInfo: `${receipt} 1`, rwStrict: true }
  const { code, ext } = answerOf(ports, 200053, { ...header, invisibleTime: 30_000 })
  t.is(code, 0)
  t.like(ext, { popTime: String(clock.now()), invisibleTime: '30000' })
  t.is((await ask(ports, 200051, header).answer).code, 4009)
  const extraInfo = `1 ${ext['popTime']} 30000 ${ext['reviveQid']} 0 broker-a 0 1`
  t.is((await ask(ports, 200051, { ...header, extraInfo }).answer).code, 0)
})

test('an invisible time that no timer takes is refused', async (t) => {
  const { ports, receipt } = await popped()
  const header = { ...target, offset: 0, extraInfo: `${receipt} 0` }
  for (const invisibleTime of [-1, 4 * 24 * 3600 * 1000]) {
    t.is(answerOf(ports, 200053, { ...header, invisibleTime }).code, 29)
  }
})
