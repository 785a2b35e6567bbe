// Sends with an idempotency key: stored once within a window, and answered again with what the
// first send was answered. The key, its topic and its namespace make the message id; the digest
// of the body tells a repeat from a mistake.
//
// Our broker remembers ids itself (it says so in its heartbeat reply), so that no gateway has
// to. In front of any other broker the shared state does, which is weaker: an id whose first
// send ended unknown is free again after its lease.

import { hash } from 'node:crypto'
import { MqError } from '../../src/base/errors.ts'
import type { TransientState } from '../../src/base/transient-state.ts'
import type { Call, SendInput, SendOutput } from './core.ts'

export const idempotencyKeyCharsMax = 255
const idHexDigits = 32

export type Once = {
  /** The message id. */
  readonly id: string
  readonly digest: string
}

/** Undefined for a send without a key. Throws `invalid-argument`. */
export function onceOf(input: SendInput, call: Call): Once | undefined {
  const { idempotencyKey: key, topic, body } = input
  if (key === undefined) return undefined
  if (key === '' || key.length > idempotencyKeyCharsMax) {
    throw new MqError(
      'invalid-argument',
      `an idempotency key has 1 to ${idempotencyKeyCharsMax} characters`,
      { pointer: 'Idempotency-Key' },
    )
  }
  const named = JSON.stringify([call.identity.namespace, topic, key])
  return { id: digestOf(named).toUpperCase(), digest: digestOf(body) }
}

const digestOf = (data: string | Uint8Array): string =>
  hash('sha256', data, 'hex').slice(0, idHexDigits)

/** A send that is under way ends within this, or is taken to have failed. */
const leaseMs = 30_000
const windowMs = 600_000

type Kept = { readonly digest: string; readonly output?: SendOutput }

/** Runs `send` unless the state knows that it was run. For brokers without a window. */
export async function sendOnce(
  { id, digest }: Once,
  state: TransientState,
  send: () => Promise<SendOutput>,
): Promise<SendOutput> {
  const key = `send:${id}`
  const isFirst = await before(state.add(key, print({ digest }), leaseMs))
  if (!isFirst) return earlier(await before(state.get(key)), digest)
  let output: SendOutput
  try {
    output = await send()
  } catch (error) {
    // Whether an unknown one is stored nobody can tell: its lease keeps a repeat off for a while.
    const isFree = error instanceof MqError && error.detail['outcome'] === 'not-stored'
    if (isFree) await state.remove(key).catch(() => {})
    throw error
  }
  // The message is stored whatever becomes of this; a repeat within the lease is refused.
  await state.set(key, print({ digest, output }), windowMs).catch(() => {})
  return output
}

const print = (kept: Kept): string => JSON.stringify(kept)

function earlier(text: string | undefined, digest: string): SendOutput {
  const kept = text === undefined ? undefined : (JSON.parse(text) as Kept)
  if (kept && kept.digest !== digest) throw refused('idempotency-key-reused')
  if (!kept?.output) throw refused('idempotency-in-flight')
  return { ...kept.output, replayed: true }
}

const refused = (failure: 'idempotency-key-reused' | 'idempotency-in-flight'): MqError =>
  new MqError(failure, undefined, { outcome: 'not-stored' })

/** Without the state nothing is sent: a repeat could not be told from a first. */
async function before<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    throw new MqError(error.failure, error.message, { ...error.detail, outcome: 'not-stored' })
  }
}
