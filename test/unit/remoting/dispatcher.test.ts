import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { silentLog } from '../../../src/base/log.ts'
import { unlockBatchMq } from '../../../src/protocol/requests/locks.ts'
import { getMaxOffset, queryConsumerOffset } from '../../../src/protocol/requests/offsets.ts'
import { pullMessage } from '../../../src/protocol/requests/pull.ts'
import { type Handler, handlerFor, type Responder } from '../../../src/remoting/dispatch.ts'
import { Dispatcher, type Hook } from '../../../src/remoting/dispatcher.ts'
import { remotingPair } from '../../support/remoting.ts'

const handle = handlerFor<undefined>()
const queue = { topic: 't', queueId: 3, committed: true }
const timeoutMs = 1000

const onGetMaxOffset = handle(getMaxOffset, (header) => ({ header: { offset: header.queueId } }))

test('a reply answers with the fields that the table declares', async (t) => {
  const { client, address } = await remotingPair(t, [onGetMaxOffset])
  const answer = await client.call(address, getMaxOffset, queue, { timeoutMs })
  t.like(answer, { code: 0, remark: undefined, header: { offset: 3 }, version: 513 })
})

test('a reply without fields still has an empty map of them', async (t) => {
  const { client, address } = await remotingPair(t, [handle(unlockBatchMq, () => ({}))])
  const answer = await client.call(address, unlockBatchMq, {}, { timeoutMs })
  t.deepEqual(Object.entries(answer.ext ?? { none: '' }), [])
})

test('code, remark and several chunks of body arrive as one answer', async (t) => {
  const body = [Buffer.from('ab'), Buffer.alloc(10_000, 'c'), Buffer.from('d')]
  const on = handle(getMaxOffset, () => ({ code: 10, remark: 'r', header: { offset: 1 }, body }))
  const { client, address } = await remotingPair(t, [on])
  const answer = await client.call(address, getMaxOffset, queue, { timeoutMs, accept: [10] })
  t.like(answer, { code: 10, remark: 'r', header: { offset: 1 } })
  t.deepEqual(Buffer.from(answer.body), Buffer.concat(body))
})

const failing: Readonly<Record<string, { error: unknown; code: number; remark: string }>> = {
  'an operating error has its row of the table': {
    error: new MqError('topic-not-found', undefined, { topic: 't' }),
    code: 17,
    remark: 'the topic does not exist (topic=t)',
  },
  'a bug is a system error that says nothing of the inside': {
    error: new TypeError('x of undefined'),
    code: 1,
    remark: 'something went wrong',
  },
}

for (const [what, { error, code, remark }] of Object.entries(failing)) {
  const ways: Readonly<Record<string, Handler<undefined>>> = {
    thrown: handle(getMaxOffset, () => {
      throw error
    }),
    rejected: handle(getMaxOffset, () => Promise.reject(error)),
    deferred: handle(getMaxOffset, () => ({ attach: (responder) => responder.fail(error) })),
  }
  for (const [way, handler] of Object.entries(ways)) {
    test(`${what}, ${way}`, async (t) => {
      const { client, address, log } = await remotingPair(t, [handler])
      const answer = await t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
      t.like(answer, { message: remark, detail: { code, address, written: true } })
      t.is(log.lines.filter(({ level }) => level === 'error').length, code === 1 ? 1 : 0)
    })
  }
}

test('an unknown code is answered as Apache does', async (t) => {
  const { client, address } = await remotingPair(t, [])
  const error = await t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  t.like(error, { failure: 'not-implemented', message: ' request type 30 not supported' })
})

test('a header that lacks a field is refused with its name', async (t) => {
  const { client, address } = await remotingPair(t, [onGetMaxOffset])
  const lax = { ...getMaxOffset, printHeader: () => Object.create(null) }
  const error = await t.throwsAsync(client.call(address, lax, queue, { timeoutMs }))
  t.like(error, { failure: 'invalid-argument', message: 'a header field is missing (field=topic)' })
})

test('a one-way request is run and not answered', async (t) => {
  const seen: boolean[] = []
  const on = handle(getMaxOffset, (_, __, call) => {
    seen.push(call.oneway)
    throw new MqError('topic-not-found')
  })
  const { client, address, clock } = await remotingPair(t, [on, handle(unlockBatchMq, () => ({}))])
  await client.notify(address, getMaxOffset, queue, { timeoutMs })
  await client.call(address, unlockBatchMq, {}, { timeoutMs })
  await clock.advance(0)
  t.deepEqual(seen, [true])
})

