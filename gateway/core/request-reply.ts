// A question that waits for its answer, and the answer. Where an answer goes is in the message
// that asks; consumers get it as a handle, signed, so that nobody answers what they did not get.
// Source: RequestResponseFuture, MessageUtil.createReplyMessage.

import { MqError } from '../../src/base/errors.ts'
import { replyAddressOf } from '../../src/client/request-reply.ts'
import type { ReplyAddress } from '../../src/client/types.ts'
import type { Message } from '../../src/message/message.ts'
import type { Call, Delivered, ReplyInput, SendInput } from './core.ts'
import { delivered } from './delivered.ts'
import type { KeyRing } from './key-ring.ts'
import type { CorePorts } from './ports.ts'
import { checkProperties, wire } from './properties.ts'
import { prepare, type SendPorts } from './send.ts'
import { openToken, sealToken } from './token.ts'

const prefix = 'mqq1'
const lengthMax = 1024
const timeoutMsMax = 60_000

/** What a consumer answers with; undefined for a message that asks nothing. */
export function replyHandleOf(message: Message, keys: KeyRing): string | undefined {
  const to = replyAddressOf(message)
  if (!to) return undefined
  const fields = [to.cluster, to.clientId, to.correlationId, to.ttlMs]
  return sealToken(prefix, Buffer.from(JSON.stringify(fields)), keys)
}

/** The answer; `reply-timeout` when none came. The question may have been stored all the same. */
export async function request(
  input: SendInput,
  timeoutMs: number,
  call: Call,
  sending: SendPorts,
): Promise<Delivered> {
  if (timeoutMs < 1 || timeoutMs > timeoutMsMax) {
    throw new MqError('illegal-polling-time', `at most ${timeoutMsMax} ms`, { pointer: 'timeout' })
  }
  if (input.idempotencyKey !== undefined || input.type === 'transaction') {
    throw new MqError('invalid-argument', 'a question is a plain message', {
      outcome: 'not-stored',
    })
  }
  const { message } = prepare(input, call, sending)
  const { client } = sending.ports
  const reply = await client.request(message, { timeoutMs, signal: call.signal })
  return delivered(reply, '', call.identity)
}

export async function reply(
  { handle, body, contentType, properties }: ReplyInput,
  { client, keys, limits }: CorePorts,
): Promise<void> {
  const to = openReplyHandle(handle, keys)
  if (!to) throw new MqError('invalid-receipt-handle', 'the reply handle is not valid')
  if (body.length === 0) throw new MqError('message-body-empty')
  if (body.length > limits.bodyBytesMax) throw new MqError('message-too-large')
  const own = new Map(properties)
  checkProperties(own, limits)
  if (contentType) own.set(wire.contentType, contentType)
  try {
    await client.reply(to, { body, properties: own })
  } catch (error) {
    if (!(error instanceof MqError) || error.failure !== 'broker-error') throw error
    throw new MqError('not-found', 'whoever asked does not wait any more', {}, { cause: error })
  }
}

function openReplyHandle(text: string, keys: KeyRing): ReplyAddress | undefined {
  const bytes = text.length > lengthMax ? undefined : openToken(prefix, text, keys)
  if (!bytes) return undefined
  // Sealed by this ring, so it is what was printed above.
  const [cluster, clientId, correlationId, ttlMs] = JSON.parse(bytes.toString()) as [
    string,
    string,
    string,
    number | null,
  ]
  return { cluster, clientId, correlationId, ttlMs: ttlMs ?? undefined }
}
