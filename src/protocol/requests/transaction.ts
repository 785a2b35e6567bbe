// The two ends of a transaction. Both are one-way.

import { bool, i32, i64, maybe, orElse, text } from '../field.ts'
import { request } from '../request.ts'

/** `topic` is the half topic when this answers a check: not to be judged as a client's. */
export const endTransaction = request({
  code: 37,
  name: 'END_TRANSACTION',
  servedBy: 'broker',
  access: { topic: 'Pub', mayNameNone: true, butFor: 'RMQ_SYS_TRANS_HALF_TOPIC' },
  source: 'EndTransactionRequestHeader',
  header: {
    topic: maybe(text),
    producerGroup: text,
    /** Queue offset of the half message. */
    tranStateTableOffset: i64,
    /** Position of the half message. */
    commitLogOffset: i64,
    /** 8 commit, 12 rollback, 0 unknown. */
    commitOrRollback: i32,
    fromTransactionCheck: orElse(bool, false),
    msgId: maybe(text),
    transactionId: maybe(text),
  },
})

/** The body is the half message's record. The client answers with END_TRANSACTION. */
export const checkTransactionState = request({
  code: 39,
  name: 'CHECK_TRANSACTION_STATE',
  servedBy: 'client',
  access: 'open',
  source: 'CheckTransactionStateRequestHeader',
  header: {
    topic: maybe(text),
    tranStateTableOffset: i64,
    commitLogOffset: i64,
    msgId: maybe(text),
    transactionId: maybe(text),
    offsetMsgId: maybe(text),
    bname: maybe(text),
  },
})

/** Gives a half message that ran out of checks another round. */
export const resumeCheckHalfMessage = request({
  code: 323,
  name: 'RESUME_CHECK_HALF_MESSAGE',
  servedBy: 'broker',
  access: { topic: 'Update' },
  source: 'ResumeCheckHalfMessageRequestHeader',
  header: { topic: maybe(text), msgId: maybe(text) },
})
