// Taking back a delayed message. The handle that a send gave holds the topic, the broker and the
// message; it is signed, so that nobody takes back what is not theirs.

import { MqError } from '../../src/base/errors.ts'
import { parseRecallHandle, printRecallHandle } from '../../src/message/recall-handle.ts'
import type { Call, RecallInput } from './core.ts'
import type { KeyRing } from './key-ring.ts'
import { writableTopic } from './names.ts'
import type { CorePorts } from './ports.ts'
import type { RouteCache } from './route-cache.ts'
import { openToken, sealToken } from './token.ts'

const prefix = 'mqr1'
const lengthMax = 1024

/** What the caller gets of a broker's recall handle. */
export const sealRecallHandle = (handle: string, keys: KeyRing): string =>
  sealToken(prefix, Buffer.from(handle, 'base64url'), keys)

/** Answers the message id. Whether the message still waited is not known to the broker. */
export async function recall(
  input: RecallInput,
  call: Call,
  { ports, routes }: { readonly ports: CorePorts; readonly routes: RouteCache },
): Promise<{ readonly messageId: string }> {
  const topic = writableTopic(input.topic, call.identity)
  const bytes =
    input.handle.length > lengthMax ? undefined : openToken(prefix, input.handle, ports.keys)
  const handle = bytes && parseRecallHandle(bytes.toString('base64url'))
  if (!handle || handle.topic !== topic || !(await routes.hasMaster(handle.brokerName))) {
    throw new MqError('invalid-receipt-handle', 'the recall handle is not valid')
  }
  if (handle.deliverAt <= ports.clock.now()) {
    throw new MqError('receipt-handle-expired', 'the message is due already')
  }
  await ports.client.recall(handle.brokerName, topic, printRecallHandle(handle))
  return { messageId: handle.messageId }
}
