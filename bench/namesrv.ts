// How a namesrv bears many brokers with many topics: all brokers with the same topics, as a
// cluster has them. Registrations go through the real decoder and table, one after the other,
// as they do on the event loop: the longest one is the longest stall.

import { namesrvConfig } from '../src/namesrv/config.ts'
import { readRegisterBody, versionIn } from '../src/namesrv/register-body.ts'
import { Routes } from '../src/namesrv/routes.ts'

export const nameOfTopic = (at: number): string => `topic-of-some-length-${at}`

/** A body as Apache's broker prints it. */
export function registerBody(topics: number, counter: number): Buffer {
  const settings = {
    attributes: {},
    order: false,
    perm: 6,
    readQueueNums: 8,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    writeQueueNums: 8,
  }
  const table = Array.from({ length: topics }, (_, at) => [
    nameOfTopic(at),
    { ...settings, topicName: nameOfTopic(at) },
  ])
  const topicConfigSerializeWrapper = {
    dataVersion: { counter, stateVersion: 0, timestamp: 1_764_000_000_000 },
    topicConfigTable: Object.fromEntries(table),
  }
  return Buffer.from(JSON.stringify({ filterServerList: [], topicConfigSerializeWrapper }))
}

function register(routes: Routes, broker: number, body: Buffer): void {
  const identity = {
    clusterName: 'c',
    brokerName: `broker-${broker}`,
    brokerAddr: `10.0.${broker >> 8}.${broker & 0xff}:10911`,
    brokerId: 0,
    haServerAddr: '',
    enableActingMaster: false,
  }
  const version = versionIn(body)
  const known = version && routes.knowsTopics(identity, version, body.length)
  const read = known ? { dataVersion: version, topics: [] } : readRegisterBody(body, 513)
  routes.register({ ...identity, ...read, bodyBytes: body.length }, broker, 0)
}

const round = (value: number): number => Math.round(value * 100) / 100

/** Milliseconds of each of `count` runs, one after the other. */
function timed(count: number, run: (at: number) => void) {
  const sorted = Array.from({ length: count }, (_, at) => {
    const startedMs = performance.now()
    run(at)
    return performance.now() - startedMs
  }).sort((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

/** 300 brokers with 10,000 topics each take about 40 s and 150 MB. */
export function benchNamesrv(brokers = 300, topics = 10_000): object {
  const config = { ...namesrvConfig.parse({}), topicEntriesMax: brokers * topics }
  const routes = new Routes(config, () => undefined)
  const [body, changed] = [registerBody(topics, 1), registerBody(topics, 2)]
  const asked = 1_000_000
  return {
    brokers,
    topics,
    bodyBytes: body.length,
    firstRegistration: timed(brokers, (broker) => register(routes, broker, body)),
    unchangedRegistration: timed(brokers, (broker) => register(routes, broker, body)),
    changedRegistration: timed(brokers, (broker) => register(routes, broker, changed)),
    heapMiB: round(process.memoryUsage().heapUsed / 2 ** 20),
    printedRoute: timed(Math.min(topics, 1000), (at) => routes.route(nameOfTopic(at))),
    routeBytes: routes.route(nameOfTopic(0))?.length,
    cachedRoutesMsPerMillion: timed(1, () => {
      for (let at = 0; at < asked; at++) routes.route(nameOfTopic(at % 100))
    }).maxMs,
    brokerGone: timed(1, () => routes.peerClosed(0)),
  }
}