test('a deferred answer leaves when it is given, in whatever order', async (t) => {
  const held: Responder[] = []
  const on = handle(queryConsumerOffset, () => ({ attach: (one) => held.push(one) }))
  const { client, address, clock } = await remotingPair(t, [on])
  const ask = (queueId: number) =>
    client.call(
      address,
      queryConsumerOffset,
      { consumerGroup: 'g', topic: 't', queueId },
      { timeoutMs },
    )
  const answers = [ask(0), ask(1)]
  await clock.advance(100)
  held[1]?.reply({ header: { offset: 11 } })
  t.is((await answers[1])?.header.offset, 11)
  held[0]?.reply({ header: { offset: 10 } })
  t.is((await answers[0])?.header.offset, 10)
})

test('a request that is answered twice is a bug of ours', async (t) => {
  const held: Responder[] = []
  const on = handle(getMaxOffset, () => ({ attach: (one) => held.push(one) }))
  const { client, address, clock } = await remotingPair(t, [on])
  const answer = client.call(address, getMaxOffset, queue, { timeoutMs })
  await clock.advance(0)
  held[0]?.reply({ header: { offset: 1 } })
  t.throws(() => held[0]?.reply({ header: { offset: 2 } }), { name: 'AssertionError' })
  t.is((await answer).header.offset, 1)
})

test('one connection may not hold more requests than the limit', async (t) => {
  const on = handle(getMaxOffset, () => ({ attach() {} }))
  const { client, address, clock } = await remotingPair(t, [on], { limits: { inFlightMax: 2 } })
  const held = [1, 2].map(() => client.call(address, getMaxOffset, queue, { timeoutMs }))
  const refused = client.call(address, getMaxOffset, queue, { timeoutMs })
  await t.throwsAsync(refused, {
    message: 'too many requests of this client wait (resource=client)',
  })
  const ended = Promise.all(held.map((one) => t.throwsAsync(one, { message: 'no answer in time' })))
  await clock.advance(timeoutMs)
  await ended
})

test('all connections together may not hold more bytes than the limit', async (t) => {
  const held: Responder[] = []
  const on = handle(getMaxOffset, () => ({ attach: (one) => held.push(one) }))
  const refusals: unknown[] = []
  const hooks = [{ refused: (_: unknown, error: unknown) => void refusals.push(error) }]
  const { client, address, clock } = await remotingPair(t, [on], { hooks, waitingBytesMax: 1000 })
  const body = Buffer.alloc(600)
  const ask = () => client.call(address, getMaxOffset, queue, { body, timeoutMs })
  const waiting = [ask(), ask()]
  await clock.advance(0)
  await t.throwsAsync(ask(), { message: 'too many requests wait (resource=memory)' })
  t.is(refusals.length, 1)
  held[0]?.reply({ header: { offset: 1 } })
  const again = ask()
  await clock.advance(0)
  for (const one of held.slice(1)) one.reply({ header: { offset: 1 } })
  t.is((await Promise.all([...waiting, again])).length, 3)
})

test('an answer too large for a frame is refused instead of sent', async (t) => {
  const body = Buffer.alloc(16 * 1024 * 1024)
  const on = handle(getMaxOffset, () => ({ header: { offset: 1 }, body }))
  const { client, address } = await remotingPair(t, [on])
  const error = await t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  t.like(error, { detail: { code: 13 } })
})

test('hooks see each request before and after, and may refuse it', async (t) => {
  const seen: string[] = []
  const hook: Hook = {
    before(spec, _, call) {
      seen.push(`+${spec.name} ${call.language}`)
      if (spec.code === pullMessage.code) throw new MqError('permission-denied')
    },
    after(spec, code) {
      seen.push(`-${spec.name} ${code}`)
    },
  }
  const onPull = handle(pullMessage, () => t.fail('was run') as never)
  const { client, address } = await remotingPair(t, [onGetMaxOffset, onPull], { hooks: [hook] })
  await client.call(address, getMaxOffset, queue, { timeoutMs })
  const pull = {
    ...{ consumerGroup: 'g', topic: 't', queueId: 0, queueOffset: 0, maxMsgNums: 1, sysFlag: 0 },
    ...{ commitOffset: 0, suspendTimeoutMillis: 0, subVersion: 0 },
  }
  await t.throwsAsync(client.call(address, pullMessage, pull, { timeoutMs }), {
    message: 'the caller may not do this',
  })
  t.deepEqual(seen, [
    '+GET_MAX_OFFSET OTHER',
    '-GET_MAX_OFFSET 0',
    '+PULL_MESSAGE OTHER',
    '-PULL_MESSAGE 16',
  ])
})

test('two handlers for one request are a bug of ours', (t) => {
  t.throws(() => new Dispatcher([onGetMaxOffset, onGetMaxOffset], undefined, { log: silentLog }), {
    name: 'AssertionError',
  })
})
