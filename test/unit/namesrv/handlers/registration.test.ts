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

test('an unchanged registration is a sign of life and is not read', async (t) => {
  const parts = namesrvParts()
  await ask(parts, 103, header, { body: printed(dataVersion, 'topic-1') })
  await parts.clock.advance(100_000)
  // The rest of the body could not be read.
  const broken = printed(dataVersion, 'topic-1')
  broken.fill(0, 200)
  t.is((await ask(parts, 103, header, { body: broken })).code, 0)
  await parts.clock.advance(100_000)
  t.deepEqual(parts.routes.expire(parts.clock.monotonic()), [])
  t.truthy(parts.routes.route('topic-1'))

  for (const [what, body] of [
    ['another version', printed({ ...dataVersion, counter: 9 }, 'topic-1')],
    ['another size', printed(dataVersion, 'topic-22')],
  ] as const) {
    body.fill(0, 200)
    t.is((await ask(parts, 103, header, { body })).code, 13, what)
  }
})

test('a topic that was deleted here comes back with the next registration', async (t) => {
  const parts = namesrvParts()
  const body = printed(dataVersion, 'topic-1')
  await ask(parts, 103, header, { body })
  await ask(parts, 216, { topic: 'topic-1' })
  t.is(parts.routes.route('topic-1'), undefined)
  await ask(parts, 103, header, { body })
  t.truthy(parts.routes.route('topic-1'))
})

test('large registrations take turns, and a leave comes after them', async (t) => {
  const parts = namesrvParts()
  const large = (broker: string) =>
    ask(
      parts,
      103,
      { ...header, bodyCrc32: '0', brokerName: broker, brokerAddr: `10.0.0.1:${broker}` },
      { body: printed(dataVersion, 'x'.repeat(200), 3000) },
    )
  const answers = ['1', '2', '3'].map(large)
  t.deepEqual(
    [...parts.routes.brokers()].map(({ brokerName }) => brokerName),
    ['1'],
  )
  const gone = { ...identity, brokerName: '3', brokerAddr: '10.0.0.1:3' }
  const left = ask(parts, 104, gone)
  await parts.clock.advance(0)
  t.deepEqual(
    (await Promise.all([...answers, left])).map(({ code }) => code),
    [0, 0, 0, 0],
  )
  t.deepEqual(
    [...parts.routes.brokers()].map(({ brokerName }) => brokerName),
    ['1', '2'],
  )
})

/** As Java's broker prints it: its keys sorted. */
function printed(version: object, topicName: string, copies = 2): Buffer {
  const { counter, stateVersion, timestamp } = { ...dataVersion, ...version }
  const settings = { perm: 6, readQueueNums: 4, topicSysFlag: 0, writeQueueNums: 4 }
  const names = Array.from({ length: copies }, (_, at) =>
    at === 0 ? topicName : `t${at}-${topicName}`,
  )
  const topicConfigTable = Object.fromEntries(
    names.map((one) => [one, { ...settings, topicName: one }]),
  )
  return Buffer.from(
    JSON.stringify({
      filterServerList: [],
      topicConfigSerializeWrapper: {
        dataVersion: { counter, stateVersion, timestamp },
        topicConfigTable,
      },
    }),
  )
}
