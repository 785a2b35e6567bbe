// The small texts around a message: tags, ids, hosts, delay levels, flags.

import test from 'ava'
import { defaultDelayLevels, deliverAt, parseDelayLevels } from '../../../src/message/delay.ts'
import { transactionOf, withTransaction } from '../../../src/message/flags.ts'
import { hostBytes, hostText } from '../../../src/message/hosts.ts'
import { offsetMessageId, parseOffsetMessageId, UniqueIds } from '../../../src/message/id.ts'
import { addProperty, hasSeparator, parseProperties } from '../../../src/message/properties.ts'
import { javaHash, tagsCodeOf } from '../../../src/message/tags.ts'

const hashes: Record<string, number> = {
  TagA: 2598919,
  TagB: 2598920,
  中文: 646394,
  标签: 857175,
  TagEmpty: -723392013,
  polygenelubricants: -2147483648,
  d: 100,
}

for (const [tag, hash] of Object.entries(hashes)) {
  test(`the hash of ${tag} is Java's`, (t) => {
    t.is(javaHash(tag), hash)
    t.is(tagsCodeOf(tag), hash)
  })
}

test('no tag has code 0', (t) => {
  t.is(tagsCodeOf(undefined), 0)
  t.is(tagsCodeOf(''), 0)
})

test('an offset message id is the place in hex, and reads back', (t) => {
  const storeHost = hostBytes('127.0.0.1', 10811)
  const id = offsetMessageId(storeHost, 0x134)
  t.is(id, '7F00000100002A3B0000000000000134')
  const parsed = parseOffsetMessageId(id.toLowerCase())
  t.is(parsed?.position, 0x134)
  t.is(hostText(parsed?.storeHost ?? new Uint8Array(8)), '127.0.0.1:10811')
  t.is(offsetMessageId(hostBytes('::1', 1), 2).length, 56)
  for (const bad of ['', 'xyz', id.slice(1), `${id}00`, `${id.slice(0, 16)}FFFFFFFFFFFFFFFF`]) {
    t.is(parseOffsetMessageId(bad), undefined)
  }
})

test('unique ids differ, and have the form of the Java client', (t) => {
  const source = { ip: Buffer.from([10, 0, 0, 1]), processId: 77, instance: Buffer.alloc(4, 9) }
  const ids = new UniqueIds(source)
  const made = Array.from({ length: 1_000 }, () => ids.next(1_700_000_000_000))
  t.is(new Set(made).size, 1_000)
  t.regex(made[0] ?? '', /^0A000001004D09090909[0-9A-F]{12}$/)
})

test('hosts are four or sixteen bytes and a port', (t) => {
  t.is(hostText(hostBytes('192.168.1.20', 65535)), '192.168.1.20:65535')
  t.is(hostText(hostBytes('fe80::1%eth0', 80)), '[fe80:0:0:0:0:0:0:1]:80')
  t.is(hostText(hostBytes('::ffff:1.2.3.4', 5)), '[0:0:0:0:0:ffff:102:304]:5')
  for (const bad of ['', '1.2.3', '1.2.3.256', 'localhost', '1::2::3', ':', '12345::']) {
    t.like(
      t.throws(() => hostBytes(bad, 1)),
      { failure: 'invalid-argument' },
    )
  }
})

test('delay levels are those of Java, and a level above the last counts as the last', (t) => {
  const levels = parseDelayLevels(defaultDelayLevels)
  t.is(levels.length, 18)
  t.deepEqual([deliverAt(levels, 1, 5), deliverAt(levels, 5, 5)], [1_005, 60_005])
  t.is(deliverAt(levels, 99, 0), 7_200_000)
  t.like(
    t.throws(() => parseDelayLevels('1s 2x')),
    { failure: 'invalid-argument' },
  )
})

test('the transaction bits are read and replaced', (t) => {
  t.deepEqual([0, 4, 8, 12].map(transactionOf), ['none', 'prepared', 'commit', 'rollback'])
  t.is(withTransaction(0x301 | 4, 'commit'), 0x309)
  t.is(withTransaction(0x301 | 12, 'none'), 0x301)
})

test('a property is added behind text with or without its last separator', (t) => {
  for (const text of ['a\u0001b', 'a\u0001b\u0002']) {
    t.deepEqual(
      [...parseProperties(addProperty(text, 'c', 'd'))],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    )
  }
  t.true(hasSeparator('a\u0002'))
  t.false(hasSeparator('plain'))
})
