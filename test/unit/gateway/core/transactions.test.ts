// Transactions through the core: what its ids are good for, and who is asked.

import test from 'ava'
import type { TransactionCheck } from '../../../../gateway/core/core.ts'
import { KeyRing } from '../../../../gateway/core/key-ring.ts'
import type { MqError } from '../../../../src/base/errors.ts'
import { call, gatewayCore, message, seeded, someone } from '../../../support/gateway-core.ts'

const prepared = (body: string) => message(body, { type: 'transaction', checkAfterMs: 30_000 })

test('a prepared message is stored as a half of the group that is named as its topic', async (t) => {
  const { core, client } = gatewayCore()
  const { transactionId } = await core.send(prepared('pay'), call())
  t.regex(transactionId ?? '', /^mqt1\./)
  const [half] = client.stored('orders')
  t.is(half?.properties.get('TRAN_MSG'), 'true')
  t.is(half?.properties.get('PGROUP'), 'orders')
  t.is(half?.properties.get('CHECK_IMMUNITY_TIME_IN_SECONDS'), '30')
})

test('any node ends a transaction, with all that the broker needs', async (t) => {
  const first = gatewayCore()
  const second = gatewayCore({ beside: first })
  await first.core.send(message('before'), call())
  const { transactionId = '', messageId } = await first.core.send(prepared('pay'), call())
  const end = { topic: 'orders', transactionId, resolution: 'commit' as const }
  await second.core.endTransaction(end, call())
  const [, half] = first.client.stored('orders')
  t.deepEqual(first.client.ends, [
    {
      topic: 'orders',
      producerGroup: 'orders',
      broker: 'broker-a',
      queueOffset: 1,
      position: half?.position ?? -1,
      messageId,
      answersCheck: false,
      resolution: 'commit',
    },
  ])
})

test('after a rotation a node with the new key ends what the old key began', async (t) => {
  const [older, newer] = [KeyRing.generate(seeded(1)), KeyRing.generate(seeded(2))]
  const first = gatewayCore({ keys: KeyRing.parse(older) })
  const keys = [newer, older].flatMap((file) => (JSON.parse(file) as { keys: object[] }).keys)
  const second = gatewayCore({ beside: first, keys: KeyRing.parse(JSON.stringify({ keys })) })
  const { transactionId = '' } = await first.core.send(prepared('pay'), call())
  const end = { topic: 'orders', transactionId, resolution: 'commit' as const }
  await second.core.endTransaction(end, call())
  t.is(first.client.ends.length, 1)

  const { transactionId: fresh = '' } = await second.core.send(prepared('pay'), call())
  const early = first.core.endTransaction({ ...end, transactionId: fresh }, call())
  t.is((await t.throwsAsync<MqError>(early))?.failure, 'invalid-transaction')
})

test('ids that are not of this topic or ring end nothing', async (t) => {
  const { core, client } = gatewayCore()
  client.addTopic('bills')
  const { transactionId = '' } = await core.send(prepared('pay'), call())
  const other = gatewayCore({ keys: gatewayCore({}).keys })
  const { transactionId: alien = '' } = await other.core.send(prepared('pay'), call())
  const tries = [
    { topic: 'bills', transactionId },
    { topic: 'orders', transactionId: `${transactionId.slice(0, -1)}_` },
    { topic: 'orders', transactionId: 'x' },
    { topic: 'orders', transactionId: 'x'.repeat(5000) },
  ]
  for (const one of tries) {
    const ending = core.endTransaction({ ...one, resolution: 'commit' }, call())
    t.is((await t.throwsAsync<MqError>(ending))?.failure, 'invalid-transaction')
  }
  t.deepEqual(client.ends, [])
  t.is(typeof alien, 'string')
})

test('a question reaches one watcher, whose answer is an answer to it', async (t) => {
  const { core, client } = gatewayCore()
  const { messageId } = await core.send(prepared('pay'), call())
  const asked: TransactionCheck[] = []
  const end = core.watchTransactions('orders', call(), (check) => asked.push(check))
  const [half] = client.stored('orders')
  if (!half) return t.fail('nothing was stored')
  const question = {
    broker: 'broker-a',
    message: half,
    producerGroup: 'orders',
    queueOffset: 7,
    position: 700,
    messageId,
  }
  for (const ask of client.watched.get('orders') ?? []) ask(question)
  t.is(asked.length, 1)
  t.is(asked[0]?.message.messageId, messageId)
  const transactionId = asked[0]?.transactionId ?? ''
  await core.endTransaction({ topic: 'orders', transactionId, resolution: 'rollback' }, call())
  const [ended] = client.ends
  t.like(ended, { queueOffset: 7, position: 700, answersCheck: true, resolution: 'rollback' })
  end()
  t.is(client.watched.size, 0)
})

test('a message of another namespace is not shown', async (t) => {
  const { core, client } = gatewayCore()
  client.addTopic('shop%orders')
  await core.send(prepared('pay'), call())
  const asked: TransactionCheck[] = []
  core.watchTransactions('orders', call({ identity: someone('shop') }), (one) => asked.push(one))
  const [half] = client.stored('orders')
  if (!half) return t.fail('nothing was stored')
  const place = { broker: 'broker-a', queueOffset: 0, position: 0, messageId: half.messageId }
  const question = { ...place, message: half, producerGroup: 'shop%orders' }
  for (const ask of client.watched.get('shop%orders') ?? []) ask(question)
  t.deepEqual(asked, [])
})

test('nobody waits longer than an hour before a check', async (t) => {
  const { core } = gatewayCore()
  const sending = core.send({ ...prepared('pay'), checkAfterMs: 3_600_001 }, call())
  t.is((await t.throwsAsync<MqError>(sending))?.failure, 'invalid-argument')
})
