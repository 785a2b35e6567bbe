// What does a pulled message cost the broker, and how many fit into a second?
// A backlog of 1 KiB messages, 32 a pull, from a real broker that wrote them itself.

import { load, sendHeader } from './load.ts'
import { cpuMicros, median } from './process-cost.ts'
import { type Cluster, portOf, startCluster } from './programs.ts'

const sendMessageV2 = 310
const pullMessage = 11
const backlog = 200_000
const perPull = 32
const pullsPerRound = { 1: 3_000, 8: 12_000 } as const
const bodyBytes = 1024
/** Of the request's sysFlag: it names its own filter. */
const withSubscription = '4'

export async function benchPull(rounds: number): Promise<object> {
  const cluster = await startCluster()
  try {
    await load({
      port: portOf(cluster.broker.listen['broker']),
      code: sendMessageV2,
      ext: () => sendHeader('bench', 0),
      body: Buffer.alloc(bodyBytes, 'r'),
      inFlight: 64,
      requests: backlog,
    })
    const results: Record<string, object> = {}
    for (const inFlight of [1, 8] as const) {
      await pulls(cluster, inFlight)
      const runs = []
      for (let round = 0; round < rounds; round++) runs.push(await pulls(cluster, inFlight))
      results[`${inFlight} in flight`] = {
        messagesPerSecond: Math.round(median(runs.map((one) => one.perSecond))),
        brokerCpuMicros: Number(median(runs.map((one) => one.cpu)).toFixed(2)),
        pullP99Ms: Number(median(runs.map((one) => one.p99)).toFixed(2)),
      }
    }
    return results
  } finally {
    await cluster.stop()
  }
}

async function pulls(cluster: Cluster, inFlight: keyof typeof pullsPerRound) {
  const before = cpuMicros(cluster.broker.pid)
  const result = await load({
    port: portOf(cluster.broker.listen['broker']),
    code: pullMessage,
    ext: (n) => pullHeader((n * perPull) % (backlog - perPull)),
    body: new Uint8Array(0),
    inFlight,
    requests: pullsPerRound[inFlight],
    varies: true,
  })
  const messages = pullsPerRound[inFlight] * perPull
  if (Object.keys(result.refused).length > 0 || result.bodyBytes < messages * bodyBytes) {
    throw new Error(`pulls were refused or short: ${JSON.stringify(result)}`)
  }
  return {
    perSecond: messages / result.seconds,
    cpu: (cpuMicros(cluster.broker.pid) - before) / messages,
    p99: result.latencyMs.p99,
  }
}

const pullHeader = (offset: number): Record<string, string> => ({
  consumerGroup: 'bench',
  topic: 'bench',
  queueId: '0',
  queueOffset: String(offset),
  maxMsgNums: String(perPull),
  sysFlag: withSubscription,
  commitOffset: '0',
  suspendTimeoutMillis: '0',
  subscription: '*',
  subVersion: '0',
  expressionType: 'TAG',
})
