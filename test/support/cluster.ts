// A name server, a broker with the real store and a client, on a network and a disk in memory.

import type { ExecutionContext } from 'ava'
import { printAddress } from '../../src/base/address.ts'
import { type Log, silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { Random } from '../../src/base/random.ts'
import { type Broker, openBroker } from '../../src/broker/broker.ts'
import { type BrokerConfig, brokerConfig } from '../../src/broker/config.ts'
import { Client } from '../../src/client/client.ts'
import { namesrvConfig } from '../../src/namesrv/config.ts'
import { Namesrv } from '../../src/namesrv/namesrv.ts'
import { FakeClock } from './fake-clock.ts'
import { MemoryFiles } from './memory-files.ts'
import { MemoryNetwork } from './memory-network.ts'

/** Takes turns, so that a test sees the same each time. */
function takingTurns(): Random {
  let next = 0
  return {
    below: (bound) => next++ % bound,
    bytes: (size) => Uint8Array.from({ length: size }, () => next++ & 0xff),
  }
}

type Given = {
  readonly config?: Partial<BrokerConfig>
  readonly nameServers?: number
  readonly log?: Log
  /** A disk that holds a store already. */
  readonly files?: MemoryFiles
}

export async function cluster(t: ExecutionContext, given: Given = {}) {
  const clock = new FakeClock()
  const network = new MemoryNetwork(clock)
  const files = given.files ?? new MemoryFiles()
  const random = takingTurns()
  const log = given.log ?? silentLog

  const nameServers: Namesrv[] = []
  for (let at = 0; at < (given.nameServers ?? 1); at++) {
    const settings = namesrvConfig.parse({
      bindAddress: '127.0.0.1',
      listenPort: 0,
      kvConfigPath: `/namesrv-${at}/kv.json`,
    })
    const nameServer = new Namesrv(settings, { network, clock, files, log })
    await nameServer.start()
    nameServers.push(nameServer)
  }
  const addresses = nameServers.map(({ address }) => printAddress(address))

  const config = brokerConfig.parse({
    listenPort: 0,
    storePathRootDir: '/store',
    mappedFileSizeCommitLog: 1024 * 1024,
    mappedFileSizeTimerLog: 52 * 1000,
    timerWheelSlots: 20_000,
    mappedFileSizeConsumeQueue: 20 * 1000,
    maxHashSlotNum: 500,
    maxIndexNum: 400,
    // A store that is opened again in one process must not find its file still mapped.
    mapFiles: false,
    namesrvAddr: addresses.join(';'),
    ...given.config,
  })
  const openAgain = async (): Promise<Broker> => {
    const broker = openBroker(config, {
      files,
      network,
      clock,
      random,
      log,
      metrics: noMetrics,
      processId: 1,
    })
    await broker.start()
    return broker
  }
  const client = new Client({ nameServers: addresses, network, clock, random })
  const running = { broker: await openAgain() }
  t.teardown(async () => {
    const stopping = [client.stop(), running.broker.stop()]
    await clock.advance(1000)
    await Promise.all(stopping)
    const last = nameServers.map((one) => one.stop())
    await clock.advance(1000)
    await Promise.all(last)
    if (network.sockets > 0) throw new Error('a connection was left open')
    if (clock.pending > 0) throw new Error('a timer was left armed')
  })
  return { clock, network, files, client, running, nameServers, addresses, openAgain }
}
