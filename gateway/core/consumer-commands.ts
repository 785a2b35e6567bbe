// What administrators ask of one consumer of a group, over the broker that knows its connection: what
// it says of itself, its stacks, and to consume a message on trial.

import { MqError } from '../../src/base/errors.ts'
import type { RunningInfo } from '../../src/client/views.ts'
import type { AdminParts, ConsumerInput, VerifyInput } from './admin-views.ts'
import type { Call } from './core.ts'
import { groupName, readableTopic } from './names.ts'

export function runningInfo(
  { group, clientId, stacks }: ConsumerInput,
  call: Call,
  { ports }: AdminParts,
): Promise<RunningInfo> {
  const name = groupName(group, call.identity, ['Get'])
  return ports.client.inspection.runningInfo(name, clientId, stacks)
}

/** `not-implemented` by a client that knows no trials. */
export async function verify(
  { group, clientId, topic, messageId }: VerifyInput,
  call: Call,
  { ports }: AdminParts,
): Promise<'consumed' | 'failed' | 'corrupted'> {
  const name = readableTopic(topic, call.identity)
  const asked = { group: groupName(group, call.identity), clientId, topic: name }
  const { inspection } = ports.client
  const found = await inspection.byId(name, messageId)
  if (!found) throw new MqError('message-not-found')
  const { broker, message } = found
  const { offsetMessageId } = message
  switch (await inspection.consumeDirectly({ ...asked, broker, offsetMessageId })) {
    case 'CR_SUCCESS':
    case 'CR_COMMIT':
      return 'consumed'
    case 'CR_RETURN_NULL':
      return 'corrupted'
    default:
      return 'failed'
  }
}
