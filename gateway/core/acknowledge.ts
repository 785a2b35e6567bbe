// What a receiver says about its deliveries: done (ack), not done (nack), not yet (extend).
// Each handle has a result of its own. A handle names a broker, but only brokers of our own
// route table are ever called; expiry is the broker's to judge, whose clock wrote the time.

import { type Failure, MqError } from '../../src/base/errors.ts'
import { kept } from '../../src/base/kept.ts'
import type { PopReceipt } from '../../src/client/types.ts'
import type { AckInput, Call, DeadLetterInput, Extended, ExtendInput, NackInput } from './core.ts'
import { type Handle, openHandle, sealHandle } from './handles.ts'
import { groupName } from './names.ts'
import type { CorePorts } from './ports.ts'
import { checkInvisible } from './ranges.ts'
import type { RouteCache } from './route-cache.ts'

// So long after its time a handle is refused without asking: no two clocks differ so much.
const expiredForSureMs = 60_000
// A broker that knows it says when a receipt is not the current one; Apache's ignores this.
const strict = { strict: true } as const

export type AcknowledgePorts = { readonly ports: CorePorts; readonly routes: RouteCache }
type Result<T> = Promise<readonly (T | Error)[]>

/** Those of one broker go in one request. */
export async function ack(input: AckInput, call: Call, parts: AcknowledgePorts): Result<undefined> {
  const items = input.handles.map((handle) => ({ handle }))
  const { group, handles } = await opened(items, input.group, call, parts)
  const together = new Map<string, Promise<void>>()
  const byBroker = new Map<string, PopReceipt[]>()
  for (const handle of handles) {
    if (handle instanceof Error) continue
    const { receipt } = handle
    kept(byBroker, receipt.broker, (): PopReceipt[] => []).push(receipt)
  }
  for (const [broker, receipts] of byBroker) {
    if (receipts.length === 1) continue
    const all = parts.ports.client.ackBatch(group, receipts, strict)
    all.catch(() => {})
    together.set(broker, all)
  }
  return settled<undefined>(handles, async ({ receipt }) => {
    try {
      const all = together.get(receipt.broker)
      if (all) {
        await all
        return undefined
      }
    } catch (error) {
      if (!(error instanceof MqError) || !isOfOne(error)) throw error
      // It is not said of which. To acknowledge the others once more is no mistake.
    }
    await parts.ports.client.ack(group, receipt, strict)
    return undefined
  })
}

/** Refusals of single receipts, and of batches as such by brokers that know none. */
const ofOne: ReadonlySet<Failure> = new Set<Failure>([
  'receipt-handle-expired',
  'receipt-handle-superseded',
  'invalid-receipt-handle',
  'no-message',
  'message-illegal',
  'topic-not-found',
  'invalid-argument',
  'not-implemented',
])
const isOfOne = ({ failure }: MqError): boolean => ofOne.has(failure)

export function nack(input: NackInput, call: Call, parts: AcknowledgePorts): Result<undefined> {
  const { client, limits } = parts.ports
  return each(
    input.items,
    input.group,
    call,
    parts,
    async (group, { receipt }, { delayMs = 0 }) => {
      checkInvisible(delayMs, { ...limits, invisibleMsMin: 0 })
      await client.changeInvisible(group, receipt, delayMs, strict)
      return undefined
    },
  )
}

export function extend(input: ExtendInput, call: Call, parts: AcknowledgePorts): Result<Extended> {
  const { client, limits, keys } = parts.ports
  return each(input.items, input.group, call, parts, async (group, handle, { invisibleMs }) => {
    checkInvisible(invisibleMs, { ...limits, ...(input.mayShorten && { invisibleMsMin: 0 }) })
    const receipt = await client.changeInvisible(group, handle.receipt, invisibleMs, strict)
    const owner = { namespace: call.identity.namespace, group }
    return {
      handle: sealHandle({ ...handle, receipt }, owner, keys),
      invisibleUntil: receipt.popTime + receipt.invisibleMs,
    }
  })
}

/** What is forwarded and then not acknowledged comes again, and may be forwarded again. */
export async function deadLetter(
  input: DeadLetterInput,
  call: Call,
  parts: AcknowledgePorts,
): Promise<void> {
  const { client } = parts.ports
  const [failed] = await each([input], input.group, call, parts, async (group, { receipt }) => {
    // Handles of messages whose place the broker did not tell.
    if (receipt.position < 0) throw new MqError('invalid-receipt-handle')
    await client.sendToDeadLetters(group, receipt)
    await client.ack(group, receipt, strict)
    return undefined
  })
  if (failed) throw failed
}

async function each<I extends { readonly handle: string }, T>(
  items: readonly I[],
  groupOfCaller: string,
  call: Call,
  parts: AcknowledgePorts,
  act: (group: string, handle: Handle, item: I) => Promise<T>,
): Result<T> {
  const { group, handles } = await opened(items, groupOfCaller, call, parts)
  return settled(handles, (handle, index) => act(group, handle, items[index] as I))
}

/** What the handles of the caller say; of one that says nothing here, why. */
async function opened(
  items: readonly { readonly handle: string }[],
  groupOfCaller: string,
  call: Call,
  parts: AcknowledgePorts,
): Promise<{ readonly group: string; readonly handles: readonly (Handle | MqError)[] }> {
  const group = groupName(groupOfCaller, call.identity)
  const { handleCountMax } = parts.ports.limits
  if (items.length === 0 || items.length > handleCountMax) {
    throw new MqError('invalid-argument', 'the count of handles is out of its range', {
      min: 1,
      max: handleCountMax,
    })
  }
  const owner = { namespace: call.identity.namespace, group }
  const handles = items.map(({ handle }) => openHandle(handle, owner, parts.ports.keys))
  return { group, handles: await Promise.all(handles.map((one) => current(one, parts))) }
}

async function current(
  handle: Handle | undefined,
  { ports, routes }: AcknowledgePorts,
): Promise<Handle | MqError> {
  if (!handle) return new MqError('invalid-receipt-handle')
  const { popTime, invisibleMs, broker } = handle.receipt
  if (ports.clock.now() > popTime + invisibleMs + expiredForSureMs) {
    return new MqError('receipt-handle-expired')
  }
  try {
    return (await routes.hasMaster(broker)) ? handle : new MqError('invalid-receipt-handle')
  } catch (error) {
    if (error instanceof MqError) return ofHandle(error)
    throw error
  }
}

/** Each handle's own result; failures of programs reject. */
function settled<T>(
  handles: readonly (Handle | MqError)[],
  act: (handle: Handle, index: number) => Promise<T>,
): Result<T> {
  return Promise.all(
    handles.map(async (handle, index) => {
      if (handle instanceof MqError) return handle
      try {
        return await act(handle, index)
      } catch (error) {
        if (error instanceof MqError) return ofHandle(error)
        throw error
      }
    }),
  )
}

/** What a broker's refusal means for the caller, who knows handles and no offsets. */
function ofHandle(error: MqError): MqError {
  switch (error.failure) {
    case 'no-message':
      return new MqError('receipt-handle-expired', undefined, {}, { cause: error })
    case 'message-illegal':
    case 'topic-not-found':
    case 'invalid-argument':
      return new MqError('invalid-receipt-handle', undefined, {}, { cause: error })
    default:
      return error
  }
}
