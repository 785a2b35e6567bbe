// Groups: which there are, how far they have come, who is in them, and setting where they go on.

import { MqError } from '../../src/base/errors.ts'
import type { QueueAddress } from '../../src/client/topic-route.ts'
import type { GroupClient, GroupProgress } from '../../src/client/views.ts'
import type { AdminParts, SeekInput, Sought } from './admin-views.ts'
import type { Call, TopicAction } from './core.ts'
import { groupName, isOwn, isSystemGroup, ownName, readableTopic } from './names.ts'

/** Whether a topic has what comes again to a group. */
export const isRetries = (topic: string): boolean => topic.startsWith('%RETRY%')
export const lookingAt: readonly TopicAction[] = ['Sub', 'Get', 'List']

export async function groups(call: Call, { ports }: AdminParts): Promise<readonly string[]> {
  const names = await ports.client.inspection.groups()
  return names
    .filter((name) => isOwn(name, call.identity))
    .map((name) => ownName(name, call.identity))
    .filter((name) => !isSystemGroup(name))
    .filter((name) => call.identity.may?.(lookingAt, 'Group', name) ?? true)
    .sort()
}

/** Without the queues of retries, whose names are the brokers' own. */
export async function progress(
  group: string,
  call: Call,
  parts: AdminParts,
): Promise<readonly GroupProgress[]> {
  const name = await knownGroup(group, call, parts)
  const all = await parts.ports.client.inspection.progress(name)
  return all
    .filter(({ topic }) => !isRetries(topic))
    .map((one) => ({ ...one, topic: ownName(one.topic, call.identity) }))
}

export async function clients(
  group: string,
  call: Call,
  parts: AdminParts,
): Promise<readonly GroupClient[]> {
  return parts.ports.client.inspection.clients(await knownGroup(group, call, parts))
}

/** Queue by queue; what is in flight stays with whoever has it until its time is over. */
export async function seek(
  input: SeekInput,
  call: Call,
  parts: AdminParts,
): Promise<readonly Sought[]> {
  // A look at where it is needs no more than to receive; to set it does.
  const anyOf: readonly TopicAction[] = input.dryRun ? lookingAt : ['Update']
  const group = await knownGroup(input.group, call, parts, anyOf)
  const topic = readableTopic(input.topic, call.identity, lookingAt)
  const { client } = parts.ports
  const { queues } = await client.route(topic)
  const all = queues.flatMap(({ broker, readQueues }) =>
    Array.from({ length: readQueues }, (_, queueId): QueueAddress => ({ topic, broker, queueId })),
  )
  const targets = await Promise.all(targetsOf(input, all, parts))
  const sought = await Promise.all(
    targets.map(async ({ queue, to }) => ({
      broker: queue.broker,
      queueId: queue.queueId,
      from: await client.consumerOffset(group, queue),
      to,
    })),
  )
  if (!input.dryRun) {
    for (const { queue, to } of targets) await client.inspection.seek(group, queue, to)
  }
  return sought
}

type Target = { readonly queue: QueueAddress; readonly to: number }

function targetsOf(
  { to }: SeekInput,
  queues: readonly QueueAddress[],
  { ports: { client } }: AdminParts,
): Promise<Target>[] {
  if (typeof to === 'object' && 'offsets' in to) {
    return to.offsets.map(async ({ broker, queueId, offset }) => {
      const queue = queues.find((one) => one.broker === broker && one.queueId === queueId)
      if (!queue) throw new MqError('not-found', 'there is no such queue')
      const [min, max] = await Promise.all([client.minOffset(queue), client.maxOffset(queue)])
      if (offset < min || offset > max) throw new MqError('illegal-offset', undefined, { min, max })
      return { queue, to: offset }
    })
  }
  return queues.map(async (queue) => {
    if (to === 'earliest') return { queue, to: await client.minOffset(queue) }
    if (to === 'latest') return { queue, to: await client.maxOffset(queue) }
    return { queue, to: await client.offsetByTime(queue, to.at) }
  })
}

export async function knownGroup(
  group: string,
  call: Call,
  { core }: AdminParts,
  anyOf: readonly TopicAction[] = lookingAt,
): Promise<string> {
  const name = groupName(group, call.identity, anyOf)
  // With the rights of whoever may do this: a role that may set offsets need not receive.
  const { may: _, ...identity } = call.identity
  await core.group(group, { ...call, identity })
  return name
}
