// What a socket is asked about transactions that nobody ended.

import test from 'ava'
import { packFrame, unpackFrame } from '../../../support/binary-frames.ts'
import { delivered, type FakeCore } from '../../../support/fake-core.ts'
import { conforming, openSession } from '../../../support/websocket-session.ts'

const message = delivered({ topic: 'deals', body: Buffer.from('deal') })

function ask(core: FakeCore, transactionId: string): void {
  for (const one of core.watched.get('deals') ?? []) one({ transactionId, message })
}

test('who watches a topic is asked, answers, and is asked no more when the socket has gone', async (t) => {
  const { core, say, session } = await openSession()
  t.deepEqual(await say({ op: 'txWatch', id: 1, topic: 'deals' }), [
    { op: 'ok', id: 1, result: {} },
  ])
  await say({ op: 'txWatch', topic: 'deals' })
  ask(core, 'mqt1.x')
  const [check] = await say()
  t.like(check, { op: 'txCheck', handle: 'mqt1.x', message: { body: { text: 'deal' } } })
  await say({ op: 'tx', id: 2, handle: check?.['handle'], resolution: 'commit' })
  t.deepEqual(core.inputs('endTransaction'), [{ transactionId: 'mqt1.x', resolution: 'commit' }])
  session.closed()
  t.is(core.watched.size, 0)
})

test('who began a transaction is asked about it', async (t) => {
  const { core, say } = await openSession()
  const send = core.send.bind(core)
  core.send = async (input, call) => ({ ...(await send(input, call)), transactionId: 'mqt1.x' })
  const body = { text: 'deal' }
  await say({ op: 'pub', id: 1, topic: 'deals', type: 'transaction', body })
  ask(core, 'mqt1.x')
  t.like((await say())[0], { op: 'txCheck', handle: 'mqt1.x' })
})

test('who does not read is not asked, and neither is who is about to go', async (t) => {
  const { core, say, session, socket } = await openSession()
  await say({ op: 'txWatch', topic: 'deals' })
  socket.bufferedBytes = 2 ** 21
  ask(core, 'mqt1.x')
  t.deepEqual(await say(), [])
  socket.bufferedBytes = 0
  session.drain(5_000)
  t.is(core.watched.size, 0)
  const [, refused] = await say({ op: 'txWatch', id: 2, topic: 'deals' })
  t.like(refused, { op: 'err', id: 2, problem: { type: '/problems/draining' } })
})

test('topics that a socket is asked about are bounded', async (t) => {
  const { say } = await openSession({ config: { subscriptionsMax: 1 } })
  const [first, second] = await say(
    { op: 'txWatch', id: 1, topic: 'a' },
    { op: 'txWatch', id: 2, topic: 'b' },
  )
  t.like(first, { op: 'ok' })
  t.like(second, { op: 'err', id: 2, problem: { errors: [{ pointer: '/topic' }] } })
})

test('in a binary frame the message follows its header', async (t) => {
  const { core, session, taken } = await openSession({ subprotocol: 'rocketway.v1.bin' })
  session.frame(packFrame({ op: 'txWatch', topic: 'deals' }), true)
  ask(core, 'mqt1.x')
  const [frame] = await taken()
  const { header, body } = unpackFrame(frame as Uint8Array)
  t.is(body.toString(), 'deal')
  const inner = header['message'] as object
  t.false('body' in inner)
  t.notThrows(() => conforming({ ...header, message: { ...inner, body: { text: 'deal' } } }))
})
