import test from 'ava'
import { parseFrame, readFrame } from '../../../../gateway/websocket/frames.ts'
import type { MqError } from '../../../../src/base/errors.ts'
import { wrongAs } from '../../../support/websocket-schema.ts'

const read = (frame: object) => parseFrame(readFrame(JSON.stringify(frame)), 0)

/** What is read here has to be what the schema allows. */
function parse(frame: object) {
  const wrong = wrongAs('clientFrame', frame)
  if (wrong !== undefined) throw new Error(wrong)
  return read(frame)
}

test('a group subscription has the defaults of the contract', (t) => {
  t.deepEqual(parse({ op: 'sub', sid: 's', topic: 't', group: 'g', credit: 0 }), {
    op: 'sub',
    mode: 'group',
    sid: 's',
    topic: 't',
    group: 'g',
    filter: undefined,
    credit: 0,
    invisibleMs: 60_000,
    maxInFlight: 64,
    autoExtend: false,
    onClose: 'keep',
  })
})

test('a reader starts at the latest message unless told otherwise', (t) => {
  const sub = { op: 'sub', sid: 's', topic: 't', credit: 1 }
  t.like(parse(sub), { mode: 'reader', from: 'latest' })
  t.like(parse({ ...sub, from: { at: 'earliest' } }), { from: 'earliest' })
  t.like(parse({ ...sub, from: { cursor: 'mqc1.x' } }), { from: { cursor: 'mqc1.x' } })
  t.like(parse({ ...sub, from: { at: '1970-01-01T00:00:05Z' } }), { from: { at: 5_000 } })
})

test('one handle or a list of handles is settled', (t) => {
  t.like(parse({ op: 'ack', sid: 's', handle: 'a' }), { handles: ['a'] })
  t.like(parse({ op: 'ack', sid: 's', handle: ['a', 'b'] }), { handles: ['a', 'b'] })
  t.like(parse({ op: 'nack', sid: 's', handle: 'a', delay: '5s' }), { delayMs: 5_000 })
  t.like(parse({ op: 'extend', sid: 's', handle: 'a', invisible: '2m' }), { invisibleMs: 120_000 })
})

const sub = { op: 'sub', sid: 's', topic: 't', group: 'g', credit: 1 }
const refused: Record<string, [object, string, string]> = {
  'an unknown op': [{ op: 'fly' }, 'malformed-body', '/op'],
  'an op like a member of objects': [{ op: 'constructor' }, 'malformed-body', '/op'],
  'a transaction that ends in no way': [
    { op: 'tx', handle: 'h', resolution: 'maybe' },
    'malformed-body',
    '/resolution',
  ],
  'a pub without topic': [{ op: 'pub', body: { text: '' } }, 'malformed-body', '/topic'],
  'a pub without body': [{ op: 'pub', topic: 't' }, 'malformed-body', '/body'],
  'a pub with an old short name': [
    { op: 'pub', topic: 't', body: { text: '' }, idem: 'x' },
    'malformed-body',
    '/idem',
  ],
  'a sub without credit': [{ ...sub, credit: undefined }, 'malformed-body', '/credit'],
  'a sub with too much credit': [{ ...sub, credit: 10_001 }, 'malformed-body', '/credit'],
  'a sub with half a credit': [{ ...sub, credit: 0.5 }, 'malformed-body', '/credit'],
  'a sid with blanks': [{ ...sub, sid: 'a b' }, 'malformed-body', '/sid'],
  'a sid of 33 characters': [{ ...sub, sid: 'a'.repeat(33) }, 'malformed-body', '/sid'],
  'a group with from': [{ ...sub, from: { at: 'latest' } }, 'malformed-body', '/from'],
  'an unknown onClose': [{ ...sub, onClose: 'drop' }, 'malformed-body', '/onClose'],
  'a short invisible time': [{ ...sub, invisible: '9s' }, 'illegal-invisible-time', '/invisible'],
  'an unknown filter type': [
    { ...sub, filter: { type: 'regex', expression: '' } },
    'malformed-body',
    '/filter/type',
  ],
  'a reader with an onClose': [
    { ...sub, group: undefined, onClose: 'keep' },
    'malformed-body',
    '/onClose',
  ],
  'a reader from no time': [
    { op: 'sub', sid: 's', topic: 't', credit: 1, from: { at: 'yesterday' } },
    'invalid-argument',
    '/from/at',
  ],
  'no handles': [{ op: 'ack', sid: 's', handle: [] }, 'malformed-body', '/handle'],
  'no handle': [{ op: 'ack', sid: 's' }, 'malformed-body', '/handle'],
  'a handle that is a number': [{ op: 'ack', sid: 's', handle: [1] }, 'malformed-body', '/handle'],
  '257 handles': [
    { op: 'ack', sid: 's', handle: Array(257).fill('h') },
    'malformed-body',
    '/handle',
  ],
  'a delay on an ack': [
    { op: 'ack', sid: 's', handle: 'h', delay: '5s' },
    'malformed-body',
    '/delay',
  ],
  'an extend without time': [
    { op: 'extend', sid: 's', handle: 'h' },
    'illegal-invisible-time',
    '/invisible',
  ],
  'no credit at all': [{ op: 'credit', sid: 's', n: 0 }, 'malformed-body', '/n'],
}

for (const [title, [frame, failure, pointer]] of Object.entries(refused)) {
  test(`${title} is refused at ${pointer}`, (t) => {
    const error = t.throws<MqError>(() => read(frame))
    t.like(error, { name: 'MqError', failure, detail: { pointer } })
    // The schema does not know ranges of times; all else it refuses as well.
    const isTime = failure === 'illegal-invisible-time' || failure === 'invalid-argument'
    if (!isTime) t.not(wrongAs('clientFrame', JSON.parse(JSON.stringify(frame))), undefined)
  })
}
