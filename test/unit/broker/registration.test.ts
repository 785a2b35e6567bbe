// Source: BrokerOuterAPI.registerBrokerAll, remoting facts 5.4

import test from 'ava'
import { crc32 } from '../../../src/base/crc32.ts'
import { MqError } from '../../../src/base/errors.ts'
import { silentLog } from '../../../src/base/log.ts'
import type { TopicConfig } from '../../../src/broker/ports.ts'
import { type Caller, Registration } from '../../../src/broker/registration.ts'
import { topicConfig } from '../../../src/broker/start-topics.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'

type Told = {
  address: string
  code: number
  header: Record<string, unknown>
  body: Uint8Array | undefined
  topics: string[]
}

/** Name servers that remember what they are told; `down` answers nothing. */
class NameServers {
  readonly told: Told[] = []
  readonly down = new Set<string>()
  /** Calls wait here while it is set. */
  gate: Promise<void> | undefined
  readonly dropped: string[] = []
  /** A call that waits fails when its connection is dropped. */
  onDrop: () => void = () => {}

  drop(address: string): void {
    this.dropped.push(address)
    this.onDrop()
  }

  readonly call = (async (
    address: string,
    spec: { code: number },
    header: Record<string, unknown>,
    { body }: { body?: Uint8Array },
  ) => {
    await this.gate
    if (this.down.has(address)) throw new MqError('broker-unavailable')
    const table = body
      ? JSON.parse(Buffer.from(body).toString()).topicConfigSerializeWrapper.topicConfigTable
      : {}
    const { code } = spec
    this.told.push({ address, code, header, body, topics: Object.keys(table) })
    return { header: {} }
  }) as unknown as Caller['call']
}

function registration(addresses: string[], permission = 6, topicsPerRequest?: number) {
  const clock = new FakeClock()
  const servers = new NameServers()
  const table = new Map([['a', topicConfig('a', 4, 7)]])
  let listener: (changed: TopicConfig | undefined) => void = () => {}
  const topics = {
    all: () => table.values(),
    dataVersion: { stateVersion: 0, timestamp: 1, counter: 2 },
    renewVersion() {
      this.dataVersion = { ...this.dataVersion, counter: this.dataVersion.counter + 1 }
    },
    onChange: (told: typeof listener) => {
      listener = told
    },
  }
  const self = {
    brokerName: 'b',
    clusterName: 'c',
    brokerId: 0,
    address: '127.0.0.1:10911',
    storeHost: new Uint8Array(8),
    startedAt: 0,
  }
  const service = new Registration({
    epoch: () => 0,
    isShown: () => true,
    caller: servers,
    clock,
    log: silentLog,
    self,
    topics,
    nameServers: addresses,
    haAddress: () => '127.0.0.1:10912',
    zoneName: 'z',
    periodMs: 30_000,
    topicsPerRequest,
    timeoutMs: 24_000,
    permission: () => permission,
  })
  const put = (name: string): void => {
    const topic = topicConfig(name, 1)
    table.set(name, topic)
    listener(topic)
  }
  return { service, clock, servers, table, put }
}

test('every name server is told the address and all topics', async (t) => {
  const { service, servers } = registration(['n1:1', 'n2:1'])
  await service.start()
  t.deepEqual(
    servers.told.map(({ address, code, topics }) => [address, code, topics]),
    [
      ['n1:1', 103, ['a']],
      ['n2:1', 103, ['a']],
    ],
  )
  const [first] = servers.told
  t.deepEqual(first?.header, {
    brokerName: 'b',
    brokerAddr: '127.0.0.1:10911',
    clusterName: 'c',
    haServerAddr: '127.0.0.1:10912',
    brokerId: 0,
    enableActingMaster: false,
    compressed: false,
    bodyCrc32: crc32(first?.body ?? new Uint8Array(0)) & 0x7fffffff,
    zoneName: 'z',
  })
  await service.stop()
})

test('the whole table follows every period', async (t) => {
  const { service, servers, clock } = registration(['n1:1'])
  await service.start()
  await clock.advance(60_000)
  t.is(servers.told.length, 3)
  await service.stop()
  t.is(clock.pending, 0)
})

