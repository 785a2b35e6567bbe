import test from 'ava'
import { requests } from '../../../src/protocol/requests/index.ts'
import { sendMessage, sendMessageV2 } from '../../../src/protocol/requests/send.ts'

const specs = [...requests.values()]

/** What a broker and a namesrv must serve for the main job. */
const needed = [
  ...[10, 310, 320, 11, 361, 200050, 200051, 200151, 200053, 200054, 14, 15, 29, 30, 31, 32, 12],
  ...[33, 34, 35, 36, 38, 40, 41, 42, 46, 17, 215, 351, 21, 25, 26, 28, 200, 201, 352, 202, 208],
  ...[400, 105, 106, 103, 104, 904, 322, 901, 205, 327, 206, 216, 224, 304, 100, 101, 102, 219],
  ...[217, 37, 39],
]

test('every request of the main job is in the table', (t) => {
  t.deepEqual(
    needed.filter((code) => !requests.has(code)),
    [],
  )
})

test('no two fields of a header have one name on the wire', (t) => {
  for (const { name, header, reply } of specs) {
    for (const fields of [header, reply]) {
      const wire = Object.entries(fields).map(([key, field]) => field.wire ?? key)
      t.is(new Set(wire).size, wire.length, name)
    }
  }
})

test('what needs a right on a topic or group has the field that names it', (t) => {
  const topics = ['topic', 'originTopic']
  const groups = ['consumerGroup', 'group', 'groupName', 'producerGroup', 'srcGroup']
  const groupsToo = [...groups, 'compareGroup']
  for (const { name, access, header } of specs) {
    if (typeof access === 'string' || access.namesIn) continue
    const has = (fields: readonly string[]) => fields.some((field) => field in header)
    if (access.topic) t.true(has(topics), `${name} names no topic`)
    if (access.group) t.true(has(groupsToo), `${name} names no group`)
  }
})

test('only members of the cluster may change what a namesrv or controller knows of brokers', (t) => {
  const of = (name: string) => specs.find((spec) => spec.name === name)?.access
  for (const name of ['REGISTER_BROKER', 'UNREGISTER_BROKER', 'CONTROLLER_ALTER_SYNC_STATE_SET']) {
    t.is(of(name), 'peer')
  }
})

test('both forms of a send are one header under different names', (t) => {
  const header = sendMessage.parseHeader({
    ...{ producerGroup: 'g', topic: 't', defaultTopic: 'TBW102', defaultTopicQueueNums: '4' },
    ...{ queueId: '-1', sysFlag: '0', bornTimestamp: '1', flag: '0', batch: 'true' },
  })
  const letters = sendMessageV2.printHeader(header)
  t.like(letters, { a: 'g', b: 't', c: 'TBW102', d: '4', e: '-1', f: '0', g: '1', m: 'true' })
  t.deepEqual(sendMessageV2.parseHeader(letters), header)
})
