// What a receiver says about its deliveries: done (ack), not done (nack), not yet (extend).
// Each handle has a result of its own. A handle names a broker, but only brokers of our own
// route table are ever called; expiry is the broker's to judge, whose clock wrote the time.

import { MqError } from '../../src/base/errors.ts'
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

export function ack(input: AckInput, call: Call, parts: AcknowledgePorts): Result<undefined> {
  const items = input.handles.map((handle) => ({ handle }))
  return each(items, input.group, call, parts, async (group, { receipt }) => {
    await parts.ports.client.ack(group, receipt, strict)
    return undefined
  })
}

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
  const group = groupName(groupOfCaller, call.identity)
  const { handleCountMax } = parts.ports.limits
  if (items.length === 0 || items.length > handleCountMax) {
    throw new MqError('invalid-argument', 'the count of handles is out of its range', {
      min: 1,
      max: handleCountMax,
    })
  }
  const owner = { namespace: call.identity.namespace, group }
  const run = async (item: I): Promise<T | Error> => {
    try {
      const handle = openHandle(item.handle, owner, parts.ports.keys)
      if (!handle) throw new MqError('invalid-receipt-handle')
      await checkCurrent(handle.receipt, parts)
      return await act(group, handle, item)
    } catch (error) {
      if (error instanceof MqError) return ofHandle(error)
      throw error
    }
  }
  return Promise.all(items.map(run))
}

async function checkCurrent(receipt: PopReceipt, { ports, routes }: AcknowledgePorts) {
  const expiredAt = receipt.popTime + receipt.invisibleMs
  if (ports.clock.now() > expiredAt + expiredForSureMs) throw new MqError('receipt-handle-expired')
  if (!(await routes.hasMaster(receipt.broker))) throw new MqError('invalid-receipt-handle')
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
