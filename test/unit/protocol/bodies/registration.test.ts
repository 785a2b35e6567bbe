import { deflateSync } from 'node:zlib'
import test from 'ava'
import {
  parseRegistration,
  printCompressedRegistration,
  printRegistration,
  type Registration,
} from '../../../../src/protocol/bodies/registration.ts'

const topic = {
  attributes: new Map([['message.type', 'FIFO and more']]),
  order: false,
  perm: 6,
  readQueueNums: 4,
  topicFilterType: 'SINGLE_TAG',
  topicName: 'demo',
  topicSysFlag: 0,
  writeQueueNums: 8,
} as const

const registration: Registration = {
  filterServerList: [],
  topicConfigSerializeWrapper: {
    dataVersion: { counter: 7, stateVersion: 0, timestamp: 1_764_000_000_000 },
    topicConfigTable: new Map([['demo', topic]]),
  },
}

test('a registration survives its plain form', (t) => {
  t.deepEqual(parseRegistration(printRegistration(registration)), registration)
})

test('a registration survives its compressed form', (t) => {
  t.deepEqual(parseRegistration(printCompressedRegistration(registration)), registration)
})

test('the compressed form of before 5.0 has no mappings at its end', (t) => {
  const state = '{"counter":1,"stateVersion":0,"timestamp":2}'
  const line = 'demo 4 8 6 SINGLE_TAG {}'
  const part = (content: string): Buffer => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(content.length)
    return Buffer.concat([length, Buffer.from(content)])
  }
  const count = Buffer.from('00000001', 'hex')
  const bytes = deflateSync(Buffer.concat([part(state), count, part(line), part('[]')]))
  const { topicConfigSerializeWrapper } = parseRegistration(bytes)
  t.deepEqual(topicConfigSerializeWrapper.topicConfigTable.get('demo'), {
    ...topic,
    attributes: new Map(),
  })
})

test('a compressed form that is cut anywhere is refused', (t) => {
  const whole = printCompressedRegistration(registration)
  for (let size = 1; size < whole.length; size++) {
    t.throws(() => parseRegistration(whole.subarray(0, size)), { name: 'MqError' })
  }
  for (const inside of ['', '00', '7fffffff', 'ffffffff']) {
    const bytes = deflateSync(Buffer.from(inside, 'hex'))
    t.throws(() => parseRegistration(bytes), { name: 'MqError' })
  }
})

test('a compressed form that unpacks to too much is refused', (t) => {
  const bytes = deflateSync(Buffer.alloc(65 * 1024 * 1024))
  t.throws(() => parseRegistration(bytes), { message: 'the body cannot be unpacked' })
})
