// What the gRPC front costs, over a core that answers at once: sends of 1 KiB, one per call,
// and receives of 32. The load comes from a process of its own, so that the CPU counted is the
// front's alone (and the kernel's share of its sockets).

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Core, Received } from '../gateway/core/core.ts'
import { noIdentity } from '../gateway/grpc/credentials.ts'
import { createGrpcFront } from '../gateway/grpc/grpc-front.ts'
import { silentLog } from '../src/base/log.ts'
import { noMetrics } from '../src/base/metrics.ts'
import { systemClock } from '../src/host/system-clock.ts'
import type { GrpcLoad } from './grpc-load.ts'
import { median } from './process-cost.ts'
import { unusedCore } from './unused-core.ts'

const bodyBytes = 1024
const connections = 4
const inFlight = 32
const messagesPerReceive = 32
const sendsPerRound = 8000
const receivesPerRound = 800

const body = Buffer.alloc(bodyBytes, 'x')

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

const instantCore: Core = {
  ...unusedCore,
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
}

export async function benchGrpc(rounds: number): Promise<object> {
  const front = createGrpcFront({
    core: instantCore,
    identity: noIdentity,
    clock: systemClock,
    log: silentLog,
    metrics: noMetrics,
    config: { port: 0 },
  })
  await front.start()
  const child = fork(fileURLToPath(new URL('grpc-load.js', import.meta.url)))
  const shape = { port: front.port, connections, inFlight, bodyBytes, messagesPerReceive }
  const sends = await measure(child, { ...shape, kind: 'send', calls: sendsPerRound }, rounds)
  const receives = await measure(
    child,
    { ...shape, kind: 'receive', calls: receivesPerRound },
    rounds,
  )
  child.disconnect()
  await front.stop()
  return { bodyBytes, connections, inFlight, sends, receives }
}

async function measure(child: ChildProcess, load: GrpcLoad, rounds: number) {
  const messages = load.calls * (load.kind === 'send' ? 1 : messagesPerReceive)
  // Until the code is compiled.
  await run(child, load)
  await run(child, load)
  const results = []
  for (let round = 0; round < rounds; round++) {
    const cpu = process.cpuUsage()
    const since = performance.now()
    await run(child, load)
    const seconds = (performance.now() - since) / 1000
    const { user, system } = process.cpuUsage(cpu)
    results.push({ perSecond: messages / seconds, micros: (user + system) / messages })
  }
  const micros = results.map((result) => result.micros)
  return {
    perSecond: Math.round(median(results.map((result) => result.perSecond))),
    gatewayCpuMicros: rounded(median(micros)),
    lowest: rounded(Math.min(...micros)),
    highest: rounded(Math.max(...micros)),
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10

function run(child: ChildProcess, load: GrpcLoad): Promise<void> {
  return new Promise((resolve) => {
    child.once('message', () => resolve())
    child.send(load)
  })
}
