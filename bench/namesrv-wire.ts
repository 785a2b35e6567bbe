// The same as namesrv.ts with a real namesrv and a connection of each broker: what a client waits
// for its route while they register, and how soon it sees a change. The client asks as it does
// after a failed send; without one it would ask every 30 s.
//
// BROKERS=300 and TOPICS=10000 choose how many.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nameOfTopic, registerBody } from './namesrv.ts'
import { cpuMicros, median, ownMemory, round } from './process-cost.ts'
import { portOf, startProgram } from './programs.ts'
import { type Answer, codes, dial, Template } from './wire.ts'

const brokers = Number(process.env['BROKERS'] ?? 300)
const topics = Number(process.env['TOPICS'] ?? 10_000)
/** Brokers that register at the same time. */
const atOnce = 8
const askEveryMs = 2
const changes = 20
const noBody = new Uint8Array(0)

/** One connection, whose requests are answered in order. */
async function caller(port: number) {
  const waiting: ((answer: Answer) => void)[] = []
  const wire = await dial(port, {
    answer: (answer) => waiting.shift()?.(answer),
    broken: (error) => {
      throw error
    },
  })
  return {
    close: () => wire.close(),
    ask(code: number, ext: Record<string, string>, body: Uint8Array = noBody): Promise<Answer> {
      const answered = new Promise<Answer>((resolve) => waiting.push(resolve))
      wire.send([new Template(code, ext, body).bytes])
      return answered
    },
  }
}

type Caller = Awaited<ReturnType<typeof caller>>

async function register(broker: Caller, at: number, body: Uint8Array): Promise<void> {
  const ext = {
    brokerName: `broker-${at}`,
    brokerAddr: `10.0.${at >> 8}.${at & 0xff}:10911`,
    clusterName: 'c',
    haServerAddr: '',
    brokerId: '0',
    enableActingMaster: 'false',
    compressed: 'false',
    bodyCrc32: '0',
  }
  const { code, header } = await broker.ask(codes.registerBroker, ext, body)
  if (code !== '0') throw new Error(header)
}

/** Asks for a route all the time until `isOver`; ms of each answer. */
async function routesMeanwhile(client: Caller, isOver: () => boolean): Promise<number[]> {
  const took: number[] = []
  while (!isOver()) {
    const startedMs = performance.now()
    await client.ask(codes.route, { topic: nameOfTopic(0) })
    took.push(performance.now() - startedMs)
    await sleep(askEveryMs)
  }
  return took.sort((a, b) => a - b)
}

export async function benchNamesrvWire(): Promise<object> {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-bench-'))
  const settings = [`topicEntriesMax=${brokers * topics * 2}`]
  const namesrv = await startProgram([
    ...['namesrv', '--data', home, '--listen', '127.0.0.1:0'],
    ...settings.flatMap((one) => ['--set', `namesrv.${one}`]),
  ])
  const port = portOf(namesrv.listen['namesrv'])
  const callers = await Promise.all(Array.from({ length: brokers }, () => caller(port)))
  const client = await caller(port)
  try {
    const bodies = [1, 2].map((version) => registerBody(topics, version))
    const registerAll = async (body: Buffer) => {
      const [cpu, startedMs] = [cpuMicros(namesrv.pid), performance.now()]
      let isOver = false
      const routes = routesMeanwhile(client, () => isOver)
      let next = 0
      const lane = async () => {
        for (let at = next++; at < brokers; at = next++) {
          const broker = callers[at]
          if (broker) await register(broker, at, body)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, lane))
      const seconds = (performance.now() - startedMs) / 1000
      isOver = true
      const took = await routes
      return {
        seconds: round(seconds, 2),
        cpuMsEach: round((cpuMicros(namesrv.pid) - cpu) / 1000 / brokers, 2),
        routeMedianMs: round(took[Math.floor(took.length / 2)] ?? 0, 2),
        routeP99Ms: round(took[Math.floor(took.length * 0.99)] ?? 0, 2),
        routeMaxMs: round(took.at(-1) ?? 0, 2),
      }
    }
    const [first = Buffer.alloc(0), changed = Buffer.alloc(0)] = bodies
    const figures = {
      brokers,
      topics,
      bodyBytes: first.length,
      firstRegistration: await registerAll(first),
      unchangedRegistration: await registerAll(first),
      changedRegistration: await registerAll(changed),
    }
    const seen = await changeSeen(callers, client)
    return { ...figures, changeSeenMs: seen, ownMb: round(ownMemory(namesrv.pid) / 1e6) }
  } finally {
    for (const one of [...callers, client]) one.close()
    await namesrv.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** From the moment a broker sends a topic that it has changed until a client's route shows it. */
async function changeSeen(callers: readonly Caller[], client: Caller) {
  const took: number[] = []
  for (let n = 0; n < changes; n++) {
    // A changed topic is registered at once, on its own: its queues say which change it is.
    const text = registerBody(1, 100 + n)
      .toString()
      .replaceAll('QueueNums":8', `QueueNums":${20 + n}`)
    const body = Buffer.from(text)
    const broker = callers[n % callers.length]
    if (!broker) break
    const startedMs = performance.now()
    const registered = register(broker, n % callers.length, body)
    for (;;) {
      const { body: route } = await client.ask(codes.route, { topic: nameOfTopic(0) })
      if (route.includes(`"readQueueNums":${20 + n},`)) break
    }
    took.push(performance.now() - startedMs)
    await registered
  }
  took.sort((a, b) => a - b)
  return { median: round(median(took), 2), max: round(took.at(-1) ?? 0, 2) }
}
