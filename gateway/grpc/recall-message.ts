// RecallMessage: takes back a delayed message. Source: RecallMessageActivity.

import type { Caller } from './calls.ts'
import { topicName } from './convert.ts'
import type { Front } from './front.ts'
import type { v2 } from './gen/messaging.js'
import { okStatus } from './status.ts'

export async function onRecallMessage(
  request: v2.RecallMessageRequest,
  { call }: Caller,
  { core }: Front,
): Promise<v2.RecallMessageResponse.Fields> {
  const input = { topic: topicName(request.topic), handle: request.recallHandle }
  const { messageId } = await core.recall(input, call)
  return { status: okStatus, messageId }
}
