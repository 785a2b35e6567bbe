// Requests that no client makes: valid ones with bytes changed, cut, repeated and moved, on the
// real front and core. Each must be answered, none may show a bug of ours.

import { status as grpcStatus, type ServiceError } from '@grpc/grpc-js'
import test from 'ava'
import { v2 } from '../../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../../gateway/grpc/service-definition.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Random } from '../../src/base/random.ts'
import { gatewayCore, seeded } from '../support/gateway-core.ts'
import { grpcFront } from '../support/grpc-front.ts'

const requestCount = 10_000
const inFlight = 64

const topic = { resourceNamespace: 'ns', name: 'orders' }
const group = { name: 'billing' }
const time = { seconds: 1_700_000_000, nanos: 5 }
const addresses = [{ host: '127.0.0.1', port: 8081 }]
const messageQueue = { topic, id: 0, permission: 4, broker: { name: 'broker-a', id: 0 } }

const seeds: readonly { path: string; bytes: Buffer }[] = [
  {
    path: rpc.SendMessage.path,
    bytes: rpc.SendMessage.requestSerialize({
      messages: ['a', 'b'].map((messageId) => ({
        topic,
        body: Buffer.from('the body'),
        userProperties: { shop: 'north', 'content-type': 'text/plain' },
        systemProperties: {
          messageId,
          tag: 'paid',
          keys: ['k1', 'k2'],
          messageGroup: 'g',
          bornTimestamp: time,
          bodyEncoding: v2.Encoding.IDENTITY,
          bodyDigest: { type: v2.DigestType.CRC32, checksum: '00' },
        },
      })),
    }),
  },
  {
    path: rpc.ReceiveMessage.path,
    bytes: rpc.ReceiveMessage.requestSerialize({
      group,
      messageQueue,
      filterExpression: { type: v2.FilterType.TAG, expression: 'a || b' },
      batchSize: 4,
      invisibleDuration: { seconds: 30 },
      longPollingTimeout: { seconds: 5 },
      attemptId: 'a1',
    }),
  },
  {
    path: rpc.AckMessage.path,
    bytes: rpc.AckMessage.requestSerialize({
      group,
      topic,
      entries: [{ messageId: 'a', receiptHandle: 'mqh1.k.payload.mac' }],
    }),
  },
  {
    path: rpc.ChangeInvisibleDuration.path,
    bytes: rpc.ChangeInvisibleDuration.requestSerialize({
      group,
      topic,
      receiptHandle: 'mqh1.k.payload.mac',
      invisibleDuration: { seconds: 30 },
      messageId: 'a',
    }),
  },
  {
    path: rpc.QueryRoute.path,
    bytes: rpc.QueryRoute.requestSerialize({ topic, endpoints: { scheme: 1, addresses } }),
  },
  {
    path: rpc.QueryAssignment.path,
    bytes: rpc.QueryAssignment.requestSerialize({
      topic,
      group,
      endpoints: { scheme: 1, addresses },
    }),
  },
  {
    path: rpc.Heartbeat.path,
    bytes: rpc.Heartbeat.requestSerialize({ group, clientType: v2.ClientType.SIMPLE_CONSUMER }),
  },
]

test(`${requestCount} mutated requests are answered without a bug of ours`, async (t) => {
  const { core, clock } = gatewayCore()
  const bugs: unknown[] = []
  const log = { ...silentLog, error: (_event: string, fields: unknown) => bugs.push(fields) }
  // Nothing waits: the clock of this test stands still.
  const config = { pollMsMax: 0, streamCountMax: inFlight }
  const { client } = await grpcFront(t, { core, clock, log, config })
  const random = seeded(20261123)
  let answered = 0
  let undecodable = 0

  const runner = async (): Promise<void> => {
    while (answered + undecodable < requestCount) {
      const seed = seeds[random.below(seeds.length)]
      if (!seed) continue
      try {
        await client.raw(seed.path, mutated(seed.bytes, random))
        answered++
      } catch (error) {
        const { code } = error as ServiceError
        if (code !== grpcStatus.INTERNAL) throw error
        undecodable++
      }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, runner))

  t.deepEqual(bugs, [])
  t.true(answered > requestCount / 10, `${answered} were answered`)
  t.true(undecodable > requestCount / 10, `${undecodable} could not be decoded`)
  const alive = await client.unary(rpc.Heartbeat, { clientType: v2.ClientType.PRODUCER })
  t.is(alive.status?.code, v2.Code.OK)
})

function mutated(bytes: Buffer, random: Random): Buffer {
  let out = Buffer.from(bytes)
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const at = random.below(out.length + 1)
    const size = random.below(8)
    const kind = random.below(4)
    if (kind === 0 && at < out.length) out[at] = random.below(256)
    else if (kind === 1) out = out.subarray(0, at)
    else if (kind === 2) {
      out = Buffer.concat([out.subarray(0, at), random.bytes(size), out.subarray(at)])
    } else out = Buffer.concat([out.subarray(0, at), out.subarray(at + size)])
  }
  return out
}
