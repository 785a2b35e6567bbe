// What becomes of popped messages: done, or visible again at another time.
//
// Serves ACK_MESSAGE, BATCH_ACK_MESSAGE, CHANGE_MESSAGE_INVISIBLETIME. With `rwStrict` (ours)
// a receipt that is not the current one is refused; see pop/settle.ts. Of a strict batch all
// that can be is acknowledged, then the first refusal is the answer.
//
// CONSUMER_SEND_MSG_BACK, declared with these, is in send-back.ts.
//
// Source: AckMessageProcessor, ChangeInvisibleTimeProcessor.

import { MqError } from '../../base/errors.ts'
import { batchAck, offsetsOfBits } from '../../protocol/bodies/ack.ts'
import {
  ackMessage,
  batchAckMessage,
  changeMessageInvisibleTime,
} from '../../protocol/requests/ack.ts'
import type { Deferred } from '../../remoting/dispatch.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { durably } from '../pop/durably.ts'
import { topicOfMarker } from '../pop/names.ts'
import type { Claim } from '../pop/ports.ts'
import { parseReceipt } from '../pop/receipt.ts'

/** Base64 of the bits of a batch: 32 messages, and filters may have left gaps. */
const bitsTextMax = 4096

type Target = { readonly topic: string; readonly queueId: number; readonly offset: number }

function checkTarget(target: Target, ports: BrokerPorts, endIsLegal: boolean): void {
  const { topic: name, queueId, offset } = target
  const topic = ports.topics.find(name)
  if (!topic) throw new MqError('topic-not-found', undefined, { topic: name })
  if (queueId < 0 || queueId >= topic.readQueueNums) {
    const queues = topic.readQueueNums
    throw new MqError('message-illegal', 'the queue does not exist', { queueId, queues })
  }
  const min = ports.queues.minOffset(target)
  const max = ports.queues.maxOffset(target)
  if (offset < min || offset > max || (offset === max && !endIsLegal)) {
    throw new MqError('no-message', undefined, { offset, min, max })
  }
}

function claimOf(header: {
  consumerGroup: string
  topic: string
  queueId: number
  extraInfo: string
}): Claim {
  const receipt = parseReceipt(header.extraInfo)
  // One literal, written out: spreading the receipt took nearly half of this handler's time.
  return {
    group: header.consumerGroup,
    topic: header.topic,
    queueId: header.queueId,
    startOffset: receipt.startOffset,
    popTime: receipt.popTime,
    invisibleMs: receipt.invisibleMs,
    reviveQid: receipt.reviveQid,
    brokerName: receipt.brokerName,
  }
}

const onAckMessage = handle(ackMessage, (header, ports) => {
  checkTarget(header, ports, true)
  const isStrict = header.rwStrict === true
  const { pending, refusal } = ports.pop.ack(claimOf(header), [header.offset], isStrict)
  if (refusal) throw refusal
  ports.stats.acked(header.topic, header.consumerGroup, 1)
  return pending ?? {}
})

const onBatchAckMessage = handle(batchAckMessage, (header, ports, call) => {
  const { acks } = batchAck.parse(call.body)
  if (acks.length === 0) throw new MqError('no-message', 'it acknowledges nothing')
  let pending: Deferred | undefined
  let refusal: MqError | undefined
  for (const ack of acks) {
    const topic = topicOfMarker(ack.c, ack.t, Number(ack.r))
    if (!ports.topics.find(topic) || ack.b.length > bitsTextMax) continue
    const queue = { topic, queueId: ack.q }
    const min = ports.queues.minOffset(queue)
    const max = ports.queues.maxOffset(queue)
    const offsets = offsetsOfBits(ack.so, ack.b).filter((it) => it >= min && it <= max)
    const claim: Claim = {
      group: ack.c,
      topic,
      queueId: ack.q,
      startOffset: ack.so,
      popTime: ack.pt,
      invisibleMs: ack.it,
      reviveQid: ack.rq,
      brokerName: ports.self.brokerName,
    }
    // All of one turn are answered together, so any of them answers for all.
    const acked = ports.pop.ack(claim, offsets, header.rwStrict === true)
    if (!acked.refusal) ports.stats.acked(ack.t, ack.c, offsets.length)
    pending ??= acked.pending
    refusal ??= acked.refusal
  }
  if (refusal) throw refusal
  return pending ?? {}
})

const onChangeMessageInvisibleTime = handle(changeMessageInvisibleTime, (header, ports) => {
  checkTarget(header, ports, false)
  const claim = claimOf(header)
  const changed = ports.pop.change(claim, header.offset, {
    invisibleMs: header.invisibleTime,
    isSuspended: header.suspend === true,
    isStrict: header.rwStrict === true,
  })
  const { popTime, invisibleMs: invisibleTime, endPosition } = changed
  const reply = { header: { popTime, invisibleTime, reviveQid: claim.reviveQid } }
  return durably(ports.appender, endPosition, reply)
})

export const ackHandlers = [onAckMessage, onBatchAckMessage, onChangeMessageInvisibleTime]
