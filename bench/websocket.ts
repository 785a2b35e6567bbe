// What the WebSocket front costs, over a core that answers at once: messages of 1 KiB of JSON
// delivered to readers and to group members that acknowledge in batches, and sends. The load
// comes from a process of its own, so that the CPU counted is the front's alone (and the
// kernel's share of its sockets).

import { type ChildProcess, fork } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import type { Core, Read, Received } from '../gateway/core/core.ts'
import { webSocketDefaults } from '../gateway/websocket/config.ts'
import { createWebSocketFront } from '../gateway/websocket/front.ts'
import { silentLog } from '../src/base/log.ts'
import { noMetrics } from '../src/base/metrics.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { median } from './process-cost.ts'
import { unusedCore } from './unused-core.ts'

const bodyBytes = 1024
const connections = 4
const sendsInFlight = 32
const messagesPerRound = { reader: 100_000, group: 100_000, send: 20_000 }
const credit = 8_000
const handlesPerAck = 256

type Kind = keyof typeof messagesPerRound
type Load = { readonly kind: Kind; readonly port: number; readonly count: number }

const json = { order: 7, text: '' }
json.text = 'x'.repeat(bodyBytes - JSON.stringify(json).length)

const message = {
  messageId: '0102FC0000000104820B160D7A00000000',
  topic: 'orders',
  tag: 'paid',
  keys: ['order-7'],
  properties: new Map([['shop', 'north']]),
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify(json)),
  bodyEncoding: undefined,
  bodyCrc: 0,
  type: 'normal' as const,
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
}

/** What the core has given out: a socket that is cut off has got more than it counted. */
let given = 0
let handles = 0
const received = (): Received => ({
  ...message,
  handle: `mqh1.k1.${'h'.repeat(100)}.${++handles}`,
  attempt: 1,
  invisibleUntil: Date.now() + 60_000,
})
const read: Read = { ...message, cursor: `mqc1.k1.${'c'.repeat(60)}` }

/** A broker's answer comes in a later turn of the loop, never in the same one. */
const answered = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, value))

const instantCore: Core = {
  ...unusedCore,
  send: ({ topic }) =>
    answered({
      messageId: message.messageId,
      topic,
      broker: 'broker-a',
      queueId: 1,
      queueOffset: 41,
      storedAt: 0,
      durability: 'local',
      replayed: false,
    }),
  recall: () => answered({ messageId: '' }),
  receive: ({ max }) => {
    given += max
    return answered({ messages: Array.from({ length: max }, received), waitedMs: 0 })
  },
  read: ({ max }) => {
    given += max
    const messages: readonly Read[] = new Array(max).fill(read)
    return answered({ messages, cursor: read.cursor, caughtUp: false, lag: undefined, waitedMs: 0 })
  },
  ack: (input) => answered(input.handles.map(() => undefined)),
  nack: (input) => answered(input.items.map(() => undefined)),
}

export async function benchWebSocketFront(rounds: number): Promise<object> {
  const front = createWebSocketFront({
    core: instantCore,
    identity: {
      authenticate: async () => ({ subject: 'anonymous', namespace: '', isAdmin: true }),
    },
    clock: systemClock,
    log: silentLog,
    metrics: noMetrics,
    config: { ...webSocketDefaults, opsPerSecond: 1_000_000 },
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => front.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const child = fork(fileURLToPath(import.meta.url))
  const reader = await measure(child, 'reader', port, rounds)
  const group = await measure(child, 'group', port, rounds)
  const send = await measure(child, 'send', port, rounds)
  child.disconnect()
  await front.stop()
  server.close()
  return { bodyBytes, connections, reader, group, send }
}

async function measure(child: ChildProcess, kind: Kind, port: number, rounds: number) {
  const count = messagesPerRound[kind]
  await run(child, { kind, port, count })
  const results = []
  for (let round = 0; round < rounds; round++) {
    const before = given
    const cpu = process.cpuUsage()
    const since = performance.now()
    await run(child, { kind, port, count })
    const seconds = (performance.now() - since) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const messages = kind === 'send' ? count : given - before
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
  process.on('message', async ({ kind, port, count }: Load) => {
    const share = count / connections
    await Promise.all(Array.from({ length: connections }, () => loadOne(kind, port, share)))
    process.send?.('done')
  })
  process.on('disconnect', () => process.exit())
}

/** One socket, until it has seen `count` messages or answers. */
function loadOne(kind: Kind, port: number, count: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, 'rocketway.v1.json')
  const say = (frame: object): void => socket.send(JSON.stringify(frame))
  const sub = { op: 'sub', sid: 's', topic: 'orders', credit }
  const pub = JSON.stringify({ op: 'pub', id: 1, topic: 'orders', tag: 'paid', body: { json } })
  let seen = 0
  let used = 0
  let unsettled: string[] = []
  const start = (): void => {
    if (kind === 'reader') say({ ...sub, from: { at: 'earliest' } })
    else if (kind === 'group') say({ ...sub, group: 'billing', maxInFlight: credit })
    else for (let n = 0; n < sendsInFlight; n++) socket.send(pub)
  }
  const take = (text: string): void => {
    seen++
    if (kind === 'send') {
      socket.send(pub)
      return
    }
    if (++used * 2 >= credit) {
      say({ op: 'credit', sid: 's', n: used })
      used = 0
    }
    if (kind === 'reader') return
    unsettled.push(/"handle":"([^"]+)"/.exec(text)?.[1] ?? '')
    if (unsettled.length < handlesPerAck) return
    say({ op: 'ack', sid: 's', handle: unsettled })
    unsettled = []
  }
  return new Promise((resolve) => {
    socket.on('open', () => say({ op: 'hello' }))
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1')
      if (text.startsWith('{"op":"welcome"')) start()
      else if (seen >= count) socket.terminate()
      else take(text)
    })
    socket.on('close', () => resolve())
  })
}

// The process that the bench forks.
if (process.argv[1] === fileURLToPath(import.meta.url)) serveLoads()
