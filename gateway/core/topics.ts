// Topics and groups, as callers see and make them.

import { MqError } from '../../src/base/errors.ts'
import type { TopicRoute } from '../../src/client/topic-route.ts'
import type { GroupSettings } from '../../src/client/types.ts'
import type { Call, GroupView, TopicInput, TopicView } from './core.ts'
import {
  anyUse,
  groupName,
  isOwn,
  isSystemTopic,
  ownName,
  readableTopic,
  writableTopic,
} from './names.ts'
import type { CorePorts } from './ports.ts'
import { attributeOf, type RouteCache } from './route-cache.ts'

const queuesDefault = 4
const queuesMax = 1024
const readAndWrite = 6
// How long a new topic may take from the brokers to every name server.
const settleMsMax = 5000
const settleEveryMs = 50

/** Names in order, without those of the system and, for other namespaces, their prefix. */
export async function listTopics(call: Call, { client }: CorePorts): Promise<readonly string[]> {
  const [names, masters] = await Promise.all([client.topics(), client.masters()])
  // Every broker has a topic of its own name, and every cluster.
  const ofCluster = new Set([...masters.values()].flatMap(({ name, cluster }) => [name, cluster]))
  return names
    .filter((name) => isOwn(name, call.identity) && !ofCluster.has(name))
    .map((name) => ownName(name, call.identity))
    .filter((name) => !isSystemTopic(name))
    .filter((name) => call.identity.may?.(anyUse, 'Topic', name) ?? true)
    .sort()
}

/** Resolves when the topic can be used. `already-exists` when a broker has it. */
export async function createTopic(
  input: TopicInput,
  call: Call,
  ports: CorePorts,
  routes: RouteCache,
): Promise<TopicView> {
  const name = writableTopic(input.name, call.identity, 'Create')
  const queues = input.queues ?? queuesDefault
  if (!Number.isInteger(queues) || queues < 1 || queues > queuesMax) {
    throw new MqError('invalid-argument', 'the count of queues is out of its range', {
      min: 1,
      max: queuesMax,
    })
  }
  if (await findRoute(name, ports))
    throw new MqError('already-exists', undefined, { topic: input.name })
  const attributes = new Map<string, string>()
  if (input.type) attributes.set('message.type', attributeOf[input.type])
  await ports.client.createTopic({
    name,
    readQueues: queues,
    writeQueues: queues,
    perm: readAndWrite,
    order: false,
    attributes,
  })
  routes.forget(name)
  const route = await settled(name, ports)
  return viewOf(input.name, route, input.type ?? 'unspecified')
}

export async function topic(
  name: string,
  call: Call,
  { client }: CorePorts,
  routes: RouteCache,
): Promise<TopicView> {
  const wireName = readableTopic(name, call.identity, anyUse)
  const [route, type] = await Promise.all([client.route(wireName), routes.type(wireName)])
  return viewOf(name, route, type)
}

/** `group-not-found` for a group that no broker knows yet. */
export async function group(name: string, call: Call, routes: RouteCache): Promise<GroupView> {
  const settings = await routes.group(groupName(name, call.identity, anyUse))
  if (!settings) throw new MqError('group-not-found', undefined, { group: name })
  return {
    name,
    fifo: settings.consumeMessageOrderly,
    maxAttempts: settings.retryMaxTimes + 1,
    consumeTimeoutMs: settings.consumeTimeoutMinutes * 60_000,
    retry: retryOf(settings.retryPolicy),
  }
}

async function findRoute(name: string, { client }: CorePorts): Promise<TopicRoute | undefined> {
  try {
    return await client.route(name)
  } catch (error) {
    if (error instanceof MqError && error.failure === 'topic-not-found') return undefined
    throw error
  }
}

async function settled(name: string, ports: CorePorts): Promise<TopicRoute> {
  const until = ports.clock.monotonic() + settleMsMax
  while (true) {
    const route = await findRoute(name, ports)
    if (route) return route
    if (ports.clock.monotonic() >= until) {
      throw new MqError('broker-timeout', 'the topic was made and is not in the routes yet')
    }
    await ports.clock.sleep(settleEveryMs)
  }
}

function viewOf(name: string, route: TopicRoute, type: TopicView['type']): TopicView {
  const queues = route.queues.flatMap(({ broker, perm, readQueues, writeQueues }) =>
    Array.from({ length: Math.max(readQueues, writeQueues) }, (_, queueId) => ({
      broker,
      queueId,
      readable: (perm & 4) !== 0 && queueId < readQueues,
      writable: (perm & 2) !== 0 && queueId < writeQueues,
    })),
  )
  return { name, type, queues }
}

// Source: ExponentialRetryPolicy, CustomizedRetryPolicy.
const exponential = { initialMs: 5000, maxMs: 2 * 3_600_000, multiplier: 2 }
const ladderMs = [
  1, 5, 10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200,
].map((seconds) => seconds * 1000)

function retryOf(policy: GroupSettings['retryPolicy']): GroupView['retry'] {
  if (policy.type === 'CUSTOMIZED') {
    return { type: 'customized', delaysMs: policy.delaysMs ?? ladderMs }
  }
  return {
    type: 'exponential',
    initialMs: policy.initialMs ?? exponential.initialMs,
    maxMs: policy.maxMs ?? exponential.maxMs,
    multiplier: policy.multiplier ?? exponential.multiplier,
  }
}
