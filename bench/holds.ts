// What do connections cost that only wait? 1,000 of them, each with a pull that the broker holds
// for 15 s, as clients do, and that is asked again when it is answered. Their memory is the
// slope from 1,000 to 5,000: less disappears in what the collector leaves.

import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './load.ts'
import { cpuMicros, ownMemory, round } from './process-cost.ts'
import { portOf, startCluster } from './programs.ts'
import { codes, dial, pullHeader, sendHeader, Template, type Wire } from './wire.ts'

const fewConnections = 1_000
const manyConnections = 5_000
const atOnce = 50
const waitMs = 15_000
const warmWaitMs = 50
const warmMs = 15_000
const watchedMs = 30_000
const settleMs = 20_000
const topic = 'bench'
const stored = 100

export async function benchHolds(): Promise<object> {
  const cluster = await startCluster()
  const { pid } = cluster.broker
  const port = portOf(cluster.broker.listen['broker'])
  let answers = 0
  const wires: Wire[] = []
  const grow = async (count: number, holdMs: number): Promise<void> => {
    const frame = pullFrame(holdMs)
    while (wires.length < count) {
      const hold = () => holdPull(port, frame, () => answers++)
      wires.push(...(await Promise.all(Array.from({ length: atOnce }, hold))))
    }
  }
  try {
    await load({
      port,
      code: codes.sendMessageV2,
      ext: () => sendHeader(topic, 0),
      body: Buffer.alloc(1024, 'r'),
      inFlight: 1,
      requests: stored,
    })
    // Until the code is compiled: a broker that runs for a day has that behind it.
    await grow(fewConnections, warmWaitMs)
    await sleep(warmMs)
    for (const wire of wires.splice(0)) wire.close()
    await sleep(settleMs)
    const cpuPercentBefore = await percent(pid)

    await grow(fewConnections, waitMs)
    await sleep(settleMs)
    answers = 0
    const cpuPercent = await percent(pid)
    const answersPerSecond = answers / (watchedMs / 1000)
    const memory = ownMemory(pid)
    await grow(manyConnections, waitMs)
    await sleep(settleMs)
    const ownBytesEach = (ownMemory(pid) - memory) / (manyConnections - fewConnections)
    return {
      connections: fewConnections,
      answersPerSecond: round(answersPerSecond),
      cpuPercent: round(cpuPercent, 2),
      cpuPercentBefore: round(cpuPercentBefore, 2),
      ownKbEach: round(ownBytesEach / 1024),
    }
  } finally {
    for (const wire of wires) wire.close()
    await cluster.stop()
  }
}

async function percent(pid: number): Promise<number> {
  const before = cpuMicros(pid)
  await sleep(watchedMs)
  return (cpuMicros(pid) - before) / (watchedMs * 10)
}

const pullFrame = (holdMs: number): Buffer =>
  new Template(
    codes.pullMessage,
    pullHeader({ topic, queueId: 0, offset: stored }, holdMs),
    new Uint8Array(0),
  ).bytes

async function holdPull(port: number, frame: Buffer, onAnswer: () => void): Promise<Wire> {
  const wire: Wire = await dial(port, {
    answer() {
      onAnswer()
      wire.send([frame])
    },
    broken: (error) => {
      throw error
    },
  })
  wire.send([frame])
  return wire
}
