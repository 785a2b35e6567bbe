// Source: ClientRequestProcessor, DefaultRequestProcessor. Routes as Apache's clients ask for
// them are replayed in test/golden/namesrv.test.ts.

import test from 'ava'
import { handlers } from '../../../../src/namesrv/handlers.ts'
import { requests } from '../../../../src/protocol/requests/index.ts'
import { ask, namesrvParts } from '../../../support/namesrv.ts'

const json = (bytes: Buffer) => JSON.parse(bytes.toString())

function partsWithBroker() {
  const parts = namesrvParts()
  const settings = { readQueueNums: 4, writeQueueNums: 4, perm: 6 }
  parts.routes.register(
    {
      clusterName: 'c',
      brokerName: 'b',
      brokerAddr: '10.0.0.1:10911',
      brokerId: 0,
      haServerAddr: '',
      dataVersion: { stateVersion: 0, timestamp: 0, counter: 0 },
      topics: [
        { topicName: 'plain', ...settings, topicSysFlag: 0 },
        { topicName: 'unit', ...settings, topicSysFlag: 1 },
        { topicName: 'unit-sub', ...settings, topicSysFlag: 2 },
        { topicName: 'both', ...settings, topicSysFlag: 3 },
      ],
    },
    1,
    0,
  )
  return parts
}

test('every request that the table gives to a namesrv has one handler, those for users too', (t) => {
  const declared = [...requests.values()].filter(
    ({ servedBy, name }) => servedBy === 'namesrv' || name.startsWith('AUTH_'),
  )
  const served = handlers.map(({ spec }) => spec.code).toSorted((a, b) => a - b)
  t.deepEqual(
    served,
    declared.map(({ code }) => code),
  )
})

test('a namesrv that does not know a topic says so in the words people search for', async (t) => {
  t.like(await ask(namesrvParts(), 105, { topic: 'x' }), {
    code: 17,
    remark:
      'No topic route info in name server for the topic: x\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.',
  })
})

test('routes are strict JSON for old clients too', async (t) => {
  const { body } = await ask(partsWithBroker(), 105, { topic: 'plain' }, { version: 317 })
  t.deepEqual(json(body).brokerDatas[0].brokerAddrs, { '0': '10.0.0.1:10911' })
})

test('a route is of one zone only where the mode is on', async (t) => {
  const brokers = async (ext: Record<string, string>) => {
    const { body } = await ask(partsWithBroker(), 105, { topic: 'plain', ...ext })
    return json(body).brokerDatas.length
  }
  t.is(await brokers({ __ZONE_NAME: 'east' }), 1)
  t.is(await brokers({ __ZONE_NAME: 'east', __ZONE_MODE: 'false' }), 1)
  t.is(await brokers({ __ZONE_MODE: 'true' }), 1)
  t.is(await brokers({ __ZONE_NAME: 'east', __ZONE_MODE: 'true' }), 0)
})

const lists: Record<string, { code: number; ext?: Record<string, string>; expected: object }> = {
  'all topics': { code: 206, expected: { topicList: ['plain', 'unit', 'unit-sub', 'both'] } },
  'the topics of a cluster': {
    code: 224,
    ext: { cluster: 'c' },
    expected: { topicList: ['plain', 'unit', 'unit-sub', 'both'] },
  },
  'the topics of an unknown cluster': {
    code: 224,
    ext: { cluster: 'd' },
    expected: { topicList: [] },
  },
  'clusters and brokers as system topics': {
    code: 304,
    expected: { brokerAddr: '10.0.0.1:10911', topicList: ['c', 'b'] },
  },
  'unit topics': { code: 311, expected: { topicList: ['unit', 'both'] } },
  'unit subscriptions': { code: 312, expected: { topicList: ['unit-sub', 'both'] } },
  'unit subscriptions that are no unit': { code: 313, expected: { topicList: ['unit-sub'] } },
}

for (const [title, { code, ext, expected }] of Object.entries(lists)) {
  test(`${title} are listed`, async (t) => {
    t.deepEqual(json((await ask(partsWithBroker(), code, ext)).body), expected)
  })

  test(`${title} are not listed when lists are switched off`, async (t) => {
    const parts = partsWithBroker()
    const off = [
      ['enableTopicList', 'false'],
      ['enableAllTopicList', 'false'],
    ] as const
    parts.settings.update(new Map(off))
    t.like(await ask(parts, code, ext), { code: 1 })
  })
}

test('permissions are wiped and given back, and counted', async (t) => {
  const parts = partsWithBroker()
  t.like(await ask(parts, 205, { brokerName: 'b' }), { code: 0, ext: { wipeTopicCount: '4' } })
  t.like(await ask(parts, 327, { brokerName: 'b' }), { code: 0, ext: { addTopicCount: '4' } })
  t.like(await ask(parts, 205, { brokerName: 'x' }), { code: 0, ext: { wipeTopicCount: '0' } })
})

test('a topic is deleted', async (t) => {
  const parts = partsWithBroker()
  t.like(await ask(parts, 216, { topic: 'plain' }), { code: 0 })
  t.like(await ask(parts, 105, { topic: 'plain' }), { code: 17 })
})

test('a single topic is registered on known brokers', async (t) => {
  const parts = partsWithBroker()
  const queueDatas = [
    { brokerName: 'b', readQueueNums: 2, writeQueueNums: 2, perm: 6, topicSysFlag: 0 },
    { brokerName: 'x', readQueueNums: 2, writeQueueNums: 2, perm: 6, topicSysFlag: 0 },
  ]
  const body = Buffer.from(JSON.stringify({ queueDatas, brokerDatas: [] }))
  t.like(await ask(parts, 217, { topic: 'new' }, { body }), { code: 0 })
  const route = json((await ask(parts, 105, { topic: 'new' })).body)
  t.deepEqual(route.queueDatas, [queueDatas[0]])
})

test('settings are shown as properties', async (t) => {
  const text = (await ask(namesrvParts(), 319)).body.toString()
  t.true(text.includes('listenPort=9876\n'))
  t.true(text.includes('orderMessageEnable=false\n'))
})

test('a setting on the list changes', async (t) => {
  const parts = namesrvParts()
  const body = Buffer.from('orderMessageEnable=true\n')
  t.like(await ask(parts, 318, {}, { body }), { code: 0 })
  t.true(parts.settings.current.orderMessageEnable)
})

// CVE-2023-37582 wrote a file of the attacker's choice this way.
for (const line of [
  'kvConfigPath=/tmp/x',
  'configStorePath=/tmp/x',
  'bindAddress=0.0.0.0',
  'x=1',
]) {
  test(`${line} is refused, and nothing else of that request changes`, async (t) => {
    const parts = namesrvParts()
    const before = parts.settings.current
    const body = Buffer.from(`orderMessageEnable=true\n${line}\n`)
    t.like(await ask(parts, 318, {}, { body }), { code: 16 })
    t.is(parts.settings.current, before)
  })
}

test('a value that does not fit its setting is refused', async (t) => {
  const body = Buffer.from('orderMessageEnable=perhaps')
  t.like(await ask(namesrvParts(), 318, {}, { body }), { code: 29 })
})
