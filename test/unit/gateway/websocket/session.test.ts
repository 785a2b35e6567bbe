import test from 'ava'
import { MqError } from '../../../../src/base/errors.ts'
import { deferred } from '../../../support/fake-clock.ts'
import { anonymous, newSession, openSession } from '../../../support/websocket-session.ts'

const body = { text: 'x' }

test('hello is answered with the session, the rhythm and the limits', async (t) => {
  const { say } = newSession()
  t.deepEqual(await say({ op: 'hello', client: 'test/1' }), [
    {
      op: 'welcome',
      session: 's',
      server: 'rocketway',
      pingEveryMs: 25_000,
      limits: { subscriptions: 64, frameBytes: 1_048_576, opsPerSecond: 100, pending: 256 },
      features: ['bin', 'tx', 'reply'],
    },
  ])
})

test('a socket that does not say hello is closed with 4408', async (t) => {
  const { clock, socket } = newSession()
  await clock.advance(4_999)
  t.is(socket.closed, undefined)
  await clock.advance(1)
  t.is(socket.closed?.code, 4408)
  t.is(clock.pending, 0)
})

test('a frame before hello is closed with 4400 and has no effect', async (t) => {
  const { core, say, socket } = newSession()
  await say({ op: 'pub', topic: 'orders', body })
  t.is(socket.closed?.code, 4400)
  t.deepEqual(core.calls, [])
})

const noFrames = {
  'text that is not JSON': '{"op":',
  'JSON that is not an object': '[]',
  'an object without op': '{}',
  'an id that is not a number': '{"op":"ping","id":"1"}',
  nothing: '',
}

for (const [title, text] of Object.entries(noFrames)) {
  test(`${title} closes the socket with 4400`, async (t) => {
    const { clock, say, socket } = await openSession()
    t.deepEqual(await say(text, { op: 'ping' }), [])
    t.is(socket.closed?.code, 4400)
    t.is(clock.pending, 0)
  })
}

test('a frame that is wrong in itself is answered with a pointer, and the socket goes on', async (t) => {
  const { say } = await openSession()
  const [unknown, missing, pong] = await say(
    { op: 'fly', id: 1 },
    { op: 'sub', id: 2, sid: 's1', topic: 'orders' },
    { op: 'ping', t: 7 },
  )
  t.like(unknown, { op: 'err', id: 1, problem: { type: '/problems/malformed-body' } })
  t.like(missing, { op: 'err', id: 2, sid: 's1', problem: { errors: [{ pointer: '/credit' }] } })
  t.deepEqual(pong, { op: 'pong', t: 7 })
})

test('a binary frame closes the socket with 4406', async (t) => {
  const { session, socket } = await openSession()
  session.frame(Buffer.from('{"op":"ping"}'), true)
  t.is(socket.closed?.code, 4406)
})

test('the token of hello decides who the caller is', async (t) => {
  const seen: unknown[] = []
  const authenticate = async (authorization: string | undefined) => {
    seen.push(authorization)
    return { ...anonymous, subject: 'ann' }
  }
  const { core, say } = newSession({ authenticator: { authenticate } })
  await say({ op: 'hello', token: 'abc' })
  await say({ op: 'pub', topic: 'orders', body })
  t.deepEqual(seen, ['Bearer abc'])
  t.is(core.calls[0]?.call.identity.subject, 'ann')
})

test('frames that come while the token is looked at wait for it', async (t) => {
  const { promise, resolve } = deferred<typeof anonymous>()
  const { core, say } = newSession({ authenticator: { authenticate: () => promise } })
  t.deepEqual(await say({ op: 'hello', token: 'abc' }, { op: 'pub', id: 1, topic: 'o', body }), [])
  t.deepEqual(core.calls, [])
  resolve(anonymous)
  const frames = await say()
  t.deepEqual(
    frames.map(({ op, id }) => [op, id]),
    [
      ['welcome', undefined],
      ['ok', 1],
    ],
  )
})

test('what waits for the token is bounded', async (t) => {
  const authenticate = () => new Promise<never>(() => {})
  const { say, socket } = newSession({ authenticator: { authenticate } })
  await say({ op: 'hello' }, ...Array.from({ length: 64 }, () => ({ op: 'ping' })))
  t.is(socket.closed, undefined)
  await say({ op: 'ping' })
  t.is(socket.closed?.code, 4400)
})

const refusals = {
  unauthenticated: 4401,
  'token-expired': 4401,
  'permission-denied': 4403,
  'broker-timeout': 4501,
} as const

