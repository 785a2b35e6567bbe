import test from 'ava'
import { type Json, parseEnvelope } from '../../../../gateway/core/envelope.ts'
import type { MqError } from '../../../../src/base/errors.ts'

const parse = (from: Json) => parseEnvelope(from, 'orders', 1000, { at: '/messages/0' })
const body = { text: 'x' }

test('the three body forms become bytes with a content type', (t) => {
  const seen = (form: Json) => {
    const { body: bytes, contentType } = parse({ body: form })
    return [Buffer.from(bytes).toString(), contentType]
  }
  t.deepEqual(seen({ json: { id: 7 } }), ['{"id":7}', 'application/json'])
  t.deepEqual(seen({ json: null }), ['null', 'application/json'])
  t.deepEqual(seen({ text: 'grüß' }), ['grüß', 'text/plain;charset=utf-8'])
  t.deepEqual(seen({ base64: 'YQ==' }), ['a', 'application/octet-stream'])
  t.is(parse({ body, contentType: 'text/csv' }).contentType, 'text/csv')
})

test('every member arrives', (t) => {
  const input = parse({
    body,
    tag: 'paid',
    keys: ['a', 'b'],
    properties: { src: 'web' },
    orderingKey: 'c-9',
    deliverAt: '2026-11-23T17:00:00Z',
    type: 'delay',
    producerGroup: 'p',
    idempotencyKey: 'k1',
    require: 'replicated',
    traceparent: '00-1',
  })
  t.like(input, {
    topic: 'orders',
    tag: 'paid',
    keys: ['a', 'b'],
    orderingKey: 'c-9',
    deliverAt: Date.parse('2026-11-23T17:00:00Z'),
    type: 'delay',
    producerGroup: 'p',
    idempotencyKey: 'k1',
    requireReplicated: true,
    traceparent: '00-1',
  })
  t.deepEqual([...(input.properties ?? [])], [['src', 'web']])
})

test('a delay counts from now', (t) => {
  t.is(parse({ body, delay: '30s' }).deliverAt, 31_000)
})

const refused: Record<string, [Json, string, string]> = {
  'no body': [{}, 'malformed-body', '/body'],
  'two body forms': [{ body: { text: '', json: 1 } }, 'malformed-body', '/body'],
  'an unknown body form': [{ body: { xml: '' } }, 'malformed-body', '/body'],
  'text that is a number': [{ body: { text: 1 } }, 'malformed-body', '/body'],
  'base64 with blanks': [{ body: { base64: 'a b' } }, 'malformed-body', '/body/base64'],
  'a tag that is a number': [{ body, tag: 1 }, 'malformed-body', '/tag'],
  'keys that are text': [{ body, keys: 'a' }, 'malformed-body', '/keys'],
  'a key that is a number': [{ body, keys: ['a', 1] }, 'malformed-body', '/keys/1'],
  'a property that is a number': [
    { body, properties: { 'a/b': 1 } },
    'malformed-body',
    '/properties/a~1b',
  ],
  'a delay without unit': [{ body, delay: '5' }, 'illegal-delivery-time', '/delay'],
  'a delay of a year': [{ body, delay: '8760h' }, 'illegal-delivery-time', '/delay'],
  'delay and deliverAt': [{ body, delay: '5s', deliverAt: '' }, 'malformed-body', '/delay'],
  'a time that is none': [{ body, deliverAt: 'soon' }, 'invalid-argument', '/deliverAt'],
  'an unknown type': [{ body, type: 'x' }, 'invalid-argument', '/type'],
  'an empty idempotency key': [{ body, idempotencyKey: '' }, 'invalid-argument', '/idempotencyKey'],
  'an unknown requirement': [{ body, require: 'x' }, 'invalid-argument', '/require'],
}

for (const [title, [from, failure, pointer]] of Object.entries(refused)) {
  test(`an envelope with ${title} is refused with a pointer`, (t) => {
    const error = t.throws<MqError>(() => parse(from))
    t.like(error, { name: 'MqError', failure, detail: { pointer: `/messages/0${pointer}` } })
  })
}

// How deep an engine can print is its own affair: Node 20 gives up here, Node 26 does not.
test('JSON nested deeper than can be printed is refused, not a crash', (t) => {
  const depth = 200_000
  const json: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth))
  try {
    t.is(parse({ body: { json } }).body.length, 2 * depth)
  } catch (error) {
    t.like(error, { name: 'MqError', message: 'is nested too deep' })
  }
})
