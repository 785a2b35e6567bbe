// What a message costs on its way through a real gateway to a real broker, in both processes.
// REST and gRPC: sends of 1 KiB. WebSocket: deliveries of a backlog to one reader. REST and WebSocket
// are asked in turns with a bare handler that answers the same (floor.ts).

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { type Floor, startFloor } from './floor.ts'
import type { GrpcLoad } from './grpc-load.ts'
import { httpLoad } from './http-load.ts'
import { load as wireLoad } from './load.ts'
import { cpuMicros, median } from './process-cost.ts'
import { type Cluster, type Program, portOf, startCluster, startProgram } from './programs.ts'
import { sendHeader } from './wire.ts'

const bodyBytes = 1024
const sendsPerRound = 15_000
const deliveriesPerRound = 50_000
const backlog = 60_000
const batchMessages = 32
const receivesPerRound = 10_000
const receivers = 8
const connections = 64
const credit = 8_000
const sendMessageV2 = 310

type Running = { readonly cluster: Cluster; readonly gateway: Program; readonly floor: Floor }

const httpPort = ({ gateway }: Running): number => portOf(gateway.listen['http'])

/** Sends over HTTP/1.1, one in flight on each of 64 connections. */
export const benchRest = (rounds: number): Promise<object> =>
  withGateway(async (running) => {
    const send = async (port: number): Promise<void> => {
      const { statuses } = await httpLoad({
        port,
        method: 'POST',
        path: '/v1/topics/orders/messages',
        headers: { 'content-type': 'text/plain', 'mq-tag': 'paid' },
        body: Buffer.alloc(bodyBytes, 'x'),
        connections,
        requests: sendsPerRound,
      })
      if (statuses['201'] !== sendsPerRound) {
        throw new Error(`sends were refused: ${JSON.stringify(statuses)}`)
      }
    }
    return besideFloor(running, rounds, sendsPerRound, send)
  })

/** Batches of 32 as JSON, one in flight on each of 8 connections. */
export const benchRestBatch = (rounds: number): Promise<object> =>
  withGateway(async (running) => {
    const one = { tag: 'paid', body: { text: 'x'.repeat(bodyBytes) } }
    const batch = JSON.stringify({ messages: Array.from({ length: batchMessages }, () => one) })
    const requests = Math.ceil(sendsPerRound / batchMessages)
    const send = async (port: number): Promise<void> => {
      const { statuses } = await httpLoad({
        port,
        method: 'POST',
        path: '/v1/topics/orders/messages:batch',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(batch),
        connections: 8,
        requests,
      })
      if (statuses['200'] !== requests) {
        throw new Error(`batches were refused: ${JSON.stringify(statuses)}`)
      }
    }
    return besideFloor(running, rounds, requests * batchMessages, send)
  })

/** Puts messages into one queue, as a native client does. */
const fill = ({ cluster }: Running, messages: number): Promise<unknown> =>
  wireLoad({
    port: portOf(cluster.broker.listen['broker']),
    code: sendMessageV2,
    ext: () => sendHeader('orders', 0),
    body: Buffer.alloc(bodyBytes, 'x'),
    inFlight: 64,
    requests: messages,
  })

/** Receives of up to 32 out of a backlog, each acknowledged, by 8 callers. */
export const benchRestReceive = (rounds: number): Promise<object> =>
  withGateway(async (running) => {
    await fill(running, (rounds + 2) * receivesPerRound)
    return besideFloor(running, rounds, receivesPerRound, (port) =>
      received(`http://127.0.0.1:${port}/v1/groups/billing`),
    )
  })

/** Unary sends over 4 connections with 16 in flight on each, from a process of its own. */
export const benchGrpcSend = (rounds: number): Promise<object> =>
  withGateway(async (running) => {
    const child = fork(fileURLToPath(new URL('grpc-load.js', import.meta.url)))
    try {
      const port = portOf(running.gateway.listen['grpc'])
      const sends = { kind: 'send', calls: sendsPerRound, connections: 4, inFlight: 16 } as const
      const shape: GrpcLoad = { ...sends, port, bodyBytes, messagesPerReceive: 1 }
      return await measure(running, rounds, sendsPerRound, () => called(child, shape))
    } finally {
      child.disconnect()
    }
  })

/** Deliveries to a reader over one WebSocket. */
export const benchWebSocketDelivery = (rounds: number): Promise<object> =>
  withGateway(async (running) => {
    await fill(running, backlog)
    return besideFloor(running, rounds, deliveriesPerRound, (port) =>
      delivered(`ws://127.0.0.1:${port}/v1/ws`),
    )
  })

