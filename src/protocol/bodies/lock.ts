// Queue locks (41, 42).

import { body, bool, list, messageQueue, object, orElse, text } from './shape.ts'

/** Of a lock and an unlock alike. Source: LockBatchRequestBody, UnlockBatchRequestBody */
export const lockRequest = body(
  object({
    clientId: text,
    consumerGroup: text,
    mqSet: list(messageQueue),
    onlyThisBroker: orElse(bool, false),
  }),
)

/** The queues that are the client's now. Java's spelling. Source: LockBatchResponseBody */
export const lockReply = body(object({ lockOKMQSet: list(messageQueue) }))
