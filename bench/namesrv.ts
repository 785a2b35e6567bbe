// How a namesrv bears many brokers with many topics: 300 × 10,000 by default, all brokers with
// the same topics, as a cluster has them. Registrations go through the real decoder and table,
// one after the other, as they do on the event loop: the longest one is the longest stall.
//
//   node dist/bench/namesrv.js [brokers] [topics]

import { namesrvConfig } from '../src/namesrv/config.ts'
import { readRegisterBody } from '../src/namesrv/register-body.ts'
import { Routes } from '../src/namesrv/routes.ts'

const brokers = Number(process.argv[2] ?? 300)
const topics = Number(process.argv[3] ?? 10_000)

const name = (at: number): string => `topic-of-some-length-${at}`

/** A body as Apache's broker prints it. */
function bodyOf(counter: number): Buffer {
  const topicConfigTable = Object.fromEntries(
    Array.from({ length: topics }, (_, at) => [
      name(at),
      {
        attributes: {},
        order: false,
        perm: 6,
        readQueueNums: 8,
        topicFilterType: 'SINGLE_TAG',
        topicName: name(at),
        topicSysFlag: 0,
        writeQueueNums: 8,
      },
    ]),
  )
  const dataVersion = { counter, stateVersion: 0, timestamp: 1_764_000_000_000 }
  const topicConfigSerializeWrapper = { dataVersion, topicConfigTable }
  return Buffer.from(JSON.stringify({ filterServerList: [], topicConfigSerializeWrapper }))
}

const config = { ...namesrvConfig.parse({}), topicEntriesMax: brokers * topics }
const routes = new Routes(config, () => undefined)

function register(broker: number, body: Buffer): number {
  const startedMs = performance.now()
  routes.register(
    {
      clusterName: 'c',
      brokerName: `broker-${broker}`,
      brokerAddr: `10.0.${broker >> 8}.${broker & 0xff}:10911`,
      brokerId: 0,
      haServerAddr: '',
      enableActingMaster: false,
      ...readRegisterBody(body, 513),
    },
    broker,
    startedMs,
  )
  return performance.now() - startedMs
}

function summary(ms: readonly number[]) {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

const round = (value: number): number => Math.round(value * 100) / 100
const times = (count: number, run: (at: number) => number) =>
  Array.from({ length: count }, (_, at) => run(at))

const body = bodyOf(1)
const first = summary(times(brokers, (broker) => register(broker, body)))
const unchanged = summary(times(brokers, (broker) => register(broker, body)))
const changed = bodyOf(2)
const bumped = summary(times(brokers, (broker) => register(broker, changed)))
globalThis.gc?.()
const heapMiB = round(process.memoryUsage().heapUsed / 2 ** 20)

let routeBytes = 0
const timed = (run: () => void): number => {
  const startedMs = performance.now()
  run()
  return performance.now() - startedMs
}
const printed = summary(
  times(Math.min(topics, 1000), (at) =>
    timed(() => {
      routeBytes = routes.route(name(at))?.length ?? 0
    }),
  ),
)
const asked = 1_000_000
const cachedMs = timed(() => {
  for (let at = 0; at < asked; at++) routes.route(name(at % 100))
})
const gone = summary(times(1, () => timed(() => routes.peerClosed(0))))

console.log(
  JSON.stringify({
    bench: 'namesrv',
    brokers,
    topics,
    bodyBytes: body.length,
    firstRegistration: first,
    unchangedRegistration: unchanged,
    changedRegistration: bumped,
    heapMiB,
    routeBytes,
    printedRoute: printed,
    cachedRoutesPerSecond: Math.round((asked / cachedMs) * 1000),
    brokerGoneMs: gone.maxMs,
  }),
)