async function withGateway(run: (running: Running) => Promise<object>): Promise<object> {
  const cluster = await startCluster(['broker.autoCreateTopicEnable=true'])
  const nameServer = cluster.namesrv.listen['namesrv'] ?? ''
  try {
    const gateway = await startProgram(['gateway', '--namesrv', nameServer, '--ports', '0'])
    const floor = await startFloor()
    try {
      await wireLoad({
        port: portOf(cluster.broker.listen['broker']),
        code: sendMessageV2,
        ext: () => sendHeader('orders', 0),
        body: Buffer.alloc(1),
        inFlight: 1,
        requests: 1,
      })
      return await run({ cluster, gateway, floor })
    } finally {
      floor.stop()
      await gateway.stop()
    }
  } finally {
    await cluster.stop()
  }
}

/** The gateway and the floor in turns, the first being the gateway. */
async function besideFloor(
  running: Running,
  rounds: number,
  messages: number,
  load: (port: number) => Promise<void>,
): Promise<object> {
  const { floor } = running
  await load(floor.port)
  const runs: { perSecond: number; micros: number }[] = []
  const onFloor = async (): Promise<void> => {
    const before = cpuMicros(floor.pid)
    const startedAt = performance.now()
    await load(floor.port)
    runs.push({
      perSecond: (messages * 1000) / (performance.now() - startedAt),
      micros: (cpuMicros(floor.pid) - before) / messages,
    })
  }
  const result = await measure(running, rounds, messages, () => load(httpPort(running)), onFloor)
  const floorMicros = median(runs.map(({ micros }) => micros))
  return {
    ...result,
    floorMessagesPerSecond: Math.round(median(runs.map(({ perSecond }) => perSecond))),
    floorCpuMicros: Number(floorMicros.toFixed(1)),
    gatewayToFloor: Number((result.gatewayCpuMicros / floorMicros).toFixed(2)),
  }
}

async function measure(
  { cluster, gateway }: Running,
  rounds: number,
  messages: number,
  run: () => Promise<void>,
  after: () => Promise<void> = async () => {},
) {
  await run()
  const runs: { perSecond: number; gateway: number; broker: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const [gatewayBefore, brokerBefore] = [cpuMicros(gateway.pid), cpuMicros(cluster.broker.pid)]
    const startedAt = performance.now()
    await run()
    runs.push({
      perSecond: (messages * 1000) / (performance.now() - startedAt),
      gateway: (cpuMicros(gateway.pid) - gatewayBefore) / messages,
      broker: (cpuMicros(cluster.broker.pid) - brokerBefore) / messages,
    })
    await after()
  }
  const of = (key: 'perSecond' | 'gateway' | 'broker') => median(runs.map((one) => one[key]))
  return {
    messagesPerSecond: Math.round(of('perSecond')),
    gatewayCpuMicros: Number(of('gateway').toFixed(1)),
    brokerCpuMicros: Number(of('broker').toFixed(1)),
  }
}

function called(child: ChildProcess, what: GrpcLoad): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the load ended')))
    child.once('message', () => {
      child.removeAllListeners('exit')
      resolve()
    })
    child.send(what)
  })
}

/** Resolves when the group got its share, all of it acknowledged. */
async function received(url: string): Promise<void> {
  let left = receivesPerRound
  const post = async (path: string, value: object): Promise<string> => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`${answer.status} ${text}`)
    return text
  }
  const work = async (): Promise<void> => {
    while (left > 0) {
      const text = await post('/topics/orders/messages:receive', { max: batchMessages, wait: '1s' })
      const handles = [...text.matchAll(/"handle":"([^"]+)"/g)].map(([, handle]) => handle)
      left -= handles.length
      if (handles.length > 0) await post('/messages:ack', { handles })
    }
  }
  await Promise.all(Array.from({ length: receivers }, work))
}

/** Resolves when one reader from the start of the topic got its share. */
function delivered(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'rocketway.v1.json', { perMessageDeflate: false })
    const say = (frame: object): void => socket.send(JSON.stringify(frame))
    let seen = 0
    let used = 0
    socket.on('open', () => say({ op: 'hello' }))
    socket.on('error', reject)
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1')
      if (text.startsWith('{"op":"welcome"')) {
        say({ op: 'sub', sid: 's', topic: 'orders', from: { at: 'earliest' }, credit })
      } else if (text.startsWith('{"op":"msg"')) {
        if (++seen === deliveriesPerRound) {
          socket.terminate()
          resolve()
        } else if (++used * 2 >= credit) {
          say({ op: 'credit', sid: 's', n: used })
          used = 0
        }
      } else if (text.startsWith('{"op":"err')) reject(new Error(text))
    })
    socket.on('close', () => reject(new Error('the gateway closed the socket')))
  })
}
