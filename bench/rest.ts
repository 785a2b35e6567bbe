// What a REST send costs the gateway: CPU µs per message, over loopback, in front of a client
// that answers at once and stores nothing.

import { fork } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gatewaySettings } from '../gateway/config.ts'
import type { ClusterClient } from '../gateway/core/ports.ts'
import { createGateway } from '../gateway/gateway.ts'
import { silentLog } from '../src/base/log.ts'
import type { SendReceipt } from '../src/client/types.ts'
import { otelMetrics } from '../src/host/otel-metrics.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { systemRandom } from '../src/host/system-random.ts'
import { FakeMqClient } from '../test/support/fake-mq-client.ts'
import { cpuMicros, median, ownMemory } from './process-cost.ts'

const sendsPerRound = 20_000
const connections = 64
const bodyBytes = 1024

async function serve(): Promise<void> {
  const cluster = new FakeMqClient(systemClock)
  cluster.addTopic('bench', 4)
  const receipt: SendReceipt = {
    status: 'SEND_OK',
    broker: 'broker-a',
    queueId: 1,
    queueOffset: 1841,
    messageId: '',
    offsetMessageId: '',
    transactionId: undefined,
    recallHandle: undefined,
    storedAt: undefined,
  }
  const client: ClusterClient = Object.assign(cluster, {
    // The answer comes in a later turn, as from a broker.
    send: () => new Promise<SendReceipt>((resolve) => setImmediate(resolve, receipt)),
  })
  const metrics = otelMetrics()
  const anyPort = { listen: '127.0.0.1:0' }
  const gateway = createGateway({
    config: gatewaySettings.parse({ http: anyPort, grpc: anyPort, management: anyPort }),
    client,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    metrics,
    pages: new Map(),
    prometheus: () => metrics.prometheus(),
  })
  await gateway.start()
  process.on('disconnect', () => process.exit())
  process.send?.(gateway.ports.http)
}

/** Keeps one request under way on each connection until `count` were answered. */
function sendAll(port: number, count: number): Promise<void> {
  const body = 'x'.repeat(bodyBytes)
  const head = [
    'POST /v1/topics/bench/messages HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Content-Type: text/plain',
    'Mq-Tag: paid',
    `Content-Length: ${bodyBytes}`,
  ]
  const request = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
  let sent = 0
  let answered = 0
  return new Promise((resolve, reject) => {
    for (let i = 0; i < connections; i++) {
      const socket = connect(port, '127.0.0.1', () => next())
      const next = (): void => {
        if (sent++ < count) socket.write(request)
        else socket.end()
      }
      socket.on('data', (chunk) => {
        if (chunk.indexOf('HTTP/1.1 ') < 0) return
        if (chunk.indexOf('HTTP/1.1 201') < 0) reject(new Error(chunk.toString()))
        if (++answered === count) resolve()
        next()
      })
      socket.on('error', reject)
    }
  })
}

export async function benchRestFront(rounds: number): Promise<object> {
  const count = sendsPerRound
  const server = fork(new URL(import.meta.url))
  const port = await new Promise<number>((resolve) => server.once('message', resolve))
  const pid = server.pid ?? 0
  await sendAll(port, count)
  const micros: number[] = []
  const perSecond: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = cpuMicros(pid)
    const startedAt = performance.now()
    await sendAll(port, count)
    perSecond.push(Math.round((count * 1000) / (performance.now() - startedAt)))
    micros.push(Math.round(((cpuMicros(pid) - before) / count) * 10) / 10)
  }
  const result = {
    bodyBytes,
    connections,
    cpuMicrosPerMessage: median(micros),
    spread: [Math.min(...micros), Math.max(...micros)],
    perSecond: median(perSecond),
    rssAnonMb: Math.round(ownMemory(pid) / 1e6),
  }
  server.disconnect()
  return result
}

// The process that the bench forks.
if (process.argv[1] === fileURLToPath(import.meta.url)) await serve()
