// The end of a transaction, as its producer decided it, and another round for what was given up.
//
// Serves END_TRANSACTION, RESUME_CHECK_HALF_MESSAGE. The half is looked up in its queue, never by a position alone, which
// could point into the body of another message. "Unknown" changes nothing: the producer is
// asked later. Two-way requests are answered, and after a commit when it is durable.
//
// Not served: slaves (11).
// Source: EndTransactionProcessor, AdminBrokerProcessor.resumeCheckHalfMessage.

import { MqError } from '../../base/errors.ts'
import { sysFlags } from '../../message/flags.ts'
import { parseOffsetMessageId } from '../../message/id.ts'
import { decodeRecord } from '../../message/record.ts'
import type { HeaderOf } from '../../protocol/field.ts'
import { endTransaction, resumeCheckHalfMessage } from '../../protocol/requests/transaction.ts'
import type { Outcome } from '../../remoting/dispatch.ts'
import { replyOf, whenDurable } from '../durable.ts'
import { type BrokerPorts, handle } from '../handler.ts'
import { halfTopic, undecidedTopic } from '../names.ts'
import type { ReadResult } from '../ports.ts'
import { type Half, readHalf, resumed } from '../transaction/half.ts'

type Header = HeaderOf<typeof endTransaction.header>

const onEndTransaction = handle(endTransaction, (header, ports) => {
  const { commitOrRollback: resolution, tranStateTableOffset: offset } = header
  if (resolution !== sysFlags.transactionCommit && resolution !== sysFlags.transactionRollback) {
    return {}
  }
  const queue = { topic: halfTopic, queueId: 0, offset, maxCount: 1, maxBytes: 1 }
  const found = ports.reader.read(queue)
  return found instanceof Promise
    ? found.then((cold) => replyOf(end(header, cold, ports)))
    : end(header, found, ports)
})

function end(header: Header, found: ReadResult, ports: BrokerPorts): Outcome<Record<never, never>> {
  const half = checked(header, found)
  if (!header.fromTransactionCheck && isTooLate(half, ports)) {
    throw new MqError('illegal-operation', 'the producer is asked about this transaction already')
  }
  if (header.commitOrRollback === sysFlags.transactionRollback) {
    ports.transactions.rollback(half)
    return {}
  }
  const appended = ports.transactions.commit(half)
  ports.meter.sent(1, half.stored.body.length)
  ports.stats.put(half.topic, 1, appended.endPosition - appended.position)
  return whenDurable(ports.appender, appended, {})
}

function checked(header: Header, { offsets, records }: ReadResult): Half {
  const [record] = records
  const half = record && offsets[0] === header.tranStateTableOffset ? readHalf(record) : undefined
  if (!half) throw new MqError('invalid-transaction', 'there is no prepared message here')
  if (half.position !== header.commitLogOffset) {
    throw new MqError('invalid-transaction', 'the position is another one')
  }
  if (half.group !== header.producerGroup) {
    throw new MqError('invalid-transaction', 'the producer group is another one')
  }
  return half
}

/** With a time of immunity, only an answer to a question counts after it. */
const isTooLate = ({ immunityMs, stored }: Half, { clock }: BrokerPorts): boolean =>
  immunityMs !== undefined && clock.now() - stored.bornTimestamp > immunityMs

/** Apache takes any message; here it must be one that was given up. */
const onResumeCheckHalfMessage = handle(resumeCheckHalfMessage, (header, ports) => {
  const msgId = header.msgId ?? ''
  const place = parseOffsetMessageId(msgId)
  if (!place) throw new MqError('invalid-argument', 'not the id of a place', { msgId })
  const resume = (record: Uint8Array | undefined) => {
    const half =
      record && decodeRecord(record).topic === undecidedTopic ? readHalf(record) : undefined
    if (!half) throw new MqError('broker-error', 'no transaction was given up here', { msgId })
    return whenDurable(ports.appender, ports.appender.append(resumed(half)), {})
  }
  const record = ports.reader.recordAt(place.position)
  return record instanceof Promise ? record.then((cold) => replyOf(resume(cold))) : resume(record)
})

export const transactionHandlers = [onEndTransaction, onResumeCheckHalfMessage]
