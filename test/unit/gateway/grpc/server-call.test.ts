// What a call is answered when its request is not as it should be, over a socket.

import { once } from 'node:events'
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { deflateSync, gzipSync } from 'node:zlib'
import { status as codes } from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
import { noIdentity } from '../../../../gateway/grpc/credentials.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../../../../gateway/grpc/service-definition.ts'
import { anonymous } from '../../../../gateway/identity/authenticator.ts'
import { silentLog } from '../../../../src/base/log.ts'
import { grpcFront } from '../../../support/grpc-front.ts'

const { path } = rpc.Heartbeat
const beat = rpc.Heartbeat.requestSerialize({ clientType: v2.ClientType.PRODUCER })

function framed(message: Buffer, flags = 0): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(flags)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

async function front(t: ExecutionContext) {
  const { front, ...parts } = await grpcFront(t, {
    config: { bodyBytesMax: 900, headroomBytes: 100 },
  })
  const session = connect(`http://127.0.0.1:${front.port}`)
  t.teardown(() => session.destroy())
  return { session, ...parts }
}

const headersOf = (path: string) => ({
  ':method': 'POST',
  ':path': path,
  'content-type': 'application/grpc',
  'x-mq-client-id': 'client@1@0@x',
  te: 'trailers',
})

type Asked = { readonly headers?: Record<string, string>; readonly chunks: readonly Buffer[] }

/** What an answer says in its headers or its trailers, and what it brings. */
async function ask(session: ClientHttp2Session, { headers = {}, chunks }: Asked) {
  const stream = session.request({ ...headersOf(path), ...headers })
  let told: IncomingHttpHeaders = {}
  stream.on('response', (response) => {
    told = { ...told, ...response }
  })
  stream.on('trailers', (trailers) => {
    told = { ...told, ...trailers }
  })
  const frames: Buffer[] = []
  stream.on('data', (chunk: Buffer) => frames.push(chunk))
  for (const chunk of chunks) {
    stream.write(chunk)
    // Each in a frame of its own.
    await new Promise(setImmediate)
  }
  stream.end()
  await once(stream, 'close')
  return { code: Number(told['grpc-status']), details: told['grpc-message'], frames }
}

const whole = framed(beat)
const good: Record<string, Asked> = {
  'in one piece': { chunks: [whole] },
  'in single bytes': { chunks: Array.from(whole, (byte) => Buffer.from([byte])) },
  'packed by gzip': {
    headers: { 'grpc-encoding': 'gzip' },
    chunks: [framed(gzipSync(beat), 1)],
  },
  'packed by deflate': {
    headers: { 'grpc-encoding': 'deflate' },
    chunks: [framed(deflateSync(beat), 1)],
  },
  'plain though it may be packed': { headers: { 'grpc-encoding': 'gzip' }, chunks: [whole] },
  'with a time-out': { headers: { 'grpc-timeout': '3S' }, chunks: [whole] },
}

for (const [how, asked] of Object.entries(good)) {
  test(`a request ${how} is served`, async (t) => {
    const { session } = await front(t)
    const { code, frames } = await ask(session, asked)
    t.is(code, codes.OK)
    const bytes = Buffer.concat(frames)
    t.is(bytes.readUInt32BE(1), bytes.length - 5)
    t.is(rpc.Heartbeat.responseDeserialize(bytes.subarray(5)).status?.code, v2.Code.OK)
  })
}

