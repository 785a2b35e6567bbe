// What does a send cost the broker, and how many fit into a second?
// 1 KiB bodies, one connection, 1, 16 and 64 in flight, ASYNC_FLUSH and SYNC_FLUSH.

import { load } from './load.ts'
import { cpuMicros, loopMicros, median, round } from './process-cost.ts'
import { type Cluster, portOf, startCluster } from './programs.ts'
import { codes, sendHeader } from './wire.ts'

export async function benchSend(rounds: number): Promise<object> {
  const results: Record<string, object> = {}
  for (const flush of ['ASYNC_FLUSH', 'SYNC_FLUSH']) {
    const cluster = await startCluster([`broker.flushDiskType=${flush}`])
    try {
      await sends(cluster, 64, flush === 'ASYNC_FLUSH' ? 150_000 : 30_000)
      for (const inFlight of [1, 16, 64]) {
        const count = (flush === 'ASYNC_FLUSH' ? 100_000 : 30_000) / (inFlight === 1 ? 5 : 1)
        const runs = []
        for (let n = 0; n < rounds; n++) runs.push(await sends(cluster, inFlight, count))
        results[`${flush} ${inFlight} in flight`] = {
          perSecond: Math.round(median(runs.map((one) => one.perSecond))),
          brokerCpuMicros: round(median(runs.map((one) => one.cpu))),
          ofTheLoop: round(median(runs.map((one) => one.loop))),
          p99Ms: round(median(runs.map((one) => one.p99)), 2),
        }
      }
    } finally {
      await cluster.stop()
    }
  }
  return results
}

async function sends(cluster: Cluster, inFlight: number, requests: number) {
  const { pid } = cluster.broker
  const before = { cpu: cpuMicros(pid), loop: loopMicros(pid) }
  const result = await load({
    port: portOf(cluster.broker.listen['broker']),
    code: codes.sendMessageV2,
    ext: () => sendHeader('bench', 0),
    body: Buffer.alloc(1024, 'r'),
    inFlight,
    requests,
  })
  const refused = Object.values(result.refused).reduce((sum, count) => sum + count, 0)
  if (refused > 0) throw new Error(`sends were refused: ${JSON.stringify(result.refused)}`)
  return {
    perSecond: requests / result.seconds,
    cpu: (cpuMicros(pid) - before.cpu) / requests,
    loop: (loopMicros(pid) - before.loop) / requests,
    p99: result.latencyMs.p99,
  }
}
