// Records as the Java broker 5.5.0 wrote them: decoded and encoded again to the same bytes.

import test from 'ava'
import { viewOf } from '../../src/base/int64.ts'
import { hostBytes } from '../../src/message/hosts.ts'
import { parseProperties, printPropertiesAsJava } from '../../src/message/properties.ts'
import {
  decodeRecord,
  encodeRecord,
  propertiesTextOf,
  recordSize,
} from '../../src/message/record.ts'
import { goldenFiles, goldenManifest } from '../support/golden-store.ts'

const manifest = goldenManifest('clean')
const files = goldenFiles('clean')

function recordOf(position: number, size: number): Buffer {
  const fileSize = manifest.commitLog.fileSize
  const base = position - (position % fileSize)
  const file = files.get(`commitlog/${String(base).padStart(20, '0')}`) ?? Buffer.alloc(0)
  return file.subarray(position - base, position - base + size)
}

function hostOf(text: string): Uint8Array {
  const [ip = '', port = ''] = text.split(':')
  return hostBytes(ip, Number(port))
}

function encodeAgain(record: Buffer): Buffer {
  const message = decodeRecord(record)
  const outgoing = {
    ...message,
    bornHost: hostOf(message.bornHost),
    storeHost: hostOf(message.storeHost),
    properties: propertiesTextOf(record),
  }
  const topic = Buffer.from(message.topic)
  const propertiesSize = Buffer.byteLength(outgoing.properties)
  const size = recordSize(outgoing, topic.length, propertiesSize)
  const bytes = Buffer.alloc(size)
  const { queueOffset, position, storeTimestamp } = message
  const assigned = { queueOffset, position, storeTimestamp, topic, propertiesSize, size }
  encodeRecord({ bytes, view: viewOf(bytes) }, 0, outgoing, assigned)
  return bytes
}

test('every record decodes and encodes to the same bytes', (t) => {
  for (const message of manifest.messages) {
    const record = recordOf(message.physicalOffset, message.storeSize)
    t.true(encodeAgain(record).equals(record), message.offsetMsgId)
    const { messageId } = decodeRecord(record)
    const stored = message.properties['UNIQ_KEY'] ?? message.offsetMsgId
    t.is(messageId, stored)
  }
})

test('every truncation of a record is refused', (t) => {
  const record = recordOf(308, 270)
  for (let size = 0; size < record.length; size++) {
    t.throws(() => decodeRecord(record.subarray(0, size)), { name: 'MqError' })
  }
})

test('a record with a changed body is refused', (t) => {
  const record = Buffer.from(recordOf(308, 270))
  record.writeUInt8(record.readUInt8(90) ^ 1, 90)
  t.throws(() => decodeRecord(record), { message: 'the body does not match its checksum' })
})

test('properties of single sends are printed in the order of the Java broker', (t) => {
  const singles = manifest.messages.filter((message) => message.properties['MSG_REGION'])
  t.true(singles.length > 100)
  for (const message of singles) {
    const text = propertiesTextOf(recordOf(message.physicalOffset, message.storeSize))
    t.is(printPropertiesAsJava(parseProperties(text)), text)
  }
})
