// A cluster of several brokers in one process, with name servers and a client, over a memory
// network, memory disks and a fake clock. cluster.ts is the one for a broker that starts again.

import type { ExecutionContext } from 'ava'
import { printAddress } from '../../src/base/address.ts'
import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { Random } from '../../src/base/random.ts'
import { type Broker, openBroker } from '../../src/broker/broker.ts'
import { type BrokerConfig, brokerConfig } from '../../src/broker/config.ts'
import { Client } from '../../src/client/client.ts'
import { type NamesrvConfig, namesrvConfig } from '../../src/namesrv/config.ts'
import { Namesrv } from '../../src/namesrv/namesrv.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryFiles } from './memory-files.ts'
import { MemoryNetwork } from './memory-network.ts'

/** Counts up, so that a test can tell one choice from the next. */
function countingRandom(): Random {
  let next = 0
  return { below: (bound) => next++ % bound, bytes: (size) => Buffer.alloc(size, next++) }
}

export class MqCluster {
  readonly clock = new FakeClock()
  readonly network = new MemoryNetwork(this.clock)
  readonly random = countingRandom()
  readonly #nameServers: Namesrv[] = []

  get nameServers(): readonly string[] {
    return this.#nameServers.map(({ address }) => printAddress(address))
  }

  async startNameServer(given: Partial<NamesrvConfig> = {}): Promise<Namesrv> {
    const config = namesrvConfig.parse({ listenPort: 0, ...given })
    const namesrv = new Namesrv(config, { ...this, files: new MemoryFiles(), log: silentLog })
    await namesrv.start()
    this.#nameServers.push(namesrv)
    return namesrv
  }

  /** `files`: a disk that may hold a store already. */
  async startBroker(
    brokerName: string,
    given: Partial<BrokerConfig> = {},
    files = new MemoryFiles(),
  ): Promise<Broker> {
    const config = brokerConfig.parse({
      brokerName,
      listenPort: 0,
      storePathRootDir: '/store',
      mappedFileSizeCommitLog: 64 * 1024,
      mappedFileSizeTimerLog: 52 * 1000,
      timerWheelSlots: 20_000,
      mappedFileSizeConsumeQueue: 20 * 50,
      maxHashSlotNum: 500,
      maxIndexNum: 400,
      namesrvAddr: this.nameServers.join(';'),
      ...given,
    })
    const broker = openBroker(config, {
      ...this,
      files,
      log: silentLog,
      metrics: noMetrics,
      processId: 1,
    })
    await this.during(broker.start())
    return broker
  }

  newClient(): Client {
    return new Client({ ...this, nameServers: this.nameServers })
  }

  async stopNameServers(): Promise<void> {
    for (const namesrv of this.#nameServers) await namesrv.stop()
  }

  /** Moves time on until the promise is settled. */
  async during<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => {})
    while (!isSettled) await this.clock.advance(10)
    return settled
  }
}

/** One name server, the named brokers and a client; all are stopped at the end of the test. */
export async function mqCluster(t: ExecutionContext, brokerNames: readonly string[] = ['a']) {
  const cluster = new MqCluster()
  await cluster.startNameServer()
  const brokers = new Map<string, Broker>()
  for (const name of brokerNames) brokers.set(name, await cluster.startBroker(name))
  const client = cluster.newClient()
  t.teardown(async () => {
    await cluster.during(client.stop())
    for (const broker of brokers.values()) await cluster.during(broker.stop())
    await cluster.during(cluster.stopNameServers())
  })
  return { cluster, client, brokers }
}