for (const [failure, code] of Object.entries(refusals)) {
  test(`a token that is answered ${failure} closes the socket with ${code}`, async (t) => {
    const error = new MqError(failure as keyof typeof refusals)
    const authenticator = { authenticate: () => Promise.reject(error) }
    const { core, say, socket } = newSession({ authenticator })
    t.deepEqual(await say({ op: 'hello', token: 'x' }, { op: 'pub', topic: 'o', body }), [])
    t.is(socket.closed?.code, code)
    t.deepEqual(core.calls, [])
  })
}

test('who the upgrade knows is not asked again', async (t) => {
  const authenticator = { authenticate: () => Promise.reject(new MqError('unauthenticated')) }
  const { say } = newSession({ authenticator, identity: anonymous })
  t.like((await say({ op: 'hello' }))[0], { op: 'welcome' })
})

test('a later auth frame changes the caller, a bad one does not', async (t) => {
  const authenticate = async (authorization: string | undefined) => {
    if (authorization === 'Bearer bad') throw new MqError('token-expired')
    return { ...anonymous, subject: authorization ?? 'none' }
  }
  const { core, say } = await openSession({ authenticator: { authenticate } })
  t.like((await say({ op: 'auth', id: 1, token: 'new' }))[0], { op: 'ok', id: 1 })
  const [refused] = await say({ op: 'auth', id: 2, token: 'bad' })
  t.like(refused, { op: 'err', id: 2, problem: { type: '/problems/token-expired' } })
  await say({ op: 'pub', topic: 'o', body })
  t.is(core.calls.at(-1)?.call.identity.subject, 'Bearer new')
})

test('a published message is answered with where it is', async (t) => {
  const { core, say } = await openSession()
  const pub = {
    topic: 'orders',
    tag: 'paid',
    keys: ['o-7'],
    properties: { src: 'web' },
    idempotencyKey: 'k1',
    body: { json: { id: 7 } },
  }
  const [ok] = await say({ op: 'pub', id: 3, ...pub })
  t.like(ok, { op: 'ok', id: 3, result: { topic: 'orders', queueId: 0, queueOffset: '0' } })
  t.like(core.inputs('send')[0], {
    topic: 'orders',
    tag: 'paid',
    keys: ['o-7'],
    idempotencyKey: 'k1',
    contentType: 'application/json',
  })
})

test('a send without id is answered only when it fails', async (t) => {
  const { core, say } = await openSession()
  t.deepEqual(await say({ op: 'pub', topic: 'orders', body }), [])
  core.failNext('send', new MqError('broker-timeout', undefined, { outcome: 'unknown' }))
  const [err] = await say({ op: 'pub', topic: 'orders', body })
  t.like(err, { op: 'err', problem: { status: 504, retryable: true, outcome: 'unknown' } })
})

test('a bug behind a send is logged and told as internal, and the socket goes on', async (t) => {
  const { core, errors, say } = await openSession()
  core.failNext('send', new TypeError('secret'))
  const [err] = await say({ op: 'pub', id: 1, topic: 'orders', body })
  t.like(err, { op: 'err', id: 1, problem: { type: '/problems/internal' } })
  t.false(JSON.stringify(err).includes('secret'))
  t.is(errors.length, 1)
  t.like((await say({ op: 'pub', id: 2, topic: 'orders', body }))[0], { op: 'ok', id: 2 })
})

test('frames over the rate are refused without effect, and pass again when time has passed', async (t) => {
  const { clock, core, say } = await openSession({ config: { opsPerSecond: 5 } })
  const pubs = [1, 2, 3, 4, 5].map((id) => ({ op: 'pub', id, topic: 'o', body }))
  const frames = await say(...pubs)
  t.deepEqual(frames.map(({ op, id }) => [op, id]).sort(), [
    ['err', 5],
    ['ok', 1],
    ['ok', 2],
    ['ok', 3],
    ['ok', 4],
  ])
  const refused = frames.find(({ op }) => op === 'err')
  const problem = { type: '/problems/rate-limited', retryAfterMs: 200, outcome: 'not-stored' }
  t.like(refused, { problem })
  t.is(core.inputs('send').length, 4)
  await clock.advance(200)
  t.like((await say({ op: 'pub', id: 6, topic: 'o', body }))[0], { op: 'ok', id: 6 })
})

