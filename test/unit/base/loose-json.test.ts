// Source: bodies of 106 and 202 in the golden traffic

import test from 'ava'
import { parseLooseJson } from '../../../src/base/loose-json.ts'

const readings: Record<string, { text: string; value: unknown }> = {
  'strict JSON is read as it is': { text: '{"a":[1,{"b":null}]}', value: { a: [1, { b: null }] } },
  'bare integer keys become their digits': {
    text: '{"brokerAddrs":{0:"a:1",1:"b:2"},"x":{-1 : 2}}',
    value: { brokerAddrs: { '0': 'a:1', '1': 'b:2' }, x: { '-1': 2 } },
  },
  'an object key becomes its text': {
    text: '{"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:7,{"queueId":1}:{"n":1}}}',
    value: {
      offsetTable: { '{"brokerName":"b","queueId":0,"topic":"t"}': 7, '{"queueId":1}': { n: 1 } },
    },
  },
  'text that looks like a bare key stays text': {
    text: '{"s":"{0:1,{}:2,\\"","n":{1:"}"}}',
    value: { s: '{0:1,{}:2,"', n: { '1': '}' } },
  },
  'an array inside a loosely keyed object keeps its numbers': {
    text: '{1:[2,3],4:[]}',
    value: { '1': [2, 3], '4': [] },
  },
  'white space is allowed around bare keys': {
    text: '{\n\t0 :\n"a" , 1: {} }',
    value: { '0': 'a', '1': {} },
  },
}

for (const [title, { text, value }] of Object.entries(readings)) {
  test(title, (t) => t.deepEqual(parseLooseJson(text), value))
}

for (const text of [
  '',
  '{',
  '{0',
  '{0:',
  '{{}',
  '{{',
  '{-:1}',
  '{a:1}',
  '{"a":1,}',
  '[1,{2:]',
  '{"',
]) {
  test(`${JSON.stringify(text)} is refused as a malformed body`, (t) => {
    t.like(
      t.throws(() => parseLooseJson(text)),
      { name: 'MqError', failure: 'malformed-body' },
    )
  })
}

test('a key named like a prototype stays a plain key', (t) => {
  const value = parseLooseJson('{"__proto__":{"x":1},0:1}') as Record<string, unknown>
  t.is(Object.getPrototypeOf(value), Object.prototype)
  t.deepEqual(Object.keys(value), ['0', '__proto__'])
})