const gzip = { 'grpc-encoding': 'gzip' }
const bad: Record<string, Asked & { readonly code: codes }> = {
  'no request': { chunks: [], code: codes.UNIMPLEMENTED },
  'two requests': { chunks: [whole, whole], code: codes.UNIMPLEMENTED },
  'half a prefix': { chunks: [whole.subarray(0, 3)], code: codes.INTERNAL },
  'half a request': { chunks: [whole.subarray(0, -1)], code: codes.INTERNAL },
  'a request that cannot be read': {
    chunks: [framed(Buffer.from([0xff, 0xff, 0xff]))],
    code: codes.INTERNAL,
  },
  'a request that is too large': {
    chunks: [framed(Buffer.alloc(1001))],
    code: codes.RESOURCE_EXHAUSTED,
  },
  'a request that says that it is too large': {
    chunks: [framed(Buffer.alloc(1001)).subarray(0, 10)],
    code: codes.RESOURCE_EXHAUSTED,
  },
  'a small request that unpacks to a large one': {
    headers: gzip,
    chunks: [framed(gzipSync(Buffer.alloc(100_000)), 1)],
    code: codes.RESOURCE_EXHAUSTED,
  },
  'a request that is packed wrong': {
    headers: gzip,
    chunks: [framed(Buffer.from('no gzip'), 1)],
    code: codes.INTERNAL,
  },
  'a request that is packed by something else': {
    headers: { 'grpc-encoding': 'snappy' },
    chunks: [framed(beat, 1)],
    code: codes.UNIMPLEMENTED,
  },
  'a time-out that cannot be read': {
    headers: { 'grpc-timeout': 'soon' },
    chunks: [whole],
    code: codes.INTERNAL,
  },
}

for (const [what, { code, ...asked }] of Object.entries(bad)) {
  test(`${what} is refused, and the connection lives`, async (t) => {
    const { session } = await front(t)
    const refused = await ask(session, asked)
    t.is(refused.code, code)
    t.truthy(refused.details)
    t.deepEqual(refused.frames, [])
    t.is((await ask(session, { chunks: [whole] })).code, codes.OK)
  })
}

test('a call whose caller has given up without a word is ended', async (t) => {
  const { session, core, clock } = await front(t)
  core.receive = () => new Promise(() => {})
  const receive = rpc.ReceiveMessage.requestSerialize({
    group: { name: 'billing' },
    messageQueue: { topic: { name: 'orders' } },
    batchSize: 1,
    invisibleDuration: { seconds: 30 },
  })
  const headers = { ':path': rpc.ReceiveMessage.path, 'grpc-timeout': '5S' }
  const answer = ask(session, { headers, chunks: [framed(receive)] })
  const ticking = setInterval(() => void clock.advance(1000), 10)
  t.teardown(() => clearInterval(ticking))
  t.is((await answer).code, codes.DEADLINE_EXCEEDED)
})

test('a send goes on when its caller has gone before it is known who that is', async (t) => {
  let tellWho = (): void => {}
  const known = new Promise<void>((resolve) => {
    tellWho = resolve
  })
  const identify = () => known.then(() => anonymous)
  const identity = { ...noIdentity, required: true, identify }
  const failed: unknown[] = []
  const log = { ...silentLog, error: (...said: unknown[]) => failed.push(said) }
  const { front, core } = await grpcFront(t, { identity, log })
  const session = connect(`http://127.0.0.1:${front.port}`)
  t.teardown(() => session.destroy())
  const stream = session.request({
    ...headersOf(rpc.SendMessage.path),
    authorization: 'Bearer token',
  })
  const message = { topic: { name: 'orders' }, body: Buffer.from('x') }
  const systemProperties = { messageId: '01A' }
  const messages = [{ ...message, systemProperties }]
  stream.end(framed(rpc.SendMessage.requestSerialize({ messages })))
  await sleep(50)
  stream.close(constants.NGHTTP2_CANCEL)
  await once(stream, 'close')
  await sleep(50)
  t.is(core.calls.length, 0)
  tellWho()
  await sleep(50)
  t.is(core.calls.length, 1)
  t.deepEqual(failed, [])
})

test('a call of another content type is none of ours', async (t) => {
  const { session } = await front(t)
  const { code, frames } = await ask(session, {
    headers: { 'content-type': 'application/json' },
    chunks: [whole],
  })
  t.is(code, Number.NaN)
  t.deepEqual(frames, [])
})
