// EndTransaction. The transaction id is the core's signed one, so any node takes it, and it
// knows by itself whether it answers a check. Source: EndTransactionActivity.

import { MqError } from '../../src/base/errors.ts'
import type { Caller } from './calls.ts'
import { topicName } from './convert.ts'
import type { Front } from './front.ts'
import { v2 } from './gen/messaging.js'
import { okStatus } from './status.ts'

export async function onEndTransaction(
  request: v2.EndTransactionRequest,
  { call }: Caller,
  { core }: Front,
): Promise<v2.EndTransactionResponse.Fields> {
  const topic = topicName(request.topic)
  if (request.transactionId === '') throw new MqError('invalid-transaction', 'the id is missing')
  // Rust's client sends "not known" so: the broker asks again.
  if (request.resolution === v2.TransactionResolution.TRANSACTION_RESOLUTION_UNSPECIFIED) {
    return { status: okStatus }
  }
  const resolution = request.resolution === v2.TransactionResolution.COMMIT ? 'commit' : 'rollback'
  await core.endTransaction({ topic, transactionId: request.transactionId, resolution }, call)
  return { status: okStatus }
}
