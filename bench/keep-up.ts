// Do consumers keep up while producers are saturated? Four producers and four consumers on four
// queues of one broker, all as fast as they can; a consumer asks for the next 32 messages when it
// has the last ones, and waits in the broker when there are none.
//
// SECONDS=60 is the long form.

import { load } from './load.ts'
import { cpuMicros, median, round } from './process-cost.ts'
import { portOf, startCluster } from './programs.ts'
import { codes, dial, pullHeader, sendHeader, Template, type Wire } from './wire.ts'

const topic = 'bench'
const queues = [0, 1, 2, 3]
const perProducer = 16
const sendsAtOnce = 10_000
const waitMs = 15_000
const sampleMs = 100
const secondsDefault = 10

export async function benchKeepUp(): Promise<object> {
  const seconds = Number(process.env['SECONDS'] ?? secondsDefault)
  const cluster = await startCluster()
  const { pid } = cluster.broker
  const port = portOf(cluster.broker.listen['broker'])
  try {
    await Promise.all(queues.map((queueId) => sends(port, queueId)))
    const consumers = await Promise.all(queues.map((queueId) => Consumer.start(port, queueId)))
    const consumed = (): number => consumers.reduce((sum, one) => sum + one.offset, 0)
    const lag = (): number => consumers.reduce((sum, one) => sum + one.lag, 0)
    let produced = queues.length * sendsAtOnce
    while (consumed() < produced) await new Promise((go) => setTimeout(go, sampleMs))

    const before = { produced, cpu: cpuMicros(pid) }
    const startedAt = performance.now()
    const lags: number[] = []
    const sampling = setInterval(() => lags.push(lag()), sampleMs)
    const producers = queues.map(async (queueId) => {
      while (performance.now() - startedAt < seconds * 1000) {
        await sends(port, queueId)
        produced += sendsAtOnce
      }
    })
    await Promise.all(producers)
    const behind = produced - consumed()
    const took = (performance.now() - startedAt) / 1000
    const count = produced - before.produced
    clearInterval(sampling)
    for (const consumer of consumers) consumer.stop()
    return {
      seconds: round(took),
      producedPerSecond: Math.round(count / took),
      consumedToProduced: round((count - behind) / count, 4),
      behindAtEnd: behind,
      behindMedian: median(lags),
      behindMax: Math.max(...lags),
      brokerCpuMicrosPerMessage: round((cpuMicros(pid) - before.cpu) / count),
    }
  } finally {
    await cluster.stop()
  }
}

async function sends(port: number, queueId: number): Promise<void> {
  const result = await load({
    port,
    code: codes.sendMessageV2,
    ext: () => sendHeader(topic, queueId),
    body: Buffer.alloc(1024, 'r'),
    inFlight: perProducer,
    requests: sendsAtOnce,
  })
  if (Object.keys(result.refused).length > 0) throw new Error(JSON.stringify(result.refused))
}

class Consumer {
  /** Of the message that it waits for. */
  offset = 0
  /** Messages that the broker had behind its last answer. */
  lag = 0
  readonly #queueId: number
  #wire: Wire | undefined

  private constructor(queueId: number) {
    this.#queueId = queueId
  }

  static async start(port: number, queueId: number): Promise<Consumer> {
    const made = new Consumer(queueId)
    made.#wire = await dial(port, {
      answer: ({ header }) => made.#onAnswer(header),
      broken: (error) => {
        throw error
      },
    })
    made.#ask()
    return made
  }

  stop(): void {
    this.#wire?.close()
  }

  #ask(): void {
    const header = pullHeader({ topic, queueId: this.#queueId, offset: this.offset }, waitMs)
    this.#wire?.send([new Template(codes.pullMessage, header, new Uint8Array(0)).bytes])
  }

  #onAnswer(header: string): void {
    this.offset = Number(/"nextBeginOffset":"(\d+)/.exec(header)?.[1] ?? this.offset)
    this.lag = Number(/"maxOffset":"(\d+)/.exec(header)?.[1] ?? 0) - this.offset
    this.#ask()
  }
}
