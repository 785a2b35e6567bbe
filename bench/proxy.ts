// The gateway beside Apache's Java proxy in cluster mode, in front of the same broker, in turns:
// what a message costs each of them, and a bare node:http2 that answers the same and does nothing.
// All are pinned to the first core.
//
//   send      one message of 1 KiB a call
//   receive   one message a call, and its acknowledgement
//   stream    32 messages a call, and one acknowledgement for them

import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Client } from '../src/client/client.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { systemRandom } from '../src/host/system-random.ts'
import { tcp } from '../src/host/tcp.ts'
import { createTopic } from '../test/support/mq-tools.ts'
import { startApacheProxy } from './apache-proxy.ts'
import { startGrpcFloor } from './grpc-floor.ts'
import { load as wireLoad } from './load.ts'
import { cpuMicros, median, round } from './process-cost.ts'
import { type Program, portOf, startCluster, startProgram } from './programs.ts'
import type { ProxyLoad } from './proxy-load.ts'
import { sendHeader } from './wire.ts'

const bodyBytes = 1024
/** Those of all connections. */
const inFlight = 32
const sendMessageV2 = 310
const questions = {
  send: { messages: 3000, batch: 1 },
  receive: { messages: 1200, batch: 1 },
  stream: { messages: 9600, batch: 32 },
} as const
type Question = keyof typeof questions
/** Until the virtual machines of all have compiled what runs: Java's takes the longest. */
const warmUps = 14

const names = ['gateway', 'apache', 'apacheAsShipped', 'bareHttp2'] as const
type Name = (typeof names)[number]
type Rival = { readonly name: Name; readonly program: Program }
type Round = { readonly perSecond: number; readonly cpuMicros: number }

export async function benchProxy(rounds: number): Promise<object> {
  const has = (tool: string) => spawnSync(tool, ['-version']).status === 0
  if (!['java', 'mvn'].every(has)) return { skipped: 'it needs Java and Maven' }
  const cluster = await startCluster()
  const namesrv = cluster.namesrv.listen['namesrv'] ?? ''
  const ports = { network: tcp, clock: systemClock, random: systemRandom }
  const client = new Client({ nameServers: [namesrv], ...ports })
  const ends: (() => Promise<unknown>)[] = [() => cluster.stop(), () => client.stop()]
  try {
    const gateway = await startProgram(['gateway', '--namesrv', namesrv, '--ports', '0'])
    ends.push(() => gateway.stop())
    const rivals: Rival[] = [{ name: 'gateway', program: gateway }]
    for (const topic of names) {
      await createTopic({ client }, topic, 'NORMAL')
      // Apache's proxy refuses a group that is not there.
      await client.inspection.createGroup(`g-${topic}`)
    }
    for (const [name, machine] of [
      ['apache', 'small'] as const,
      ['apacheAsShipped', 'asShipped'] as const,
    ]) {
      const program = await startApacheProxy(namesrv, machine)
      ends.push(() => program.kill())
      rivals.push({ name, program })
    }

    const floor = await startGrpcFloor()
    ends.push(() => floor.stop())
    rivals.push({ name: 'bareHttp2', program: floor })

    const child = fork(fileURLToPath(new URL('proxy-load.js', import.meta.url)))
    ends.push(async () => child.disconnect())
    const brokerPort = portOf(cluster.broker.listen['broker'])
    const memory = { fresh: memoryOf(rivals) }
    for (const { name, program } of rivals) {
      console.error(`  ${name} begins …`)
      await called(child, shape(name, program, { kind: 'open', messages: 0, batch: 32 }))
    }
    const figures: Record<string, object> = {}
    for (const question of Object.keys(questions) as Question[]) {
      console.error(`  ${question} …`)
      figures[question] = await inTurns(question, rivals, rounds, { child, brokerPort })
    }
    return { bodyBytes, ...figures, memoryMb: { ...memory, loaded: memoryOf(rivals) } }
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}

type Wires = { readonly child: ChildProcess; readonly brokerPort: number }

async function inTurns(question: Question, rivals: Rival[], rounds: number, wires: Wires) {
  const measured = new Map<string, Round[]>(rivals.map(({ name }) => [name, []]))
  for (let n = 0; n < warmUps + rounds; n++) {
    for (const rival of rivals) {
      const one = await measure(question, rival, wires)
      // Told at once: a run that is ended early has said what it knew.
      console.error(`    ${rival.name} ${round(one.cpuMicros)} µs, ${Math.round(one.perSecond)}/s`)
      if (n >= warmUps) measured.get(rival.name)?.push(one)
    }
  }
  const of = (name: Name, key: keyof Round) =>
    median((measured.get(name) ?? []).map((one) => one[key]))
  const all = (figure: (name: Name) => number) =>
    Object.fromEntries(names.map((name) => [name, figure(name)]))
  return {
    cpuMicros: all((name) => round(of(name, 'cpuMicros'))),
    perSecond: all((name) => Math.round(of(name, 'perSecond'))),
    // Of each round its own, so that the hours of the machine are not in it.
    gatewayTo: all((name) => round(median(ratios(measured, name)), 2)),
  }
}

function ratios(measured: ReadonlyMap<string, readonly Round[]>, name: Name): number[] {
  const others = measured.get(name) ?? []
  return (measured.get('gateway') ?? []).map(
    ({ cpuMicros }, index) => cpuMicros / (others[index]?.cpuMicros ?? Number.NaN),
  )
}

async function measure(
  question: Question,
  { name, program }: Rival,
  { child, brokerPort }: Wires,
): Promise<Round> {
  const { messages, batch } = questions[question]
  const kind = question === 'send' ? 'send' : 'receive'
  // What is sent waits for the receives of its own topic, so those begin with a backlog.
  if (kind === 'receive' && name !== 'bareHttp2') await fill(name, brokerPort, messages)
  const before = cpuMicros(program.pid)
  const since = performance.now()
  await called(child, shape(name, program, { kind, messages, batch }))
  const seconds = (performance.now() - since) / 1000
  return {
    perSecond: messages / seconds,
    cpuMicros: (cpuMicros(program.pid) - before) / messages,
  }
}

function shape(
  name: string,
  { listen }: Program,
  asked: Pick<ProxyLoad, 'kind' | 'messages' | 'batch'>,
): ProxyLoad {
  const connections = Number(process.env['CONNECTIONS'] ?? 4)
  const calls = { connections, inFlight: inFlight / connections, bodyBytes }
  return { ...asked, ...calls, port: portOf(listen['grpc']), topic: name, group: `g-${name}` }
}

/** Straight into the broker. */
async function fill(topic: string, port: number, messages: number): Promise<void> {
  await wireLoad({
    port,
    code: sendMessageV2,
    ext: (n) => sendHeader(topic, n % 4),
    distinct: 4,
    body: Buffer.alloc(bodyBytes, 'x'),
    inFlight: 64,
    requests: messages,
  })
}

/** Resident, MB. */
const memoryOf = (rivals: readonly Rival[]) =>
  Object.fromEntries(
    rivals.map(({ name, program: { pid } }) => {
      const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
      return [name, Math.round(Number(line?.[1] ?? 0) / 1000)]
    }),
  )

async function called(child: ChildProcess, load: ProxyLoad): Promise<void> {
  const ended = new AbortController()
  const gone = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('the load ended')
  })
  child.send(load)
  try {
    await Promise.race([once(child, 'message', { signal: ended.signal }), gone])
  } finally {
    gone.catch(() => {})
    ended.abort()
  }
}
