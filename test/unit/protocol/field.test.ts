import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { bool, i32, i64, maybe, named, orElse, text } from '../../../src/protocol/field.ts'
import { request } from '../../../src/protocol/request.ts'

const numbers: Readonly<Record<string, number>> = { '0': 0, '-0': 0, '-1': -1, '+5': 5, '007': 7 }

for (const [written, value] of Object.entries(numbers)) {
  test(`'${written}' is read as ${value}, as Java does`, (t) => {
    t.is(i32.parse(written), value)
    t.is(i64.parse(written), value)
  })
}

for (const written of ['', ' ', ' 1', '1.0', '1e3', '0x10', 'NaN', 'Infinity', '--1', '１']) {
  test(`'${written}' is no whole number`, (t) => {
    t.throws(() => i32.parse(written), { instanceOf: MqError })
    t.throws(() => i64.parse(written), { instanceOf: MqError })
  })
}

test('an int has 32 bits, a long the range that is exact', (t) => {
  t.is(i32.parse('2147483647'), 2_147_483_647)
  t.throws(() => i32.parse('2147483648'))
  t.is(i64.parse('9007199254740991'), Number.MAX_SAFE_INTEGER)
  t.throws(() => i64.parse('9007199254740993'))
})

test('the ends of the Java range, which mean no limit, become the ends of ours', (t) => {
  t.is(i64.parse('9223372036854775807'), Number.MAX_SAFE_INTEGER)
  t.is(i64.parse('-9223372036854775808'), Number.MIN_SAFE_INTEGER)
})

test('anything but true, in any case, is false', (t) => {
  t.deepEqual(['true', 'TRUE', 'yes', ''].map(bool.parse), [true, true, false, false])
})

const sample = request({
  code: 1,
  name: 'SAMPLE',
  servedBy: 'broker',
  access: 'open',
  source: 'none',
  header: { topic: named('b', text), count: maybe(i32), order: orElse(bool, true) },
})

test('a header is read by its names on the wire, with what is left out', (t) => {
  t.deepEqual(sample.parseHeader({ b: 't', other: 'x' }), { topic: 't', order: true })
  t.deepEqual(sample.parseHeader({ b: 't', count: '2', order: 'false' }), {
    topic: 't',
    count: 2,
    order: false,
  })
})

test('a header that lacks a field or has a wrong one is refused with its name', (t) => {
  t.like(
    t.throws(() => sample.parseHeader({ count: '2' })),
    { detail: { field: 'b' } },
  )
  t.like(
    t.throws(() => sample.parseHeader(undefined)),
    { detail: { field: 'b' } },
  )
  t.like(
    t.throws(() => sample.parseHeader({ b: 't', count: 'x' })),
    { detail: { field: 'count' } },
  )
})

test('what is printed inherits no names', (t) => {
  const printed = sample.printHeader({ topic: 't', order: false })
  t.deepEqual(Object.entries(printed), [
    ['b', 't'],
    ['order', 'false'],
  ])
  t.false('constructor' in printed)
  const special: string = '__proto__'
  printed[special] = 'p'
  t.is(Object.keys(printed).length, 3)
})
