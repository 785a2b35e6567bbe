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
  const batches = await ackedTogether(group, handles, parts)
  const known = handles.map((handle) =>
    handle instanceof MqError ? handle : batches.get(handle.receipt.broker),
  )
  if (known.every((one) => one !== undefined)) return known.map(resultOf)
  return settled<undefined>(handles, async ({ receipt }, index) => {
    const result = known[index]
    if (result instanceof MqError) throw result
    if (result === undefined) await parts.ports.client.ack(group, receipt, strict)
    return undefined
  })
}

const acked = Symbol('acked')
const resultOf = (one: MqError | typeof acked | undefined) =>
  one instanceof MqError ? one : undefined

/** By broker, what became of all its handles; those of a broker that is not here go one by one. */
async function ackedTogether(
  group: string,
  handles: readonly (Handle | MqError)[],
  { ports: { client } }: AcknowledgePorts,
): Promise<ReadonlyMap<string, MqError | typeof acked>> {
  const byBroker = new Map<string, PopReceipt[]>()
  for (const handle of handles) {
    if (handle instanceof MqError) continue
    const { receipt } = handle
    kept(byBroker, receipt.broker, (): PopReceipt[] => []).push(receipt)
  }
  const results = new Map<string, MqError | typeof acked>()
  const ackAll = async (broker: string, receipts: readonly PopReceipt[]): Promise<void> => {
    try {
      await client.ackBatch(group, receipts, strict)
      results.set(broker, acked)
    } catch (error) {
      if (!(error instanceof MqError)) throw error
      // It is not said of which. To acknowledge the others once more is no mistake.
      if (!isOfOne(error)) results.set(broker, ofHandle(error))
    }
  }
  const batches = [...byBroker].filter(([, { length }]) => length > 1)
  await Promise.all(batches.map(([broker, receipts]) => ackAll(broker, receipts)))
  return results
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
  const now = parts.ports.clock.now()
  const handles = items.map(({ handle }) =>
    current(openHandle(handle, owner, parts.ports.keys), now),
  )
  const unreachable = await withoutMaster(handles, parts)
  const reachable = (handle: Handle | MqError): Handle | MqError =>
    handle instanceof MqError ? handle : (unreachable.get(handle.receipt.broker) ?? handle)
  return { group, handles: unreachable.size === 0 ? handles : handles.map(reachable) }
}

function current(handle: Handle | undefined, now: number): Handle | MqError {
  if (!handle) return new MqError('invalid-receipt-handle')
  const { popTime, invisibleMs } = handle.receipt
  const isOver = now > popTime + invisibleMs + expiredForSureMs
  return isOver ? new MqError('receipt-handle-expired') : handle
}

/** By broker, why its handles cannot be followed. */
async function withoutMaster(
  handles: readonly (Handle | MqError)[],
  { routes }: AcknowledgePorts,
): Promise<ReadonlyMap<string, MqError>> {
  const found = new Map<string, MqError>()
  const look = async (broker: string): Promise<void> => {
    try {
      if (!(await routes.hasMaster(broker)))
        found.set(broker, new MqError('invalid-receipt-handle'))
    } catch (error) {
      if (!(error instanceof MqError)) throw error
      found.set(broker, ofHandle(error))
    }
  }
  const brokers = new Set<string>()
  for (const handle of handles) {
    if (!(handle instanceof MqError)) brokers.add(handle.receipt.broker)
  }
  await Promise.all([...brokers].map(look))
  return found
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
