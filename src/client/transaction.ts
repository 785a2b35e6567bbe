// The end of a transaction whose message was sent with TRAN_MSG=true.
//
// Not served: answering the broker's questions (CHECK_TRANSACTION_STATE), which go to producers
// that send heartbeats.
// Source: DefaultMQProducerImpl.endTransaction; that one does not wait for an answer.

import { sysFlags } from '../message/flags.ts'
import { endTransaction } from '../protocol/requests/transaction.ts'
import type { Brokers } from './cluster.ts'
import type { TransactionEnd } from './types.ts'

export async function endPrepared(
  brokers: Pick<Brokers, 'master'>,
  end: TransactionEnd,
): Promise<void> {
  const { transactionCommit, transactionRollback } = sysFlags
  const header = {
    topic: end.topic,
    producerGroup: end.producerGroup,
    tranStateTableOffset: end.queueOffset,
    commitLogOffset: end.position,
    commitOrRollback: end.resolution === 'commit' ? transactionCommit : transactionRollback,
    fromTransactionCheck: end.answersCheck ?? false,
    msgId: end.messageId,
    transactionId: end.messageId,
  }
  await brokers.master(end.broker, endTransaction, header)
}
