import test from 'ava'
import { openHandle, sealHandle } from '../../../../gateway/core/handles.ts'
import { KeyRing } from '../../../../gateway/core/key-ring.ts'
import { sealToken } from '../../../../gateway/core/token.ts'
import { seeded } from '../../../support/gateway-core.ts'

const fileOf = (seed: number) => JSON.parse(KeyRing.generate(seeded(seed))) as { keys: object[] }
const ringOf = (...seeds: number[]) =>
  KeyRing.parse(JSON.stringify({ keys: seeds.flatMap((seed) => fileOf(seed).keys) }))

const owner = { namespace: 'shop', group: 'billing' }
const handle = {
  receipt: {
    topic: '%RETRY%billing_orders',
    broker: 'broker-a',
    checkpointOffset: 0,
    popTime: 1,
    invisibleMs: 60_000,
    reviveQueueId: 999,
    retryFlag: 1,
    queueId: 0,
    queueOffset: 0,
    position: -1,
  },
  attempt: 1,
} as const

test('a handle is good for its group and namespace only', (t) => {
  const keys = ringOf(1)
  const text = sealHandle(handle, owner, keys)
  t.deepEqual(openHandle(text, owner, keys), handle)
  t.is(openHandle(text, { ...owner, group: 'shipping' }, keys), undefined)
  t.is(openHandle(text, { ...owner, namespace: '' }, keys), undefined)
})

test('after a rotation old handles are good as long as the old key is there', (t) => {
  const text = sealHandle(handle, owner, ringOf(1))
  const rotating = ringOf(2, 1)
  t.deepEqual(openHandle(text, owner, rotating), handle)
  t.not(sealHandle(handle, owner, rotating).split('.')[1], text.split('.')[1])
  t.is(openHandle(text, owner, ringOf(2)), undefined)
  rotating.replace(ringOf(2))
  t.is(openHandle(text, owner, rotating), undefined)
})

test('a key of the same id and another secret opens nothing', (t) => {
  const [one, two] = [fileOf(1), fileOf(2)]
  const mixed = { keys: [{ ...two.keys[0], id: (one.keys[0] as { id: string }).id }] }
  const text = sealHandle(handle, owner, ringOf(1))
  t.is(openHandle(text, owner, KeyRing.parse(JSON.stringify(mixed))), undefined)
})

test('a cursor or a page token that was signed by the same key is no handle', (t) => {
  const keys = ringOf(1)
  const payload = sealHandle(handle, owner, keys).split('.')[2] ?? ''
  const cursor = sealToken('mqc1', Buffer.from(payload, 'base64url'), keys)
  t.is(openHandle(cursor, owner, keys), undefined)
  t.is(openHandle(cursor.replace('mqc1', 'mqh1'), owner, keys), undefined)
})

test('a handle is 100 to 200 characters, safe in a URL, a header and a shell', (t) => {
  const text = sealHandle(handle, owner, ringOf(1))
  t.regex(text, /^[\w.-]{100,200}$/)
})

const refused: Record<string, string> = {
  nothing: '',
  'no JSON': '{',
  'no keys': '{"keys":[]}',
  'a short secret': '{"keys":[{"id":"a","secret":"c2hvcnQ="}]}',
  'an id with a dot': `{"keys":[{"id":"a.b","secret":"${'A'.repeat(44)}"}]}`,
  'one id twice': JSON.stringify({ keys: [...fileOf(1).keys, ...fileOf(1).keys] }),
}

for (const [title, text] of Object.entries(refused)) {
  test(`a keys file with ${title} is refused, and its text is not repeated`, (t) => {
    const error = t.throws(() => KeyRing.parse(text), { name: 'MqError' })
    t.false(error?.message.includes('secret'))
  })
}
