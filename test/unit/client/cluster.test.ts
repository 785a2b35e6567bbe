import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { Brokers, NameServers } from '../../../src/client/cluster.ts'
import type { BrokerRoute } from '../../../src/client/topic-route.ts'
import { getMinOffset } from '../../../src/protocol/requests/offsets.ts'
import { getAllTopicListFromNameserver } from '../../../src/protocol/requests/route.ts'
import { type FakeAnswer, FakeRemoting, lost } from '../../support/fake-remoting.ts'

const addresses = ['n1:1', 'n2:2', 'n3:3']

function nameServers(down: ReadonlySet<string>, first = 0) {
  const remoting = new FakeRemoting(({ address }) => {
    if (down.has(address)) throw lost(false)
    return {}
  })
  return { remoting, servers: new NameServers(remoting, { addresses, timeoutMs: 9, first }) }
}

test('the name server that answered is asked again', async (t) => {
  const down = new Set(['n1:1'])
  const { remoting, servers } = nameServers(down)
  await servers.call(getAllTopicListFromNameserver, {})
  await servers.call(getAllTopicListFromNameserver, {})
  t.deepEqual(remoting.addresses, ['n1:1', 'n2:2', 'n2:2'])
  down.clear()
  down.add('n2:2').add('n3:3')
  await servers.call(getAllTopicListFromNameserver, {})
  t.deepEqual(remoting.addresses.slice(3), ['n2:2', 'n3:3', 'n1:1'])
})

test('clients begin with different name servers', async (t) => {
  const { remoting, servers } = nameServers(new Set(), 2)
  await servers.call(getAllTopicListFromNameserver, {})
  t.deepEqual(remoting.addresses, ['n3:3'])
})

test('when no name server answers, the call fails with the last cause', async (t) => {
  const { servers } = nameServers(new Set(addresses))
  const error = await t.throwsAsync(servers.call(getAllTopicListFromNameserver, {}))
  t.like(error, { failure: 'broker-unavailable', message: 'no name server answers' })
  t.like(error?.cause, { failure: 'broker-unavailable' })
})

test('what a name server says is not asked of another', async (t) => {
  const remoting = new FakeRemoting(() => ({ code: 17 }))
  const servers = new NameServers(remoting, { addresses, timeoutMs: 9, first: 0 })
  const error = await t.throwsAsync(servers.call(getAllTopicListFromNameserver, {}))
  t.like(error, { failure: 'topic-not-found' })
  t.is(remoting.asked.length, 1)
})

/** Addresses of one broker: each doubt moves on to the next. */
function moving(...routes: Record<number, string>[]) {
  let at = 0
  return {
    async broker(name: string): Promise<BrokerRoute> {
      const addresses = new Map(
        Object.entries(routes[at] ?? {}).map(([id, address]) => [Number(id), address]),
      )
      return { name, cluster: 'c', addresses }
    },
    doubtBrokers() {
      at = Math.min(at + 1, routes.length - 1)
    },
  }
}

const queue = { topic: 't', queueId: 0 }
const offset: FakeAnswer = { ext: { offset: '7' } }

test('the master is asked, for reads a slave when there is none', async (t) => {
  const remoting = new FakeRemoting(() => offset)
  const both = new Brokers(remoting, moving({ 0: 'm:1', 1: 's:1' }), 9)
  const slaves = new Brokers(remoting, moving({ 2: 's2:1', 1: 's1:1' }), 9)
  await both.master('b', getMinOffset, queue)
  await both.any('b', getMinOffset, queue)
  await slaves.any('b', getMinOffset, queue)
  t.deepEqual(remoting.addresses, ['m:1', 'm:1', 's1:1'])
  const error = await t.throwsAsync(slaves.master('b', getMinOffset, queue))
  t.like(error, { failure: 'broker-unavailable', detail: { broker: 'b', written: false } })
})

test('a slave of the own zone is read rather than the one that is suggested', async (t) => {
  const remoting = new FakeRemoting(() => offset)
  const addresses = moving({ 0: 'm:1', 1: 's1:1', 2: 's2:1' })
  const zones = new Map([
    [0, 'west'],
    [1, 'west'],
    [2, 'east'],
  ])
  const zoned = {
    ...addresses,
    broker: async (name: string) => ({ ...(await addresses.broker(name)), zones }),
  }
  const read = (zone: string, brokerId: number) =>
    new Brokers(remoting, zoned, 9, zone).any('b', getMinOffset, queue, { brokerId })
  await read('', 1)
  await read('east', 1)
  await read('west', 2)
  await read('south', 2)
  await read('east', 0)
  await read('', 7)
  t.deepEqual(remoting.addresses, ['s1:1', 's2:1', 's1:1', 's2:1', 'm:1', 'm:1'])
})

test('a master that moved is asked at its new address', async (t) => {
  const remoting = new FakeRemoting(({ address }) => {
    if (address === 'old:1') throw lost(false)
    return offset
  })
  const brokers = new Brokers(remoting, moving({ 0: 'old:1' }, { 0: 'new:1' }), 9)
  const { header } = await brokers.master('b', getMinOffset, queue)
  t.is(header.offset, 7)
  t.deepEqual(remoting.addresses, ['old:1', 'new:1'])
})

test('a call that may have arrived is not repeated at the new address', async (t) => {
  const remoting = new FakeRemoting(() => {
    throw lost(true)
  })
  const brokers = new Brokers(remoting, moving({ 0: 'old:1' }, { 0: 'new:1' }), 9)
  const error = await t.throwsAsync(brokers.master('b', getMinOffset, queue))
  t.like(error, { failure: 'broker-timeout', detail: { written: true } })
  t.deepEqual(remoting.addresses, ['old:1'])
})

test('what a broker says is not asked elsewhere', async (t) => {
  const remoting = new FakeRemoting(() => ({ code: 16, remark: 'no' }))
  const brokers = new Brokers(remoting, moving({ 0: 'old:1' }, { 0: 'new:1' }), 9)
  const error = await t.throwsAsync(brokers.master('b', getMinOffset, queue))
  t.like(error, { failure: 'permission-denied', message: 'no' })
  t.is(remoting.asked.length, 1)
})

test('a broker that cannot be looked up has got no byte', async (t) => {
  const lookUp = () => Promise.reject(new MqError('broker-error', 'x', { code: 1, written: true }))
  const remoting = new FakeRemoting(() => offset)
  const brokers = new Brokers(remoting, { broker: lookUp, doubtBrokers() {} }, 9)
  const error = await t.throwsAsync(brokers.master('b', getMinOffset, queue))
  t.deepEqual((error as MqError).detail, { broker: 'b', written: false })
})

test('every name server is asked, also behind one that fails', async (t) => {
  const { remoting, servers } = nameServers(new Set(['n1:1']))
  await t.throwsAsync(servers.each(getAllTopicListFromNameserver, {}))
  t.deepEqual(remoting.addresses, addresses)
})
