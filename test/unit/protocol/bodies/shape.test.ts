import test from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import {
  body,
  bool,
  double,
  intMap,
  list,
  map,
  nameOf,
  object,
  optional,
  orElse,
  queueMap,
  type Shape,
  text,
  whole,
} from '../../../../src/protocol/bodies/shape.ts'

const parse = <T>(shape: Shape<T>, json: string): T => body(shape).parse(Buffer.from(json))
const print = <T>(shape: Shape<T>, value: T): string =>
  Buffer.from(body(shape).print(value)).toString()

test('keys are printed sorted, and what is absent not at all', (t) => {
  const shape = object({ b: text, a: optional(whole), c: list(bool) })
  t.is(print(shape, { b: 'x', c: [true] }), '{"b":"x","c":[true]}')
  t.is(print(shape, { b: 'x', a: 1, c: [] }), '{"a":1,"b":"x","c":[]}')
})

test('null is absent, and absence has its own meaning by shape', (t) => {
  const shape = object({ a: optional(text), b: orElse(whole, 7), c: list(text), d: map(text) })
  const empty = { b: 7, c: [], d: new Map() }
  t.deepEqual(parse(shape, '{"a":null,"b":null,"c":null,"d":null,"unknown":{}}'), empty)
  t.deepEqual(parse(shape, '{}'), empty)
})

test('numbers and truths are read from text as well', (t) => {
  t.is(parse(whole, '"2598919"'), 2_598_919)
  t.is(parse(double, '"0.5"'), 0.5)
  t.is(parse(bool, '"true"'), true)
  t.is(parse(text, '5'), '5')
})

test('a long beyond 2^53 is brought to the range that is exact', (t) => {
  t.is(parse(whole, '9223372036854775807'), Number.MAX_SAFE_INTEGER)
  t.is(parse(whole, '-9223372036854775808'), Number.MIN_SAFE_INTEGER)
})

test('a double is printed with a fraction', (t) => {
  t.is(print(double, 0), '0.0')
  t.is(print(double, 0.25), '0.25')
})

test('names of enums are read in any case, and unknown ones are the first', (t) => {
  const model = nameOf('CLUSTERING', 'BROADCASTING')
  t.is(parse(model, '"BroadCasting"'), 'BROADCASTING')
  t.is(parse(model, '"Unknown"'), 'CLUSTERING')
  t.is(parse(object({ model }), '{}').model, 'CLUSTERING')
})

test('integer keys are read bare or quoted, and printed quoted', (t) => {
  const read = new Map([
    [0, 'a'],
    [-1, 'b'],
  ])
  t.deepEqual(parse(intMap(text), '{0:"a",-1:"b"}'), read)
  t.deepEqual(parse(intMap(text), '{"0":"a","-1":"b"}'), read)
  t.is(print(intMap(text), read), '{"0":"a","-1":"b"}')
})

test('a map by queue has the queues as its keys, both ways', (t) => {
  const json = '{{"brokerName":"b","queueId":0,"topic":"{t:\\"}"}:12}'
  const pairs = parse(queueMap(whole), json)
  t.deepEqual(pairs, [[{ brokerName: 'b', queueId: 0, topic: '{t:"}' }, 12]])
  t.is(print(queueMap(whole), pairs), json)
})

test('names of the object prototype are ordinary keys', (t) => {
  const value = parse(map(text), '{"__proto__":"p","constructor":"c"}')
  t.deepEqual(
    [...value],
    [
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ],
  )
  t.throws(() => parse(object({ toString: text }), '{}'), { instanceOf: MqError })
})

const wrong: Readonly<Record<string, [Shape<unknown>, string]>> = {
  'text is expected': [object({ field: text }), '{"field":[]}'],
  'a whole number is expected': [object({ field: whole }), '{"field":1.5}'],
  'a number is expected': [object({ field: double }), '{"field":"x"}'],
  'a truth is expected': [object({ field: bool }), '{"field":1}'],
  'a list is expected': [object({ field: list(text) }), '{"field":{}}'],
  'a map is expected': [object({ field: map(text) }), '{"field":[]}'],
  'a queue is expected as key': [object({ field: queueMap(whole) }), '{"field":{"x":1}}'],
  'the field is missing': [object({ field: text }), '{}'],
}

for (const [reason, [shape, json]] of Object.entries(wrong)) {
  test(`a body is refused when ${reason}`, (t) => {
    t.throws(() => parse(shape, json), { instanceOf: MqError })
  })
}

test('a refusal names the field', (t) => {
  const error = t.throws(() => parse(object({ outer: object({ inner: whole }) }), '{"outer":{}}'))
  t.like(error, { failure: 'malformed-body', detail: { field: 'inner' } })
})
