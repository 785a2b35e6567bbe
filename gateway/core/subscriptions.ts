// What consumers are subscribed to, as brokers and the consumers themselves say it. A broker goes by
// the newest that any member of a group said of a topic: members that differ lose messages.

import { MqError } from '../../src/base/errors.ts'
import type { TopicRoute } from '../../src/client/topic-route.ts'
import type { Subscription } from '../../src/client/views.ts'
import type {
  AdminParts,
  SubscriptionInput,
  SubscriptionView,
  TimeSpanView,
} from './admin-views.ts'
import type { Call } from './core.ts'
import { isRetries, knownGroup, lookingAt } from './group-admin.ts'
import { isOwn, isSystemGroup, ownName, readableTopic } from './names.ts'

const groupsMax = 64
const clientsMax = 64
const topicsMax = 64

export async function subscriptions(
  { group, topic }: SubscriptionInput,
  call: Call,
  parts: AdminParts,
): Promise<readonly SubscriptionView[]> {
  const { identity } = call
  const name = topic === undefined ? undefined : readableTopic(topic, identity, lookingAt)
  const groups =
    group !== undefined
      ? [await knownGroup(group, call, parts)]
      : await readersOf(name, call, parts)
  const views = await Promise.all(groups.map((one) => ofGroup(one, call, parts)))
  return views.flat().filter((one) => topic === undefined || one.subscription.topic === topic)
}

async function readersOf(
  topic: string | undefined,
  { identity }: Call,
  { ports }: AdminParts,
): Promise<readonly string[]> {
  if (topic === undefined) throw new MqError('invalid-argument', 'a topic or a group is missing')
  const all = await ports.client.inspection.readersOf(topic)
  return all
    .filter((name) => isOwn(name, identity) && !isSystemGroup(ownName(name, identity)))
    .slice(0, groupsMax)
}

async function ofGroup(
  group: string,
  { identity }: Call,
  { ports }: AdminParts,
): Promise<SubscriptionView[]> {
  const { inspection } = ports.client
  const { clients, subscriptions, isBroadcasting } = await inspection.connections(group)
  const said = await Promise.all(
    clients.slice(0, clientsMax).map(async (client) => {
      const info = inspection.runningInfo(group, client.clientId, false)
      // One that does not answer may have gone, or know no such question.
      const answer = await info.catch((error: unknown) => {
        if (error instanceof MqError) return undefined
        throw error
      })
      return { client, subscriptions: answer?.subscriptions }
    }),
  )
  return subscriptions
    .filter(({ topic }) => !isRetries(topic) && isOwn(topic, identity))
    .map((subscription) => {
      const answered = said.flatMap(({ client, subscriptions: all }) =>
        all ? [{ client, own: all.find(({ topic }) => topic === subscription.topic) }] : [],
      )
      return {
        group: ownName(group, identity),
        isBroadcasting,
        isOnline: clients.length > 0,
        isConsistent: answered.every(({ own }) => isSame(own, subscription)),
        subscription: { ...subscription, topic: ownName(subscription.topic, identity) },
        clients: answered,
      }
    })
}

const isSame = (own: Subscription | undefined, { type, expression }: Subscription): boolean =>
  own?.type === type && own.expression === expression

export async function timeSpans(
  group: string,
  topics: readonly string[],
  call: Call,
  parts: AdminParts,
): Promise<readonly TimeSpanView[]> {
  if (topics.length === 0 || topics.length > topicsMax) {
    throw new MqError('invalid-argument', 'the count of topics is out of its range', {
      min: 1,
      max: topicsMax,
    })
  }
  const name = await knownGroup(group, call, parts)
  const { inspection } = parts.ports.client
  const rows = await Promise.all(
    topics.map(async (topic) => {
      const spans = await inspection.timeSpans(name, readableTopic(topic, call.identity, lookingAt))
      return spans.map((one) => ({ ...one, topic }))
    }),
  )
  return rows.flat()
}

/** With the addresses of brokers: for administrators. */
export const route = (topic: string, call: Call, { ports }: AdminParts): Promise<TopicRoute> =>
  ports.client.route(readableTopic(topic, call.identity, lookingAt))
