// Pops, acks and changes of time between Apache's client and broker: from the broker's answers
// our client makes the receipts that Apache's client gave back.

import test from 'ava'
import { Brokers } from '../../src/client/cluster.ts'
import { printReceipt } from '../../src/client/receipt.ts'
import { Receiver } from '../../src/client/receive.ts'
import type { PopReceipt } from '../../src/client/types.ts'
import type { RemotingCommand } from '../../src/protocol/command.ts'
import { popMessage } from '../../src/protocol/requests/pop.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeRemoting } from '../support/fake-remoting.ts'
import { commandOf, type GoldenFrame, goldenFrames } from '../support/golden-wire.ts'

const frames = goldenFrames('json')
const named = (name: string, kind: GoldenFrame['kind']) =>
  frames.filter((frame) => frame.name === name && frame.kind === kind)

/** Lets our client pop what Apache's client popped. */
async function popAgain(request: RemotingCommand, answer: RemotingCommand) {
  const asked = popMessage.parseHeader(request.ext)
  const { code, body, ext = {} } = answer
  const remoting = new FakeRemoting(() => ({ code, ext, body: body ?? '' }))
  const addresses = new Map([[0, 'b:1']])
  const broker = async (name: string) => ({ name, cluster: 'c', addresses })
  const brokers = new Brokers(remoting, { broker, doubtBrokers() {} }, 3000)
  const result = await new Receiver(brokers, new FakeClock(asked.bornTime)).pop({
    topic: asked.topic,
    broker: 'broker-c',
    queueId: asked.queueId,
    group: asked.consumerGroup,
    max: asked.maxMsgNums,
    invisibleMs: asked.invisibleTime,
    waitMs: asked.pollTime,
    initMode: asked.initMode === 0 ? 'min' : 'max',
  })
  return { result, sent: remoting.asked[0]?.header }
}

const answers = new Map(
  named('POP_MESSAGE', 'response').map((frame) => [frame.exchange, commandOf(frame)]),
)
const pops = named('POP_MESSAGE', 'request').map((frame) => ({
  request: commandOf(frame),
  answer: answers.get(frame.exchange),
}))

test('our pop asks what theirs asked', async (t) => {
  t.true(pops.length > 0)
  for (const { request, answer } of pops) {
    if (!answer) continue
    const { sent } = await popAgain(request, answer)
    const { bname, ...theirs } = request.ext ?? {}
    t.deepEqual(popMessage.printHeader(sent as ReturnType<typeof popMessage.parseHeader>), {
      ...Object.assign(Object.create(null), theirs),
    })
    t.is(bname, 'broker-c')
  }
})

test('every receipt that they gave back is one of ours', async (t) => {
  const receipts = new Map<string, PopReceipt>()
  for (const { request, answer } of pops) {
    if (!answer) continue
    const { result } = await popAgain(request, answer)
    for (const { receipt } of result.messages) receipts.set(printReceipt(receipt), receipt)
  }
  t.true(receipts.size > 0)
  const given = ['ACK_MESSAGE', 'CHANGE_MESSAGE_INVISIBLETIME']
    .flatMap((name) => named(name, 'request'))
    .map((frame) => commandOf(frame).ext ?? {})
  t.true(given.length > 0)
  for (const { extraInfo = '', topic, queueId, offset } of given) {
    const ours = receipts.get(extraInfo)
    t.like(ours, { topic, queueId: Number(queueId), queueOffset: Number(offset) }, extraInfo)
  }
})
