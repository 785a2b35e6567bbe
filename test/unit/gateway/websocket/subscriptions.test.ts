import test from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import { deferred } from '../../../support/fake-clock.ts'
import { type Frame, openSession } from '../../../support/websocket-session.ts'

const group = { op: 'sub', sid: 's1', topic: 'orders', group: 'g', credit: 32 }
const reader = { op: 'sub', sid: 's1', topic: 'orders', credit: 100 }
const bodies = (frames: readonly Frame[]): unknown[] =>
  frames.flatMap((frame) => {
    const body = frame['body'] as { text: string } | undefined
    return frame['op'] === 'msg' ? [body?.text] : []
  })
const handles = (frames: readonly Frame[]): string[] =>
  frames.flatMap((frame) => (frame['op'] === 'msg' ? [String(frame['handle'])] : []))
const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`)

test('a group member gets messages with handle, attempt and the credit that is left', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', 'a', 'b')
  const [ok, first, second] = await say({ ...group, id: 1, credit: 2 })
  t.deepEqual(ok, { op: 'ok', id: 1, result: {} })
  t.like(first, { op: 'msg', sid: 's1', topic: 'orders', messageId: 'id-0', attempt: 1, left: 1 })
  t.like(second, { messageId: 'id-1', left: 0, queueOffset: '1' })
})

test('no more is popped than there is credit, at most 32, and room in flight', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', ...texts(100))
  const frames = await say({ ...group, credit: 60, maxInFlight: 50 })
  t.is(handles(frames).length, 50)
  t.deepEqual(
    core.inputs('receive').map((input) => (input as { max: number }).max),
    [32, 18],
  )
  t.is(core.heldBy('g', 'orders'), 50)
})

test('without credit nothing is popped; credit adds up', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', ...texts(5))
  await say({ ...group, credit: 0 })
  t.is(core.inputs('receive').length, 0)
  const frames = await say({ op: 'credit', sid: 's1', n: 2 })
  t.deepEqual(bodies(frames), ['m0', 'm1'])
  t.is(core.heldBy('g', 'orders'), 2)
})

test('credit beyond 10000 is refused, not cut', async (t) => {
  const { say } = await openSession()
  await say({ ...group, credit: 9_999 })
  const [err, ok] = await say(
    { op: 'credit', id: 1, sid: 's1', n: 2 },
    { op: 'credit', id: 2, sid: 's1', n: 1 },
  )
  t.like(err, { op: 'err', id: 1, problem: { detail: 'at most 1 may be added' } })
  t.like(ok, { op: 'ok', id: 2 })
})

test('an ack makes room, and says how many', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', ...texts(3))
  const first = await say({ ...group, maxInFlight: 2 })
  t.deepEqual(bodies(first), ['m0', 'm1'])
  const next = await say({ op: 'ack', id: 2, sid: 's1', handle: handles(first) })
  t.deepEqual(next.map(({ op }) => op).sort(), ['msg', 'ok'])
  t.like(
    next.find(({ op }) => op === 'ok'),
    { id: 2, result: { acked: 2 } },
  )
  t.deepEqual(bodies(next), ['m2'])
})

test('a nack without delay brings the message back at once, with the next attempt', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', 'a')
  const [, msg] = await say({ ...group, id: 1 })
  const again = await say({ op: 'nack', id: 2, sid: 's1', handle: msg?.['handle'] })
  t.deepEqual(core.inputs('nack'), [
    { group: 'g', items: [{ handle: 'mqh1.1', delayMs: undefined }] },
  ])
  t.like(
    again.find(({ op }) => op === 'msg'),
    { attempt: 2, messageId: 'id-0' },
  )
})

test('a nack with delay brings it back after the delay', async (t) => {
  const { clock, core, say } = await openSession()
  core.store('orders', 'a')
  const first = await say(group)
  t.deepEqual(await say({ op: 'nack', sid: 's1', handle: handles(first), delay: '5s' }), [])
  await clock.advance(4_999)
  t.deepEqual(await say(), [])
  await clock.advance(1)
  t.deepEqual(bodies(await say()), ['a'])
})

test('autoExtend keeps what is in flight, tells each new handle, and takes either', async (t) => {
  const { clock, core, say } = await openSession()
  core.store('orders', 'a')
  const [old] = handles(await say({ ...group, invisible: '60s', autoExtend: true }))
  await clock.advance(30_000)
  const renewed = await say({ op: 'ping' })
  t.like(
    renewed.find(({ op }) => op === 'handle'),
    { sid: 's1', old },
  )
  await clock.advance(40_000)
  t.is(core.heldBy('g', 'orders'), 1)
  const answered = await say({ op: 'ack', id: 2, sid: 's1', handle: old })
  t.like(
    answered.find(({ op }) => op === 'ok'),
    { result: { acked: 1 } },
  )
  t.is(core.heldBy('g', 'orders'), 0)
})

test('a message is given up, and a transaction is ended', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', 'a')
  const [handle] = handles(await say(group))
  const dead = await say({ op: 'dlq', id: 2, sid: 's1', handle })
  t.like(dead.at(-1), { op: 'ok', id: 2, result: { deadLettered: 1 } })
  const ended = await say({ op: 'tx', id: 3, handle: 'mqt1.x', resolution: 'commit' })
  t.like(ended.at(-1), { op: 'ok', id: 3 })
  t.deepEqual(core.inputs('endTransaction'), [{ transactionId: 'mqt1.x', resolution: 'commit' }])
})

test('extend answers with a handle frame, and only the new handle is good', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', 'a')
  const [old] = handles(await say(group))
  const frames = await say({ op: 'extend', id: 2, sid: 's1', handle: old, invisible: '2m' })
  t.deepEqual(frames[0], {
    op: 'handle',
    sid: 's1',
    old,
    handle: 'mqh1.2',
    invisibleUntil: '2023-11-14T22:15:20.000Z',
  })
  t.like(frames[1], { op: 'ok', id: 2, result: { extended: 1 } })
  t.like((await say({ op: 'ack', id: 3, sid: 's1', handle: old }))[0], {
    op: 'err',
    problem: { status: 410 },
  })
  t.like((await say({ op: 'ack', id: 4, sid: 's1', handle: 'mqh1.2' }))[0], { op: 'ok' })
})

test('an ack of good and bad handles says which were bad', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', 'a')
  const [good] = handles(await say(group))
  const [ok] = await say({ op: 'ack', id: 2, sid: 's1', handle: ['mqh1.x', good] })
  const problem = { type: '/problems/receipt-handle-expired' }
  t.like(ok, { op: 'ok', result: { acked: 1 } })
  t.like(ok?.['result'], { results: [{ index: 0, status: 410, problem }] })
})

test('a message that expires leaves the flight, so that a forgetful client goes on', async (t) => {
  const { clock, core, say } = await openSession()
  core.store('orders', 'a', 'b')
  t.deepEqual(bodies(await say({ ...group, maxInFlight: 1, invisible: '10s' })), ['a'])
  await clock.advance(9_999)
  t.deepEqual(await say(), [])
  await clock.advance(1)
  const frames = await say()
  t.is(handles(frames).length, 1)
})

test('an extended message stays in flight until its new time', async (t) => {
  const { clock, core, say } = await openSession()
  core.store('orders', 'a', 'b')
  const first = await say({ ...group, maxInFlight: 1, invisible: '10s' })
  await say({ op: 'extend', sid: 's1', handle: handles(first), invisible: '30s' })
  await clock.advance(29_999)
  t.deepEqual(await say(), [])
  await clock.advance(1)
  t.is(handles(await say()).length, 1)
})

test('nothing is fetched while the socket is above high water; drained, it goes on', async (t) => {
  const { core, say, session, socket } = await openSession()
  socket.bufferedBytes = 1_048_576
  core.store('orders', 'a')
  await say(group)
  t.is(core.inputs('receive').length, 0)
  socket.bufferedBytes = 0
  session.drained()
  t.deepEqual(bodies(await say()), ['a'])
})

test('large messages are fetched in smaller steps', async (t) => {
  const { core, say } = await openSession({ config: { highWaterBytes: 10_000 } })
  core.store('orders', ...texts(40).map((text) => text.padEnd(2_000, '.')))
  await say({ ...reader, from: { at: 'earliest' } })
  const [first, second] = core.inputs('read') as { max: number }[]
  t.is(first?.max, 32)
  t.is(second?.max, 4)
})

test('a socket above high water for 30 s is closed with 4508', async (t) => {
  const { clock, core, say, session, socket } = await openSession()
  socket.bufferedBytes = 1_048_576
  await say({ op: 'ping' })
  await clock.advance(29_000)
  socket.bufferedBytes = 0
  session.drained()
  socket.bufferedBytes = 1_048_576
  await say({ op: 'ping' })
  await clock.advance(29_999)
  t.is(socket.closed, undefined)
  await clock.advance(1)
  t.is(socket.closed?.code, 4508)
  t.deepEqual(core.calls, [])
})

test('onClose release gives unsettled messages back after a second, keep does not', async (t) => {
  for (const [onClose, given] of [
    ['release', [{ group: 'g', items: [{ handle: 'mqh1.2', delayMs: 1_000 }] }]],
    ['keep', []],
  ] as const) {
    const { core, say, session } = await openSession()
    core.store('orders', 'a', 'b')
    const [first] = handles(await say({ ...group, onClose }))
    await say({ op: 'ack', sid: 's1', handle: first })
    session.closed()
    await say()
    t.deepEqual(core.inputs('nack'), given, onClose)
  }
})

test('messages that arrive for a closed socket go back at once', async (t) => {
  const { core, say, session } = await openSession()
  const { promise, resolve } = deferred<undefined>()
  const receive = core.receive.bind(core)
  core.receive = async (input, call) => {
    await promise
    return receive(input, call)
  }
  core.store('orders', 'a')
  await say(group)
  session.closed()
  resolve(undefined)
  await say()
  t.deepEqual(core.inputs('nack'), [
    { group: 'g', items: [{ handle: 'mqh1.1', delayMs: undefined }] },
  ])
})

test('a paused subscription gets nothing until it is resumed', async (t) => {
  const { core, say } = await openSession()
  await say(group)
  t.deepEqual(await say({ op: 'pause', id: 1, sid: 's1' }), [
    { op: 'subState', sid: 's1', state: 'paused' },
    { op: 'ok', id: 1, result: {} },
  ])
  core.store('orders', 'a')
  t.deepEqual(await say(), [])
  const frames = await say({ op: 'resume', sid: 's1' })
  t.deepEqual(frames[0], { op: 'subState', sid: 's1', state: 'live' })
  t.deepEqual(bodies(frames), ['a'])
})

test('after unsub the sid is free and its frames are refused', async (t) => {
  const { core, say } = await openSession()
  await say(group)
  t.like((await say({ op: 'unsub', id: 1, sid: 's1' }))[0], { op: 'ok', id: 1 })
  core.store('orders', 'a')
  t.deepEqual(await say(), [])
  t.like((await say({ op: 'ack', id: 2, sid: 's1', handle: 'h' }))[0], {
    op: 'err',
    id: 2,
    sid: 's1',
    problem: { status: 404 },
  })
  t.deepEqual(bodies(await say(group)), ['a'])
})

test('a sid twice and more than 64 subscriptions are refused', async (t) => {
  const { say } = await openSession({ config: { subscriptionsMax: 2 } })
  const [, again, , full] = await say(
    { ...reader, id: 1, sid: 'a', credit: 0 },
    { ...reader, id: 2, sid: 'a', credit: 0 },
    { ...reader, id: 3, sid: 'b', credit: 0 },
    { ...reader, id: 4, sid: 'c', credit: 0 },
  )
  t.like(again, { op: 'err', id: 2, problem: { type: '/problems/already-exists' } })
  t.like(full, { op: 'err', id: 4, problem: { type: '/problems/invalid-argument' } })
})

test('a reader sees everything from the earliest message, then what arrives, with cursors', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', 'a', 'b')
  const frames = await say({ ...reader, from: { at: 'earliest' } })
  t.deepEqual(
    frames.map(({ op, cursor }) => [op, cursor]),
    [
      ['msg', 'mqc1.1'],
      ['msg', 'mqc1.2'],
      ['subState', 'mqc1.2'],
    ],
  )
  core.store('orders', 'c')
  t.deepEqual(bodies(await say()), ['c'])
})

test('a reader from the latest message gets a cursor before any message', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', 'a')
  t.deepEqual(await say({ ...reader, from: { at: 'latest' } }), [
    { op: 'subState', sid: 's1', state: 'caughtUp', cursor: 'mqc1.1', lag: 0 },
  ])
  core.store('orders', 'b')
  t.deepEqual(bodies(await say()), ['b'])
})

test('a reader that is paused is told how far it is behind', async (t) => {
  const { core, say } = await openSession()
  core.store('orders', 'a', 'b', 'c')
  await say({ ...reader, from: { at: 'earliest' }, credit: 1 })
  t.deepEqual(await say({ op: 'pause', sid: 's1' }), [
    { op: 'subState', sid: 's1', state: 'paused', lag: 2 },
  ])
  const frames = await say({ op: 'resume', sid: 's1' }, { op: 'credit', sid: 's1', n: 5 })
  t.deepEqual(frames[0], { op: 'subState', sid: 's1', state: 'live', lag: 2 })
  t.like(frames.at(-1), { op: 'subState', state: 'caughtUp', lag: 0 })
})

test('a reader resumes from a cursor or a time', async (t) => {
  const { clock, core, say } = await openSession()
  core.store('orders', 'a')
  await clock.advance(1_000)
  const at = new Date(clock.now()).toISOString()
  core.store('orders', 'b')
  t.deepEqual(bodies(await say({ ...reader, from: { cursor: 'mqc1.1' } })), ['b'])
  t.deepEqual(bodies(await say({ ...reader, sid: 's2', from: { at } })), ['b'])
})

test('a reader has nothing to acknowledge', async (t) => {
  const { say } = await openSession()
  await say(reader)
  const [err] = await say({ op: 'ack', id: 1, sid: 's1', handle: 'h' })
  t.like(err, { op: 'err', problem: { errors: [{ pointer: '/sid' }] } })
})

test('the filter goes to the core as it is', async (t) => {
  const { core, say } = await openSession()
  const filter = { type: 'tag', expression: 'paid || refund' }
  await say({ ...group, filter })
  await say({ ...reader, sid: 's2', filter })
  t.like(core.inputs('receive')[0], { filter, invisibleMs: 60_000, waitMs: 20_000 })
  t.like(core.inputs('read')[0], { filter, waitMs: 0 })
})

test('a failure that may pass is told once and tried again, later and later', async (t) => {
  const { clock, core, say } = await openSession()
  for (let n = 0; n < 3; n++) core.failNext('receive', new MqError('broker-unavailable'))
  core.store('orders', 'a')
  t.like((await say(group))[0], { op: 'err', sid: 's1', problem: { retryable: true } })
  await clock.advance(250)
  await clock.advance(500)
  t.deepEqual(await say(), [])
  await clock.advance(1_000)
  t.deepEqual(bodies(await say()), ['a'])
})

test('a failure that stays ends the subscription and nothing else', async (t) => {
  const { core, say, socket } = await openSession()
  core.failNext('read', new MqError('topic-not-found'))
  const frames = await say({ ...reader, id: 1 })
  t.like(frames[1], { op: 'err', sid: 's1', problem: { status: 404, retryable: false } })
  t.like((await say({ ...reader, id: 2 }))[0], { op: 'ok', id: 2 })
  t.is(socket.closed, undefined)
})
