import test from 'ava'
import type { TopicView } from '../../../../gateway/core/core.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { endpointsFor } from '../../../../gateway/grpc/routes.ts'
import { messagingService as rpc } from '../../../../gateway/grpc/service-definition.ts'
import { grpcFront } from '../../../support/grpc-front.ts'

const { READ_WRITE, READ, WRITE } = v2.Permission
const { NORMAL, FIFO, DELAY, TRANSACTION } = v2.MessageType

const asked = {
  topic: { resourceNamespace: 'ns', name: 'orders' },
  endpoints: {
    scheme: v2.AddressScheme.DOMAIN_NAME,
    addresses: [{ host: 'gateway.example', port: 7777 }],
  },
}

const view = (more: Partial<TopicView> = {}): TopicView => ({
  name: 'orders',
  type: 'normal',
  queues: [
    { broker: 'broker-a', queueId: 2, readable: true, writable: false },
    { broker: 'broker-a', queueId: 1, readable: false, writable: true },
    { broker: 'broker-a', queueId: 0, readable: true, writable: true },
    { broker: 'broker-b', queueId: 0, readable: true, writable: true },
  ],
  ...more,
})

test('a route sends to where the client came from, usable queues first', async (t) => {
  const { client, core } = await grpcFront(t)
  core.topic = async () => view()
  const { status, messageQueues } = await client.unary(rpc.QueryRoute, asked)

  t.is(status?.code, v2.Code.OK)
  t.deepEqual(
    messageQueues.map(({ id, permission, broker }) => [broker?.name, id, permission]),
    [
      ['broker-a', 0, READ_WRITE],
      ['broker-b', 0, READ_WRITE],
      ['broker-a', 1, WRITE],
      ['broker-a', 2, READ],
    ],
  )
  for (const { topic, broker, acceptMessageTypes } of messageQueues) {
    t.like(topic, asked.topic)
    t.is(broker?.id, 0)
    t.is(broker?.endpoints?.scheme, v2.AddressScheme.DOMAIN_NAME)
    t.like(broker?.endpoints?.addresses, [{ host: 'gateway.example', port: 7777 }])
    t.deepEqual(acceptMessageTypes, [NORMAL])
  }
})

const accepted: Record<TopicView['type'], v2.MessageType[]> = {
  normal: [NORMAL],
  fifo: [FIFO],
  delay: [DELAY],
  transaction: [TRANSACTION],
  mixed: [NORMAL, FIFO, DELAY, TRANSACTION],
  unspecified: [NORMAL],
}

for (const [type, numbers] of Object.entries(accepted)) {
  test(`a topic of type ${type} accepts what its name says`, async (t) => {
    const { client, core } = await grpcFront(t)
    core.topic = async () => view({ type: type as TopicView['type'] })
    const { messageQueues } = await client.unary(rpc.QueryRoute, asked)
    t.deepEqual(messageQueues[0]?.acceptMessageTypes, numbers)
  })
}

test('members of a group are assigned whole brokers, of an ordered one each queue', async (t) => {
  const { client, core } = await grpcFront(t)
  core.topic = async () => view()
  const request = { ...asked, group: { name: 'billing' } }
  const shared = await client.unary(rpc.QueryAssignment, request)
  t.deepEqual(
    shared.assignments.map(({ messageQueue }) => [messageQueue?.broker?.name, messageQueue?.id]),
    [
      ['broker-a', -1],
      ['broker-b', -1],
    ],
  )
  t.deepEqual(shared.assignments[0]?.messageQueue?.acceptMessageTypes, [])

  const group = core.group.bind(core)
  core.group = async (name, call) => ({ ...(await group(name, call)), fifo: true })
  const ordered = await client.unary(rpc.QueryAssignment, request)
  t.deepEqual(
    ordered.assignments.map(({ messageQueue }) => [messageQueue?.broker?.name, messageQueue?.id]),
    [
      ['broker-a', 2],
      ['broker-a', 0],
      ['broker-b', 0],
    ],
  )
})

test('an assignment without readable queues is forbidden', async (t) => {
  const { client, core } = await grpcFront(t)
  core.topic = async () => view({ queues: [] })
  const request = { ...asked, group: { name: 'billing' } }
  t.is((await client.unary(rpc.QueryAssignment, request)).status?.code, v2.Code.FORBIDDEN)
})

test('what the gateway advertises goes before what the client asked', (t) => {
  const advertised = [{ host: '10.0.0.7', port: 8081 }]
  t.deepEqual(endpointsFor(asked.endpoints, { advertised }), {
    scheme: v2.AddressScheme.IPv4,
    addresses: advertised,
  })
})

test('a scheme that is not said is seen from the address', (t) => {
  const schemeOf = (host: string) =>
    endpointsFor({ addresses: [{ host, port: 1 }] }, { advertised: [] }).scheme
  t.is(schemeOf('127.0.0.1'), v2.AddressScheme.IPv4)
  t.is(schemeOf('::1'), v2.AddressScheme.IPv6)
  t.is(schemeOf('localhost'), v2.AddressScheme.DOMAIN_NAME)
})

const illegal: Record<string, v2.Endpoints.Fields | null> = {
  nothing: null,
  'no address': {},
  'an empty host': { addresses: [{ host: '', port: 1 }] },
  'no port': { addresses: [{ host: 'a' }] },
  'a port that is none': { addresses: [{ host: 'a', port: 65_536 }] },
  'too many addresses': { addresses: new Array(65).fill({ host: 'a', port: 1 }) },
}

for (const [what, endpoints] of Object.entries(illegal)) {
  test(`an access point of ${what} is illegal`, (t) => {
    t.like(
      t.throws(() => endpointsFor(endpoints, { advertised: [] })),
      { failure: 'illegal-access-point' },
    )
  })
}
