// QueryRoute and QueryAssignment. Clients dial whatever address a queue's broker has, so every
// broker here has the gateway's. Source: RouteActivity.
//
// What the clients need, beyond the proto: at least one queue; queue id 0 readable and
// writable and listed first (Node looks at no other); no unspecified enum value (Java throws);
// message types on routes and none on assignments; broker id 0.

import { MqError } from '../../src/base/errors.ts'
import type { GroupView, TopicView } from '../core/core.ts'
import type { Caller } from './calls.ts'
import { groupName, topicName } from './convert.ts'
import type { Front, GrpcConfig } from './front.ts'
import { v2 } from './gen/messaging.js'
import { groupOrDefault } from './settings.ts'
import { okStatus } from './status.ts'

const { NORMAL, FIFO, DELAY, TRANSACTION } = v2.MessageType

const acceptedTypes: Record<TopicView['type'], v2.MessageType[]> = {
  normal: [NORMAL],
  fifo: [FIFO],
  delay: [DELAY],
  transaction: [TRANSACTION],
  mixed: [NORMAL, FIFO, DELAY, TRANSACTION],
  unspecified: [NORMAL],
}

const addressCountMax = 64

export async function onQueryRoute(
  request: v2.QueryRouteRequest,
  { call }: Caller,
  { core, config }: Front,
): Promise<v2.QueryRouteResponse.Fields> {
  const name = topicName(request.topic)
  const endpoints = endpointsFor(request.endpoints, config)
  const topic = await core.topic(name, call)
  const queues = topic.queues.map((queue) =>
    queueOf(request.topic, queue.queueId, permissionOf(queue), brokerOf(queue.broker, endpoints), [
      ...acceptedTypes[topic.type],
    ]),
  )
  if (queues.length === 0) throw new MqError('topic-not-found', 'the topic has no queue')
  return { status: okStatus, messageQueues: queues.sort(usableFirst) }
}

export async function onQueryAssignment(
  request: v2.QueryAssignmentRequest,
  { call }: Caller,
  { core, config }: Front,
): Promise<v2.QueryAssignmentResponse.Fields> {
  const names = { topic: topicName(request.topic), group: groupName(request.group) }
  const endpoints = endpointsFor(request.endpoints, config)
  const [topic, group] = await Promise.all([
    core.topic(names.topic, call),
    groupOrDefault(names.group, call, core),
  ])
  const readable = topic.queues.filter((queue) => queue.readable)
  if (readable.length === 0) throw new MqError('permission-denied', 'no queue is readable')
  const assignments = assigned(readable, group).map(({ broker, queueId, permission }) => ({
    messageQueue: queueOf(request.topic, queueId, permission, brokerOf(broker, endpoints), []),
  }))
  return { status: okStatus, assignments }
}

type Queue = TopicView['queues'][number]
type Assigned = { broker: string; queueId: number; permission: v2.Permission }

// Members of an ordered group take queues one by one; of any other, whatever a broker has.
function assigned(queues: readonly Queue[], { fifo }: GroupView): Assigned[] {
  if (fifo) return queues.map((queue) => ({ ...queue, permission: permissionOf(queue) }))
  const brokers = new Set(queues.map(({ broker }) => broker))
  return [...brokers].map((broker) => ({
    broker,
    queueId: -1,
    permission: v2.Permission.READ_WRITE,
  }))
}

function permissionOf({ readable, writable }: Queue): v2.Permission {
  if (readable) return writable ? v2.Permission.READ_WRITE : v2.Permission.READ
  return writable ? v2.Permission.WRITE : v2.Permission.NONE
}

const brokerOf = (name: string, endpoints: v2.Endpoints.Fields): v2.Broker.Fields => ({
  name,
  id: 0,
  endpoints,
})

const queueOf = (
  topic: v2.Resource.Fields | null | undefined,
  id: number,
  permission: v2.Permission,
  broker: v2.Broker.Fields,
  acceptMessageTypes: v2.MessageType[],
): v2.MessageQueue.Fields => ({ topic: topic ?? {}, id, permission, broker, acceptMessageTypes })

function usableFirst(a: v2.MessageQueue.Fields, b: v2.MessageQueue.Fields): number {
  return (b.permission ?? 0) - (a.permission ?? 0) || (a.id ?? 0) - (b.id ?? 0)
}

/** Where clients shall go: where this gateway says, or where they came. */
export function endpointsFor(
  asked: v2.Endpoints.Fields | null | undefined,
  { advertised }: Pick<GrpcConfig, 'advertised'>,
): v2.Endpoints.Fields {
  const addresses = asked?.addresses ?? []
  const isLegal =
    addresses.length > 0 && addresses.length <= addressCountMax && addresses.every(isAddress)
  if (!isLegal) throw new MqError('illegal-access-point')
  const [first] = advertised
  if (!first) return { scheme: asked?.scheme || schemeOf(addresses[0]?.host ?? ''), addresses }
  return { scheme: schemeOf(first.host), addresses: advertised.map((address) => ({ ...address })) }
}

const isAddress = ({ host, port }: v2.Address.Fields): boolean =>
  !!host && host.length <= 255 && !!port && port > 0 && port < 65_536

function schemeOf(host: string): v2.AddressScheme {
  if (host.includes(':')) return v2.AddressScheme.IPv6
  return /^\d+(?:\.\d+){3}$/.test(host) ? v2.AddressScheme.IPv4 : v2.AddressScheme.DOMAIN_NAME
}
