import test from 'ava'
import fc from 'fast-check'
import { openCursor, sealCursor } from '../../../gateway/core/cursors.ts'
import { type Handle, openHandle, sealHandle } from '../../../gateway/core/handles.ts'
import { KeyRing } from '../../../gateway/core/key-ring.ts'
import { sealRecallHandle } from '../../../gateway/core/recall.ts'
import type { MqError } from '../../../src/base/errors.ts'
import { printRecallHandle } from '../../../src/message/recall-handle.ts'
import { call, gatewayCore, message, seeded } from '../../support/gateway-core.ts'

const keys = KeyRing.parse(KeyRing.generate(seeded(7)))
const owner = { namespace: '', group: 'billing' }
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~ \n'
const mutationCount = 10_000

const handle: Handle = {
  receipt: {
    topic: 'orders',
    broker: 'broker-a',
    checkpointOffset: 1840,
    popTime: 1_700_000_000_123,
    invisibleMs: 60_000,
    reviveQueueId: 3,
    retryFlag: 0,
    queueId: 2,
    queueOffset: 1841,
    position: 9_876_543_210,
  },
  attempt: 2,
}

const name = fc.string({ unit: fc.constantFrom(...'abcXYZ019%|_-'), minLength: 1, maxLength: 127 })
const position = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

test('any receipt comes back from its handle as it was', (t) => {
  const receipt = fc.record({
    topic: name,
    broker: name,
    checkpointOffset: position,
    popTime: position,
    invisibleMs: fc.integer({ min: 0, max: 12 * 3_600_000 }),
    reviveQueueId: fc.integer({ min: 0, max: 999 }),
    retryFlag: fc.constantFrom(0 as const, 1 as const, 2 as const),
    queueId: fc.integer({ min: 0, max: 65_535 }),
    queueOffset: position,
    position: fc.oneof(position, fc.constant(-1)),
  })
  const asked = fc.record({
    receipt,
    attempt: fc.integer({ min: 1, max: 255 }),
  })
  fc.assert(
    fc.property(asked, name, name, (given, namespace, group) => {
      const text = sealHandle(given, { namespace, group }, keys)
      t.deepEqual(openHandle(text, { namespace, group }, keys), given)
    }),
    { numRuns: 500 },
  )
  t.pass()
})

test('of 10,000 mutations of a handle none is accepted', (t) => {
  const text = sealHandle(handle, owner, keys)
  const accepted = mutationsOf(text).filter((one) => openHandle(one, owner, keys))
  t.deepEqual(accepted, [])
  t.truthy(openHandle(text, owner, keys))
})

test('of 10,000 mutations of a cursor none is accepted', (t) => {
  const reader = { namespace: '', topic: 'orders' }
  const at = new Map([['broker-a', new Map([[0, 17]])]])
  const text = sealCursor(at, reader, keys)
  const accepted = mutationsOf(text).filter((one) => openCursor(one, reader, keys))
  t.deepEqual(accepted, [])
  t.deepEqual(openCursor(text, reader, keys), at)
})

test('of 10,000 mutations of a transaction id none ends a transaction', async (t) => {
  const { core, client } = gatewayCore()
  const { transactionId = '' } = await core.send(message('a', { type: 'transaction' }), call())
  const end = (id: string) =>
    core.endTransaction({ topic: 'orders', transactionId: id, resolution: 'commit' }, call())
  for (const one of mutationsOf(transactionId)) {
    const refused = await end(one).then(
      () => 'accepted',
      (error: MqError) => error.failure,
    )
    if (refused !== 'invalid-transaction') t.fail(`${refused}: ${one}`)
  }
  t.deepEqual(client.ends, [])
  await end(transactionId)
  t.is(client.ends.length, 1)
})

test('of 10,000 mutations of a recall handle none takes a message back', async (t) => {
  const { core, client, keys: ring } = gatewayCore()
  client.addTopic('later')
  const brokers = printRecallHandle({
    topic: 'later',
    brokerName: 'broker-a',
    deliverAt: 4_000_000_000_000,
    messageId: 'id-7',
  })
  const text = sealRecallHandle(brokers, ring)
  for (const handle of mutationsOf(text)) {
    const refused = await core.recall({ topic: 'later', handle }, call()).then(
      () => 'accepted',
      (error: MqError) => error.failure,
    )
    if (refused !== 'invalid-receipt-handle') t.fail(`${refused}: ${handle}`)
  }
  t.false(client.calls.includes('recall'))
  t.deepEqual(await core.recall({ topic: 'later', handle: text }, call()), { messageId: 'id-7' })
})

test('any text at all is refused without an exception', (t) => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((part) => `mqh1.${keys.currentId}.${part}.${part}`),
  )
  fc.assert(
    fc.property(text, (given) => {
      t.is(openHandle(given, owner, keys), undefined)
      t.is(openCursor(given, { namespace: '', topic: 'orders' }, keys), undefined)
    }),
    { numRuns: 2000 },
  )
})

/** One to three characters changed, dropped, added, doubled or swapped; or the end cut off. */
function mutationsOf(text: string): string[] {
  const random = seeded(11)
  const mutations = new Set<string>()
  while (mutations.size < mutationCount) {
    let mutated = text
    for (let edits = 1 + random.below(3); edits > 0; edits--) {
      const at = random.below(mutated.length)
      const letter = alphabet[random.below(alphabet.length)] ?? ''
      const [before, after] = [mutated.slice(0, at), mutated.slice(at + 1)]
      const kinds = [
        `${before}${letter}${after}`,
        before + after,
        `${before}${letter}${mutated.slice(at)}`,
        before,
        `${before}${after[0] ?? ''}${mutated[at]}${after.slice(1)}`,
      ]
      mutated = kinds[random.below(kinds.length)] ?? ''
      if (mutated === '') mutated = letter
    }
    if (mutated !== text) mutations.add(mutated)
  }
  return [...mutations]
}
