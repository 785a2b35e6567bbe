// Source: ClientRequestProcessor, DefaultRequestProcessor. Registrations as Apache's broker
// sends them are replayed in test/golden/namesrv.test.ts.

import { crc32 } from 'node:zlib'
import test from 'ava'
import { ask, namesrvParts } from '../../../support/namesrv.ts'

const identity = { clusterName: 'c', brokerName: 'b', brokerAddr: '10.0.0.1:10911', brokerId: '0' }
const header = { ...identity, haServerAddr: '10.0.0.1:10912', enableActingMaster: 'false' }
const dataVersion = { counter: 1, stateVersion: 0, timestamp: 5 }
const body = Buffer.from(
  JSON.stringify({
    filterServerList: [],
    topicConfigSerializeWrapper: { dataVersion, topicConfigTable: { t: {}, u: {} } },
  }),
)
const json = (bytes: Buffer) => JSON.parse(bytes.toString())

test('a body that does not match its checksum is refused', async (t) => {
  const parts = namesrvParts()
  const wrong = await ask(parts, 103, { ...header, bodyCrc32: '1' }, { body })
  t.like(wrong, { code: 1 })
  const right = { ...header, bodyCrc32: String(crc32(body) & 0x7fffffff) }
  t.like(await ask(parts, 103, right, { body }), { code: 0 })
  t.truthy(parts.routes.route('t'))
})

test('the connection of a broker that registers is watched', async (t) => {
  const watched: number[] = []
  const parts = { ...namesrvParts(), watch: ({ id }: { id: number }) => void watched.push(id) }
  await ask(parts, 103, header, { body })
  t.deepEqual(watched, [1])
})

test('a broker is told the queues of ordered topics, unless that is switched off', async (t) => {
  const parts = namesrvParts()
  await parts.kv.put('ORDER_TOPIC_CONFIG', 't', 'b:4')
  const answer = await ask(parts, 103, header, { body })
  t.deepEqual(json(answer.body), { table: { t: 'b:4' } })
  parts.settings.update(new Map([['returnOrderTopicConfigToBroker', 'false']]))
  t.is((await ask(parts, 103, header, { body })).body.length, 0)
})

test('a slave is told where its master is', async (t) => {
  const parts = namesrvParts()
  await ask(parts, 103, header, { body })
  const slave = { ...header, brokerId: '1', brokerAddr: '10.0.0.2:10911' }
  t.like(await ask(parts, 103, slave, { body }), {
    code: 0,
    ext: { masterAddr: '10.0.0.1:10911', haServerAddr: '10.0.0.1:10912' },
  })
})

test('a broker may leave', async (t) => {
  const parts = namesrvParts()
  await ask(parts, 103, header, { body })
  t.like(await ask(parts, 104, identity), { code: 0 })
  t.is(parts.routes.route('t'), undefined)
})

test('a heartbeat keeps a broker beyond its time', async (t) => {
  const parts = namesrvParts()
  await ask(parts, 103, header, { body })
  await parts.clock.advance(100_000)
  t.like(await ask(parts, 904, identity), { code: 0 })
  await parts.clock.advance(100_000)
  t.deepEqual(parts.routes.expire(parts.clock.monotonic()), [])
})

test('an unchanged data version is a sign of life, a changed one asks for a registration', async (t) => {
  const parts = namesrvParts()
  const asked = { body: Buffer.from(JSON.stringify(dataVersion)) }
  const unknown = await ask(parts, 322, identity, asked)
  t.like(unknown, { code: 0, ext: { changed: 'true' } })
  t.is(unknown.body.length, 0)

  await ask(parts, 103, header, { body })
  await parts.clock.advance(100_000)
  const same = await ask(parts, 322, identity, asked)
  t.is(same.ext['changed'], 'false')
  t.deepEqual(json(same.body), dataVersion)

  const newer = { body: Buffer.from(JSON.stringify({ ...dataVersion, counter: 2 })) }
  t.is((await ask(parts, 322, identity, newer)).ext['changed'], 'true')
  await parts.clock.advance(100_000)
  t.deepEqual(parts.routes.expire(parts.clock.monotonic()), [])
})

test('the members of a broker set are listed, of an unknown one nobody', async (t) => {
  const parts = namesrvParts()
  await ask(parts, 103, header, { body })
  const group = { brokerName: 'b', cluster: 'c' }
  const known = await ask(parts, 901, { clusterName: 'c', brokerName: 'b' })
  t.deepEqual(json(known.body), {
    brokerMemberGroup: { ...group, brokerAddrs: { '0': '10.0.0.1:10911' } },
  })
  const other = await ask(parts, 901, { clusterName: 'other', brokerName: 'b' })
  t.deepEqual(json(other.body), {
    brokerMemberGroup: { ...group, cluster: 'other', brokerAddrs: {} },
  })
})
