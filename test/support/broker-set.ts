// A master and its slaves, whole brokers, on a network and disks in memory.

import type { ExecutionContext } from 'ava'
import { printAddress } from '../../src/base/address.ts'
import type { MqError } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Broker } from '../../src/broker/broker.ts'
import type { BrokerConfig } from '../../src/broker/config.ts'
import type { Fields, HeaderOf } from '../../src/protocol/field.ts'
import type { RequestSpec } from '../../src/protocol/request.ts'
import { pullMessage } from '../../src/protocol/requests/pull.ts'
import { sendMessage } from '../../src/protocol/requests/send.ts'
import { RemotingClient } from '../../src/remoting/client.ts'
import { MemoryFiles } from './memory-files.ts'
import { MqCluster } from './mq-cluster.ts'

type Sent = { readonly code: number; readonly queueOffset: number | undefined }

export class BrokerSet {
  readonly cluster = new MqCluster()
  readonly #caller = new RemotingClient({
    network: this.cluster.network,
    clock: this.cluster.clock,
    log: silentLog,
  })
  readonly #running = new Set<Broker>()

  static async start(t: ExecutionContext): Promise<BrokerSet> {
    const set = new BrokerSet()
    await set.cluster.startNameServer()
    t.teardown(() => set.#stop())
    return set
  }

  async broker(config: Partial<BrokerConfig>, files = new MemoryFiles()): Promise<Broker> {
    // A store that is opened again in one process must not find its file still mapped.
    const given = { mapFiles: false, ...config }
    const broker = await this.cluster.startBroker('a', given, files)
    this.#running.add(broker)
    return broker
  }

  async stop(broker: Broker): Promise<void> {
    this.#running.delete(broker)
    await this.cluster.during(broker.stop())
  }

  /** Moves time on until it is so. */
  async until(isSo: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
    for (let waited = 0; waited < ms; waited += 50) {
      if (await isSo()) return
      await this.cluster.clock.advance(50)
    }
    throw new Error('it never came')
  }

  async call<H extends Fields, R extends Fields>(
    broker: Broker,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    body?: Uint8Array,
  ) {
    const options = { timeoutMs: 10_000, accept: [0, 10, 11, 12, 19, 21], ...(body && { body }) }
    return this.cluster.during(
      this.#caller.call(printAddress(broker.address), spec, header, options),
    )
  }

  /** `properties`: as they are written in the header. */
  async send(broker: Broker, text: string, topic = 'T', properties = ''): Promise<Sent> {
    const header = {
      producerGroup: 'p',
      topic,
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 1,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      flag: 0,
      properties,
    } as HeaderOf<typeof sendMessage.header>
    try {
      const { code, header: told } = await this.call(broker, sendMessage, header, Buffer.from(text))
      return { code, queueOffset: told.queueOffset }
    } catch (error) {
      return { code: Number((error as MqError).detail['code']), queueOffset: undefined }
    }
  }

  /** Bodies of a queue, from its beginning; more than one pull's worth is left. */
  async read(broker: Broker, topic = 'T'): Promise<string[]> {
    const header = {
      consumerGroup: 'g',
      topic,
      queueId: 0,
      queueOffset: 0,
      maxMsgNums: 32,
      sysFlag: 4,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: '*',
      subVersion: 0,
    } as HeaderOf<typeof pullMessage.header>
    const { body } = await this.call(broker, pullMessage, header)
    return bodiesOf(body)
  }

  async #stop(): Promise<void> {
    const closed = [this.#caller.close(), ...[...this.#running].map((one) => one.stop())]
    await this.cluster.during(Promise.all(closed))
    await this.cluster.during(this.cluster.stopNameServers())
  }
}

function bodiesOf(records: Uint8Array): string[] {
  const bytes = Buffer.from(records)
  const bodies: string[] = []
  for (let at = 0; at < bytes.length; at += bytes.readInt32BE(at)) {
    const size = bytes.readInt32BE(at + 84)
    bodies.push(bytes.toString('utf8', at + 88, at + 88 + size))
  }
  return bodies
}
