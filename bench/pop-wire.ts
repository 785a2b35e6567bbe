// Pop and acknowledge against pull, over the wire: the same backlog of 1 KiB messages in eight
// queues, read by eight consumers of 32 at a time. A gateway acknowledges a whole pop in one
// request, a Java client each message in one of its own.

import { bitsOfOffsets } from '../src/protocol/bodies/ack.ts'
import { load } from './load.ts'
import { cpuMicros, median, round } from './process-cost.ts'
import { type Cluster, portOf, startCluster } from './programs.ts'
import { type Answer, codes, dial, pullHeader, sendHeader, Template, type Wire } from './wire.ts'

const topic = 'bench'
const queues = 8
const perQueue = 16_000
const perRequest = 32
const invisibleMs = 600_000
const noBody = new Uint8Array(0)

type Kind = 'pull' | 'pop, one acknowledgement for all' | 'pop, one acknowledgement each'
const kinds: readonly Kind[] = [
  'pull',
  'pop, one acknowledgement for all',
  'pop, one acknowledgement each',
]
type Run = { readonly perSecond: number; readonly cpu: number }

export async function benchPopWire(rounds: number): Promise<object> {
  const cluster = await startCluster([`broker.defaultTopicQueueNums=${queues}`])
  try {
    await fill(portOf(cluster.broker.listen['broker']))
    const runs = new Map<Kind, Run[]>(kinds.map((kind) => [kind, []]))
    // Each round is a group of its own, which has the whole backlog before it. The first warms up.
    for (let n = 0; n <= rounds; n++) {
      for (const kind of kinds) {
        const run = await drain(cluster, kind, `group-${n}-${kinds.indexOf(kind)}`)
        if (n > 0) runs.get(kind)?.push(run)
      }
    }
    const rate = (kind: Kind) => median((runs.get(kind) ?? []).map((run) => run.perSecond))
    const cpu = (kind: Kind) => median((runs.get(kind) ?? []).map((run) => run.cpu))
    const rowOf = (kind: Kind) => ({
      messagesPerSecond: Math.round(rate(kind)),
      brokerCpuMicros: round(cpu(kind), 2),
      rateToPull: round(rate(kind) / rate('pull'), 2),
      cpuOfPull: round(cpu('pull') / cpu(kind), 2),
    })
    return Object.fromEntries(kinds.map((kind) => [kind, rowOf(kind)]))
  } finally {
    await cluster.stop()
  }
}

async function fill(port: number): Promise<void> {
  const result = await load({
    port,
    code: codes.sendMessageV2,
    ext: (n) => ({ ...sendHeader(topic, n), d: String(queues) }),
    body: Buffer.alloc(1024, 'r'),
    inFlight: 64,
    requests: perQueue * queues,
    distinct: queues,
  })
  if (Object.keys(result.refused).length > 0) throw new Error(JSON.stringify(result.refused))
}

async function drain(cluster: Cluster, kind: Kind, group: string): Promise<Run> {
  const { pid } = cluster.broker
  const port = portOf(cluster.broker.listen['broker'])
  const before = cpuMicros(pid)
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: queues }, (_, queueId) => consume(port, kind, group, queueId)),
  )
  const seconds = (performance.now() - startedAt) / 1000
  const messages = perQueue * queues
  return { perSecond: messages / seconds, cpu: (cpuMicros(pid) - before) / messages }
}

/** What the requests are numbered with. */
const [asked, acknowledged] = [0, 1]

/**
 * Resolves when the queue is read, and acknowledged if it was popped. A pop is acknowledged and
 * the next one asked for in one write.
 */
function consume(port: number, kind: Kind, group: string, queueId: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let wire: Wire | undefined
    let read = 0
    let unacknowledged = 0
    const next = (): Buffer[] => {
      if (read >= perQueue) return []
      const [code, header] =
        kind === 'pull'
          ? [codes.pullMessage, pullHeader({ topic, queueId, offset: read })]
          : [codes.popMessage, popHeader(group, queueId)]
      return [new Template(code, header, noBody).numbered(asked)]
    }
    const answer = ({ code, n, header }: Answer): void => {
      if (code !== '0') reject(new Error(`${kind}: ${header}`))
      if (n === acknowledged) unacknowledged--
      else {
        read += perRequest
        const acks = kind === 'pull' ? [] : acksOf(kind, group, queueId, header)
        unacknowledged += acks.length
        const frames = [...acks, ...next()]
        if (frames.length > 0) wire?.send(frames)
      }
      if (read < perQueue || unacknowledged > 0) return
      wire?.close()
      resolve()
    }
    dial(port, { answer, broken: reject }).then((dialled) => {
      wire = dialled
      dialled.send(next())
    }, reject)
  })
}

const popHeader = (group: string, queueId: number): Record<string, string> => ({
  consumerGroup: group,
  topic,
  queueId: String(queueId),
  maxMsgNums: String(perRequest),
  invisibleTime: String(invisibleMs),
  pollTime: '0',
  bornTime: '0',
  initMode: '0',
  expType: 'TAG',
  exp: '*',
  order: 'false',
})

function acksOf(kind: Kind, group: string, queueId: number, header: string): Buffer[] {
  const field = (name: string): string => new RegExp(`"${name}":"([^"]*)"`).exec(header)?.[1] ?? ''
  const [popTime, reviveQueue] = [field('popTime'), field('reviveQid')]
  const first = Number(field('startOffsetInfo').split(' ')[2])
  const offsets = Array.from({ length: perRequest }, (_, n) => first + n)
  if (kind === 'pop, one acknowledgement for all') {
    const ack = {
      ...{ b: bitsOfOffsets(first, offsets), c: group, it: invisibleMs, pt: Number(popTime) },
      ...{ q: queueId, r: '0', rq: Number(reviveQueue), so: first, t: topic },
    }
    const body = Buffer.from(JSON.stringify({ acks: [ack], brokerName: 'broker-a' }))
    return [new Template(codes.batchAckMessage, {}, body).numbered(acknowledged)]
  }
  const receipt = `${first} ${popTime} ${invisibleMs} ${reviveQueue} 0 broker-a ${queueId}`
  return offsets.map((offset) => {
    const extraInfo = `${receipt} ${offset}`
    const place = { consumerGroup: group, topic, queueId: String(queueId), offset: String(offset) }
    return new Template(codes.ackMessage, { ...place, extraInfo }, noBody).numbered(acknowledged)
  })
}
