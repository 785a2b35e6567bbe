import test from 'ava'
import { noIdentity } from '../../../../gateway/grpc/credentials.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { MqError } from '../../../../src/base/errors.ts'
import { grpcFront } from '../../../support/grpc-front.ts'

const producer = { clientType: v2.ClientType.PRODUCER, publishing: {} }
const codes = (frames: readonly v2.TelemetryCommand[]) => frames.map(({ status }) => status?.code)

test('settings come back merged, each time they are said', async (t) => {
  const { client } = await grpcFront(t)
  const stream = client.telemetry()
  for (let round = 0; round < 2; round++) {
    stream.say(producer)
    const frame = await stream.next()
    t.is(frame.status?.code, v2.Code.OK)
    t.is(frame.settings?.publishing?.maxBodySize, 4 * 1024 * 1024)
  }
  stream.end()
  t.is((await stream.ended).length, 2)
})

test('what is wrong with settings is said before the stream ends', async (t) => {
  const { client } = await grpcFront(t)
  const stream = client.telemetry()
  stream.say({ clientType: v2.ClientType.LITE_PUSH_CONSUMER, subscription: {} })
  const frames = await stream.ended
  t.deepEqual(codes(frames), [v2.Code.NOT_IMPLEMENTED])
  t.is(frames[0]?.command, undefined)
})

test('a client without an id is told so', async (t) => {
  const { client } = await grpcFront(t)
  const stream = client.telemetry({ headers: { 'x-mq-client-id': ' ' } })
  stream.say(producer)
  t.deepEqual(codes(await stream.ended), [v2.Code.CLIENT_ID_REQUIRED])
})

test('a client without the credentials that are required is told so', async (t) => {
  const { client } = await grpcFront(t, { identity: { ...noIdentity, required: true } })
  const stream = client.telemetry()
  stream.say(producer)
  t.deepEqual(codes(await stream.ended), [v2.Code.UNAUTHORIZED])
})

test('answers to commands that were never given are passed over', async (t) => {
  const { client } = await grpcFront(t)
  const stream = client.telemetry()
  stream.command({ threadStackTrace: { nonce: 'n' }, status: { code: v2.Code.OK } })
  stream.say(producer)
  t.is((await stream.next()).command, 'settings')
})

test('no more streams are open than allowed', async (t) => {
  const { client } = await grpcFront(t, { config: { sessionCountMax: 1 } })
  const first = client.telemetry()
  first.say(producer)
  await first.next()

  const second = client.telemetry()
  t.deepEqual(codes(await second.ended), [v2.Code.TOO_MANY_REQUESTS])

  first.end()
  await first.ended
  const third = client.telemetry()
  third.say(producer)
  t.is((await third.next()).status?.code, v2.Code.OK)
})

test('a failure of the core ends the stream with its code', async (t) => {
  const { client, core } = await grpcFront(t)
  core.failNext('group', new MqError('broker-timeout'))
  const stream = client.telemetry()
  stream.say({
    clientType: v2.ClientType.SIMPLE_CONSUMER,
    subscription: { group: { name: 'billing' } },
  })
  t.deepEqual(codes(await stream.ended), [v2.Code.PROXY_TIMEOUT])
})

test('the Node client, which may miss its settings, is told them again for a while', async (t) => {
  const { client, clock } = await grpcFront(t)
  const pending = clock.pending
  const stream = client.telemetry({ headers: { 'x-mq-language': 'HTTP' } })
  stream.say(producer)
  const first = await stream.next()
  for (const ms of [100, 900, 4000]) {
    const again = stream.next()
    await clock.advance(ms)
    t.deepEqual((await again).settings, first.settings)
  }
  t.is(clock.pending, pending)
  stream.end()
  await stream.ended
})

test('repeats of settings end with their stream', async (t) => {
  const { client, clock } = await grpcFront(t)
  const pending = clock.pending
  const stream = client.telemetry({ headers: { 'x-mq-language': 'HTTP' } })
  stream.say(producer)
  await stream.next()
  t.true(clock.pending > pending)
  stream.end()
  await stream.ended
  t.is(clock.pending, pending)
})
