// What does a pulled message cost the broker, and how many fit into a second?
// A backlog of 1 KiB messages, 32 a pull, from a real broker that wrote them itself.

import { load } from './load.ts'
import { cpuMicros, loopMicros, median, round } from './process-cost.ts'
import { type Cluster, portOf, startCluster } from './programs.ts'
import { codes, pullHeader, sendHeader } from './wire.ts'

const backlog = 200_000
const perPull = 32
const pullsPerRound = { 1: 3_000, 8: 12_000 } as const
const bodyBytes = 1024

export async function benchPull(rounds: number): Promise<object> {
  const cluster = await startCluster()
  try {
    await load({
      port: portOf(cluster.broker.listen['broker']),
      code: codes.sendMessageV2,
      ext: () => sendHeader('bench', 0),
      body: Buffer.alloc(bodyBytes, 'r'),
      inFlight: 64,
      requests: backlog,
    })
    const results: Record<string, object> = {}
    for (const inFlight of [1, 8] as const) {
      await pulls(cluster, inFlight)
      const runs = []
      for (let n = 0; n < rounds; n++) runs.push(await pulls(cluster, inFlight))
      results[`${inFlight} in flight`] = {
        messagesPerSecond: Math.round(median(runs.map((one) => one.perSecond))),
        brokerCpuMicros: round(median(runs.map((one) => one.cpu)), 2),
        ofTheLoop: round(median(runs.map((one) => one.loop)), 2),
        pullP99Ms: round(median(runs.map((one) => one.p99)), 2),
      }
    }
    return results
  } finally {
    await cluster.stop()
  }
}

async function pulls(cluster: Cluster, inFlight: keyof typeof pullsPerRound) {
  const { pid } = cluster.broker
  const before = { cpu: cpuMicros(pid), loop: loopMicros(pid) }
  const result = await load({
    port: portOf(cluster.broker.listen['broker']),
    code: codes.pullMessage,
    ext: (n) =>
      pullHeader({ topic: 'bench', queueId: 0, offset: (n * perPull) % (backlog - perPull) }),
    body: new Uint8Array(0),
    inFlight,
    requests: pullsPerRound[inFlight],
    distinct: backlog / perPull,
  })
  const messages = pullsPerRound[inFlight] * perPull
  if (Object.keys(result.refused).length > 0 || result.bodyBytes < messages * bodyBytes) {
    throw new Error(`pulls were refused or short: ${JSON.stringify(result)}`)
  }
  return {
    perSecond: messages / result.seconds,
    cpu: (cpuMicros(pid) - before.cpu) / messages,
    loop: (loopMicros(pid) - before.loop) / messages,
    p99: result.latencyMs.p99,
  }
}
