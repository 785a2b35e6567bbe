// Many WebSockets on one real gateway in front of a real broker: what 10,000 that only wait cost,
// how fast 1,000 readers of one topic get its messages, and what ten more that ask for 10,000
// messages and read none of them do to those.

import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { cpuMicros, median, ownMemory, round } from './process-cost.ts'
import { type Cluster, type Program, startCluster, startProgram } from './programs.ts'

const idleCount = Number(process.env['IDLE'] ?? 10_000)
const activeCount = Number(process.env['ACTIVE'] ?? 1_000)
const slowCount = 10
const openedAtOnce = 50
const bodyBytes = 1024
const burst = 20
const pacedMessages = 20
const pacedEveryMs = 250
const settleMs = 5_000
const watchedMs = 20_000
const credit = 10_000
const topic = 'fan'

type Running = { readonly cluster: Cluster; readonly gateway: Program; readonly http: string }

export async function benchSockets(rounds: number): Promise<object> {
  const cluster = await startCluster()
  const nameServer = cluster.namesrv.listen['namesrv'] ?? ''
  // Each with a gateway of its own: memory that one question has left would answer the other.
  const withGateway = async (run: (running: Running) => Promise<object>): Promise<object> => {
    const gateway = await startProgram(['gateway', '--namesrv', nameServer, '--ports', '0'])
    try {
      return await run({ cluster, gateway, http: gateway.listen['http'] ?? '' })
    } finally {
      await gateway.stop()
    }
  }
  try {
    const idle = await withGateway(benchIdleSockets)
    const active = await withGateway(async (running) => {
      await post(running, '/v1/topics', { name: topic, queues: 1 })
      return benchActive(running, rounds)
    })
    return { idle, active }
  } finally {
    await cluster.stop()
  }
}

/** Memory and CPU of sockets that have said hello and nothing else. */
async function benchIdleSockets({ gateway, http }: Running): Promise<object> {
  const sockets: WebSocket[] = []
  await open(sockets, idleCount / 10, http, () => {})
  await sleep(settleMs)
  const few = { count: sockets.length, bytes: ownMemory(gateway.pid) }
  await open(sockets, idleCount, http, () => {})
  await sleep(settleMs)
  const bytesEach = (ownMemory(gateway.pid) - few.bytes) / (sockets.length - few.count)
  const before = cpuMicros(gateway.pid)
  await sleep(watchedMs)
  const cpuPercent = (cpuMicros(gateway.pid) - before) / (watchedMs * 10)
  const figures = {
    sockets: sockets.length,
    kbEach: round(bytesEach / 1024),
    cpuPercent: round(cpuPercent, 2),
  }
  await close(sockets)
  return figures
}

async function benchActive(running: Running, rounds: number): Promise<object> {
  const { gateway, http } = running
  const readers = new Readers()
  const grow = async (count: number): Promise<number> => {
    await open(readers.sockets, count, http, (socket) => readers.take(socket))
    await readers.until(burst, () => send(running, burst))
    await sleep(settleMs)
    return ownMemory(gateway.pid)
  }
  // The slope, once the code is compiled and the heap has grown.
  const few = await grow(activeCount / 10)
  const kbEach = ((await grow(activeCount)) - few) / 1024 / (activeCount * 0.9)
  const alone = await deliver(running, readers, rounds)

  const slow: WebSocket[] = []
  await open(slow, slowCount, http, (socket) => {
    subscribe(socket, 'earliest')
    socket.pause()
  })
  await sleep(settleMs)
  const besideSlow = await deliver(running, readers, rounds)
  for (const socket of slow) socket.terminate()
  await close(readers.sockets)
  return { readers: activeCount, bodyBytes, kbEach: round(kbEach), alone, slowCount, besideSlow }
}

/** As fast as it goes, then at a pace: how long a message is under way. */
async function deliver(running: Running, readers: Readers, rounds: number) {
  const { cluster, gateway } = running
  await readers.until(burst, () => send(running, burst))
  const runs: { perSecond: number; gateway: number; broker: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const [gatewayBefore, brokerBefore] = [cpuMicros(gateway.pid), cpuMicros(cluster.broker.pid)]
    const since = performance.now()
    await readers.until(burst, () => send(running, burst))
    const deliveries = burst * readers.sockets.length
    runs.push({
      perSecond: (deliveries * 1000) / (performance.now() - since),
      gateway: (cpuMicros(gateway.pid) - gatewayBefore) / deliveries,
      broker: (cpuMicros(cluster.broker.pid) - brokerBefore) / deliveries,
    })
  }
  readers.latencies = []
  await readers.until(pacedMessages, async () => {
    for (let n = 0; n < pacedMessages; n++) {
      await send(running, 1)
      await sleep(pacedEveryMs)
    }
  })
  const sorted = readers.latencies.sort((a, b) => a - b)
  const at = (part: number) => round(sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN)
  const of = (key: 'perSecond' | 'gateway' | 'broker') => median(runs.map((one) => one[key]))
  return {
    deliveriesPerSecond: Math.round(of('perSecond')),
    gatewayCpuMicros: round(of('gateway')),
    brokerCpuMicros: round(of('broker')),
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
  }
}

class Readers {
  readonly sockets: WebSocket[] = []
  latencies: number[] = []
  #left = 0
  #done = (): void => {}

  /** A socket that has been welcomed. */
  take(socket: WebSocket): void {
    subscribe(socket, 'latest')
    let used = 0
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1')
      if (!text.startsWith('{"op":"msg"')) return
      this.latencies.push(Date.now() - Number(/"sentAt":(\d+)/.exec(text)?.[1]))
      if (++used * 2 >= credit) {
        socket.send(JSON.stringify({ op: 'credit', sid: 's', n: used }))
        used = 0
      }
      if (--this.#left === 0) this.#done()
    })
  }

  /** Resolves when every socket has `messages` more. */
  async until(messages: number, run: () => Promise<void>): Promise<void> {
    this.#left = messages * this.sockets.length
    const done = new Promise<void>((resolve) => {
      this.#done = resolve
    })
    await run()
    await done
  }
}

const subscribe = (socket: WebSocket, at: string): void =>
  socket.send(JSON.stringify({ op: 'sub', sid: 's', topic, from: { at }, credit }))

/** Until there are `count`; `welcomed` may go on with each. */
async function open(
  sockets: WebSocket[],
  count: number,
  http: string,
  welcomed: (socket: WebSocket) => void,
): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = { perMessageDeflate: false }
      const socket = new WebSocket(`ws://${http}/v1/ws`, 'rocketway.v1.json', options)
      socket.on('error', reject)
      socket.on('open', () => socket.send('{"op":"hello"}'))
      socket.once('message', () => {
        sockets.push(socket)
        welcomed(socket)
        resolve()
      })
    })
  while (sockets.length < count) {
    const missing = Math.min(openedAtOnce, count - sockets.length)
    await Promise.all(Array.from({ length: missing }, one))
  }
}

async function close(sockets: readonly WebSocket[]): Promise<void> {
  for (const socket of sockets) {
    socket.removeAllListeners('error')
    socket.on('error', () => {})
    socket.terminate()
  }
  await sleep(settleMs)
}

const send = (running: Running, count: number): Promise<void> => {
  const padding = 'x'.repeat(bodyBytes - 40)
  const body = { json: { sentAt: Date.now(), padding } }
  return post(running, `/v1/topics/${topic}/messages:batch`, {
    messages: Array.from({ length: count }, () => ({ body })),
  })
}

async function post({ http }: Running, path: string, value: object): Promise<void> {
  const answer = await fetch(`http://${http}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${text}`)
}