test('topics that change in one turn are told together and at once', async (t) => {
  const { service, servers, put } = registration(['n1:1'])
  await service.start()
  put('x')
  put('y')
  await settle()
  t.deepEqual(servers.told[1]?.topics, ['x', 'y'])
  await service.stop()
})

test('registrations with one name server do not overtake each other', async (t) => {
  const { service, servers, put } = registration(['n1:1'])
  await service.start()
  let open = (): void => {}
  servers.gate = new Promise((resolve) => {
    open = resolve
  })
  put('x')
  await settle()
  put('y')
  await settle()
  open()
  await settle()
  t.deepEqual(
    servers.told.slice(1).map(({ topics }) => topics),
    [['x'], ['y']],
  )
  await service.stop()
})

test('a name server that was down is told everything soon after, the others at once', async (t) => {
  const { service, servers, clock, put } = registration(['n1:1', 'n2:1'])
  servers.down.add('n1:1')
  await service.start()
  put('x')
  await settle()
  t.deepEqual(
    servers.told.map(({ address }) => address),
    ['n2:1', 'n2:1'],
  )
  servers.down.clear()
  await clock.advance(1100)
  t.deepEqual(servers.told.at(-1)?.address, 'n1:1')
  t.deepEqual(servers.told.at(-1)?.topics, ['a', 'x'])
  await service.stop()
})

test('what the broker does not permit is not shown in its topics', async (t) => {
  const { service, servers } = registration(['n1:1'], 4)
  await service.start()
  const body = Buffer.from(servers.told[0]?.body ?? []).toString()
  t.is(JSON.parse(body).topicConfigSerializeWrapper.topicConfigTable.a.perm, 5)
  await service.stop()
})

test('a stop unregisters everywhere, whoever does not answer', async (t) => {
  const { service, servers, clock, put } = registration(['n1:1', 'n2:1'])
  await service.start()
  servers.down.add('n1:1')
  await service.stop()
  t.is(servers.told.at(-1)?.code, 104)
  t.deepEqual(servers.told.at(-1)?.header, {
    brokerName: 'b',
    clusterName: 'c',
    brokerId: 0,
    brokerAddr: '127.0.0.1:10911',
  })
  const count = servers.told.length
  put('x')
  await settle()
  t.is(servers.told.length, count)
  t.is(clock.pending, 0)
})

test('many topics are told in parts, each with a version of its own', async (t) => {
  const { service, servers, table, clock } = registration(['n:1'], 6, 2)
  for (const name of ['b', 'c', 'd', 'e']) table.set(name, topicConfig(name, 4, 7))
  await service.start()
  t.deepEqual(
    servers.told.map(({ topics }) => topics),
    [['a', 'b'], ['c', 'd'], ['e']],
  )
  const versions = servers.told.map(
    ({ body }) => JSON.parse(String(body)).topicConfigSerializeWrapper.dataVersion.counter,
  )
  t.deepEqual(versions, [3, 4, 5])
  servers.down.add('n:1')
  await clock.advance(30_000)
  servers.down.clear()
  await clock.advance(1000)
  t.deepEqual(
    servers.told.slice(3).map(({ topics }) => topics.length),
    [2, 2, 1],
    'after a failure from the first part on',
  )
  await service.stop()
})

test('a change of the role that a dead line swallows goes over a new connection', async (t) => {
  const { service, servers, clock } = registration(['n1:1'])
  await service.start()
  const before = servers.told.length
  // From now on calls wait for ever, until their connection is dropped.
  servers.gate = new Promise((_, reject) => {
    servers.onDrop = () => reject(new MqError('broker-unavailable'))
  })
  service.roleChanged()
  await clock.advance(1900)
  t.deepEqual(servers.dropped, [])
  servers.gate.catch(() => {})
  await clock.advance(100)
  t.deepEqual(servers.dropped, ['n1:1'])
  servers.gate = undefined
  await clock.advance(100)
  t.is(servers.told.length, before + 1, 'and is told again at once')
  await clock.advance(10_000)
  t.deepEqual(servers.dropped, ['n1:1'], 'what was told needs no hurry')
  await service.stop()
})
