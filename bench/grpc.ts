// What the gRPC front costs, over a core that answers at once: sends of 1 KiB, one per call,
// and receives of 32. The load comes from a process of its own, so that the CPU counted is the
// front's alone (and the kernel's share of its sockets). Prints JSON.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import type { Core, Received } from '../gateway/core/core.ts'
import { noIdentity } from '../gateway/grpc/credentials.ts'
import { createGrpcFront } from '../gateway/grpc/grpc-front.ts'
import { messagingService as rpc } from '../gateway/grpc/service-definition.ts'
import { MqError } from '../src/base/errors.ts'
import { silentLog } from '../src/base/log.ts'
import { noMetrics } from '../src/base/metrics.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { median } from './process-cost.ts'

const bodyBytes = 1024
const connections = 4
const inFlight = 32
const messagesPerReceive = 32
const rounds = 5
const sendsPerRound = 8000
const receivesPerRound = 800

type Load = { readonly kind: 'send' | 'receive'; readonly port: number; readonly calls: number }

const body = Buffer.alloc(bodyBytes, 'x')
const topic = { name: 'orders' }

const requests = {
  send: rpc.SendMessage.requestSerialize({
    messages: [
      {
        topic,
        body,
        userProperties: { shop: 'north', kind: 'bench' },
        systemProperties: {
          messageId: '0102FC0000000104820B160D7A00000000',
          tag: 'paid',
          keys: ['order-7'],
          bornTimestamp: { seconds: 1_700_000_000, nanos: 5_000_000 },
          bodyEncoding: 1,
          messageType: 1,
          bornHost: 'client.example',
        },
      },
    ],
  }),
  receive: rpc.ReceiveMessage.requestSerialize({
    group: { name: 'billing' },
    messageQueue: { topic },
    batchSize: messagesPerReceive,
    invisibleDuration: { seconds: 30 },
    longPollingTimeout: { seconds: 1 },
  }),
}

const received: Received = {
  messageId: '0102FC0000000104820B160D7A00000000',
  topic: 'orders',
  tag: 'paid',
  keys: ['order-7'],
  properties: new Map([['shop', 'north']]),
  contentType: undefined,
  body,
  bodyEncoding: undefined,
  bodyCrc: 0,
  type: 'normal',
  bornAt: 1_700_000_000_005,
  bornHost: 'client.example',
  storedAt: 1_700_000_000_006,
  storeHost: '127.0.0.1:10911',
  broker: 'broker-a',
  queueId: 1,
  queueOffset: 41,
  orderingKey: undefined,
  deliverAt: undefined,
  traceparent: undefined,
  traceContext: undefined,
  handle: `mqh1.k1.${'h'.repeat(110)}`,
  attempt: 1,
  invisibleUntil: 0,
}

const unused = async (): Promise<never> => {
  throw new MqError('not-implemented')
}

const instantCore: Core = {
  async send(input) {
    return {
      messageId: input.messageId ?? '',
      topic: input.topic,
      broker: 'broker-a',
      queueId: 1,
      queueOffset: 41,
      storedAt: 0,
      durability: 'local',
      replayed: false,
    }
  },
  receive: async ({ max }) => ({ messages: new Array(max).fill(received), waitedMs: 0 }),
  group: async (name) => ({
    name,
    fifo: false,
    maxAttempts: 17,
    consumeTimeoutMs: 900_000,
    retry: { type: 'customized', delaysMs: [1000] },
  }),
  sendBatch: unused,
  ack: unused,
  nack: unused,
  extend: unused,
  read: unused,
  listTopics: unused,
  createTopic: unused,
  topic: unused,
  ready: async () => true,
}

async function main(): Promise<void> {
  const front = createGrpcFront({
    core: instantCore,
    identity: noIdentity,
    clock: systemClock,
    log: silentLog,
    metrics: noMetrics,
    config: { port: 0 },
  })
  await front.start()
  const child = fork(fileURLToPath(import.meta.url), ['load'])
  const { port } = front
  const sends = await measure(child, { kind: 'send', port, calls: sendsPerRound }, 1)
  const receives = await measure(
    child,
    { kind: 'receive', port, calls: receivesPerRound },
    messagesPerReceive,
  )
  child.disconnect()
  await front.stop()
  console.log(
    JSON.stringify({ bodyBytes, connections, inFlight, rounds, sends, receives }, null, 2),
  )
}

async function measure(child: ChildProcess, load: Load, messagesPerCall: number) {
  await run(child, load)
  await run(child, load)
  const results = []
  for (let round = 0; round < rounds; round++) {
    const cpu = process.cpuUsage()
    const since = performance.now()
    await run(child, load)
    const seconds = (performance.now() - since) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const messages = load.calls * messagesPerCall
    results.push({ perSecond: messages / seconds, micros: (user + system) / messages })
  }
  const micros = results.map((result) => result.micros)
  return {
    perSecond: Math.round(median(results.map((result) => result.perSecond))),
    cpuMicrosPerMessage: rounded(median(micros)),
    lowest: rounded(Math.min(...micros)),
    highest: rounded(Math.max(...micros)),
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10

function run(child: ChildProcess, load: Load): Promise<void> {
  return new Promise((resolve) => {
    child.once('message', () => resolve())
    child.send(load)
  })
}

function serveLoads(): void {
  const clients: Client[] = []
  process.on('message', async (load: Load) => {
    while (clients.length < connections) {
      // Without a pool of its own each would share one connection.
      const options = { 'grpc.use_local_subchannel_pool': 1 }
      clients.push(new Client(`127.0.0.1:${load.port}`, credentials.createInsecure(), options))
    }
    let left = load.calls
    const runner = async (client: Client): Promise<void> => {
      while (left-- > 0) await once(client, load.kind)
    }
    await Promise.all(
      clients.flatMap((client) => Array.from({ length: inFlight }, () => runner(client))),
    )
    process.send?.('done')
  })
  process.on('disconnect', () => process.exit())
}

function once(client: Client, kind: Load['kind']): Promise<void> {
  const asIs = (bytes: Buffer): Buffer => bytes
  const metadata = new Metadata()
  metadata.set('x-mq-client-id', 'bench@1@0@x')
  metadata.set('x-mq-client-version', '5.2.1')
  metadata.set('x-mq-language', 'JAVA')
  metadata.set('x-mq-protocol', 'v2')
  const { path } = kind === 'send' ? rpc.SendMessage : rpc.ReceiveMessage
  return new Promise((resolve, reject) => {
    if (kind === 'send') {
      client.makeUnaryRequest(path, asIs, asIs, requests.send, metadata, (error) =>
        error ? reject(error) : resolve(),
      )
      return
    }
    const stream = client.makeServerStreamRequest(path, asIs, asIs, requests.receive, metadata)
    stream.on('data', () => {})
    stream.on('error', reject)
    stream.on('end', () => resolve())
  })
}

if (process.argv[2] === 'load') serveLoads()
else await main()