test('who does not slow down is closed with 4529', async (t) => {
  const { say, socket } = await openSession({ config: { opsPerSecond: 5 } })
  await say(...Array.from({ length: 9 }, () => ({ op: 'ping' })))
  t.is(socket.closed, undefined)
  await say({ op: 'ping' })
  t.like(socket.closed, { code: 4529, reason: 'retryAfterMs=1000' })
})

test('sends that wait for a broker are bounded', async (t) => {
  const { core, say } = await openSession({ config: { pendingMax: 2 } })
  core.send = () => new Promise(() => {})
  const pub = (id: number) => ({ op: 'pub', id, topic: 'o', body })
  t.deepEqual(await say(pub(1), pub(2)), [])
  t.like((await say(pub(3)))[0], { op: 'err', id: 3, problem: { status: 429 } })
})

test('the server pings, and closes with 4504 after a silence that no pong broke', async (t) => {
  const { clock, session, socket } = await openSession()
  await clock.advance(50_000)
  t.is(socket.pings, 2)
  session.heard()
  await clock.advance(59_999)
  t.is(socket.closed, undefined)
  await clock.advance(1)
  t.is(socket.closed?.code, 4504)
  t.is(clock.pending, 0)
})

test('a drained session says goaway, takes no subscriptions and still settles and sends', async (t) => {
  const { core, say, session } = await openSession()
  core.store('orders', 'a')
  const [, msg] = await say({ op: 'sub', id: 1, sid: 's1', topic: 'orders', group: 'g', credit: 1 })
  session.drain(5_000)
  t.deepEqual(await say(), [{ op: 'goaway', inMs: 5_000, reason: 'draining' }])
  const frames = await say(
    { op: 'ack', id: 2, sid: 's1', handle: msg?.['handle'] },
    { op: 'pub', id: 3, topic: 'orders', body },
    { op: 'credit', sid: 's1', n: 5 },
    { op: 'sub', id: 4, sid: 's2', topic: 'orders', credit: 1 },
  )
  t.deepEqual(frames.map(({ op, id }) => [op, id]).sort(), [
    ['err', 4],
    ['ok', 2],
    ['ok', 3],
  ])
})

test('a socket that goes leaves no timer and no waiting call', async (t) => {
  const { clock, core, say, session } = await openSession()
  await say({ op: 'sub', sid: 's1', topic: 'orders', group: 'g', credit: 1 })
  await say({ op: 'sub', sid: 's2', topic: 'orders', credit: 1 })
  session.closed()
  await say()
  t.is(clock.pending, 0)
  t.true(core.calls.every(({ call, method }) => method === 'read' || call.signal.aborted))
})

test('a minute before the token expires the client is told, and can bring a new one', async (t) => {
  const lives = new Map([
    ['Bearer old', 100_000],
    ['Bearer new', 1_000_000],
  ])
  const { clock, say, socket } = newSession({
    authenticator: {
      authenticate: async (authorization = '') => ({
        ...anonymous,
        expiresAt: start + (lives.get(authorization) ?? 0),
      }),
    },
  })
  const start = clock.now()
  await say({ op: 'hello', token: 'old' })
  await clock.advance(39_999)
  t.deepEqual(await say(), [])
  await clock.advance(1)
  t.deepEqual(await say(), [{ op: 'tokenExpiring', inMs: 60_000 }])
  t.like((await say({ op: 'auth', id: 1, token: 'new' }))[0], { op: 'ok', id: 1 })
  await clock.advance(30_000)
  await say({ op: 'ping' })
  await clock.advance(40_000)
  t.is(socket.closed, undefined)
})

test('a token that expires and is not renewed closes the socket with 4541', async (t) => {
  const { clock, say, socket } = newSession({
    authenticator: { authenticate: async () => ({ ...anonymous, expiresAt: until }) },
  })
  const until = clock.now() + 40_000
  const [, told] = await say({ op: 'hello' })
  t.deepEqual(told, { op: 'tokenExpiring', inMs: 40_000 })
  await clock.advance(39_999)
  t.is(socket.closed, undefined)
  await clock.advance(1)
  t.is(socket.closed?.code, 4541)
  t.is(clock.pending, 0)
})

test('who waits for a reply gets it over the socket', async (t) => {
  const { core, say } = await openSession()
  const reply = { op: 'reply', id: 1, handle: 'mqq1.x', body: { json: 7 } }
  t.deepEqual(await say(reply), [{ op: 'ok', id: 1, result: {} }])
  t.like(core.inputs('reply')[0], { handle: 'mqq1.x', contentType: 'application/json' })
})
