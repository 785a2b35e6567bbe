import test from 'ava'
import { parseFrame } from '../../../../gateway/websocket/frames.ts'
import type { MqError } from '../../../../src/base/errors.ts'
import { packFrame, unpackFrame } from '../../../support/binary-frames.ts'
import { delivered } from '../../../support/fake-core.ts'
import { wrongAs } from '../../../support/websocket-schema.ts'
import { conforming, formatOf, openSession } from '../../../support/websocket-session.ts'

const json = formatOf('rocketway.v1.json')
const binary = formatOf('rocketway.v1.bin')
const events = formatOf('cloudevents.json')
const openBinary = () => openSession({ subprotocol: 'rocketway.v1.bin' })
const bytes = Buffer.of(0, 255, 10, 13)

const received = {
  ...delivered({ body: bytes, contentType: 'image/png' }),
  handle: 'mqh1.x',
  attempt: 1,
  invisibleUntil: 0,
  replyHandle: 'mqq1.x',
}

test('a message is the same in text and in binary, but for its body', (t) => {
  const text = JSON.parse(String(json.message('s', received, 7)))
  const { header, body } = unpackFrame(binary.message('s', received, 7) as Uint8Array)
  const { body: inText, ...rest } = text
  t.deepEqual(header, rest)
  t.deepEqual(body, bytes)
  t.deepEqual(inText, { base64: bytes.toString('base64') })
  t.notThrows(() => conforming(text))
})

test('a body that could not be unpacked says so in both', (t) => {
  const packed = delivered({ body: bytes, bodyEncoding: 'gzip' })
  const message = { ...packed, cursor: 'mqc1.x' }
  const { header, body } = unpackFrame(binary.message('s', message, 0) as Uint8Array)
  t.is(header['bodyEncoding'], 'gzip')
  t.deepEqual(body, bytes)
  t.is(JSON.parse(String(json.message('s', message, 0))).bodyEncoding, 'gzip')
})

test('what follows the header of a pub is its body, as it is', (t) => {
  const header = { op: 'pub', id: 1, topic: 'orders', tag: 'paid' }
  const frame = parseFrame(binary.read(packFrame(header, bytes), true), 0)
  t.like(frame, { op: 'pub', input: { topic: 'orders', tag: 'paid' } })
  if (frame.op !== 'pub') return t.fail()
  t.deepEqual(Buffer.from(frame.input.body), bytes)
  t.is(frame.input.contentType, 'application/octet-stream')
  const typed = packFrame({ ...header, contentType: 'image/png' }, bytes)
  t.like(parseFrame(binary.read(typed, true), 0), { input: { contentType: 'image/png' } })
})

const noFrames: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  'half a length': Buffer.of(0, 0),
  'a length beyond the frame': Buffer.from('\x00\x00\x00\x0f{"op":"ping"}', 'latin1'),
  'a length of 4 GiB': Buffer.from('\xff\xff\xff\xff{"op":"ping"}', 'latin1'),
  'a header that is not UTF-8': Buffer.from('\x00\x00\x00\x0d{"op":"pin\xff"}', 'latin1'),
  'a header that is not JSON': Buffer.from('\x00\x00\x00\x01{', 'latin1'),
}

for (const [title, data] of Object.entries(noFrames)) {
  test(`${title} is no binary frame and closes with 4400`, async (t) => {
    t.throws<MqError>(() => binary.read(data, true), { message: /./ })
    const { clock, session, socket } = await openBinary()
    session.frame(data, true)
    t.is(socket.closed?.code, 4400)
    t.is(clock.pending, 0)
  })
}

test('text where binary is due closes with 4406, and so does anything among events', async (t) => {
  const { session, socket } = await openBinary()
  session.frame(Buffer.from('{"op":"ping"}'), false)
  t.is(socket.closed?.code, 4406)
  const only = await openSession({ subprotocol: 'cloudevents.json' })
  t.is(only.socket.closed?.code, 4406)
})

const misplaced = {
  'a body behind an ack': [{ op: 'ack', id: 1, sid: 's', handle: 'h' }, '/body'],
  'a body in the header as well': [
    { op: 'pub', id: 1, topic: 'orders', body: { text: 'x' } },
    '/body',
  ],
} as const

for (const [title, [header, pointer]] of Object.entries(misplaced)) {
  test(`${title} is refused at ${pointer}, and the socket goes on`, async (t) => {
    const { session, taken } = await openBinary()
    session.frame(packFrame(header, bytes), true)
    session.frame(packFrame({ op: 'ping', t: 7 }), true)
    const [refused, pong] = (await taken()).map((frame) => unpackFrame(frame as Uint8Array).header)
    t.like(refused, { op: 'err', id: 1, problem: { errors: [{ pointer }] } })
    t.like(pong, { op: 'pong', t: 7 })
  })
}

test('a message is an event with a cursor, whatever it was sent as', (t) => {
  const plain = { ...delivered({ body: Buffer.from('{"n": 9007199254740993}') }), cursor: 'mqc1.1' }
  const texts = [
    { ...plain, contentType: 'application/json' },
    { ...plain, contentType: 'text/plain' },
    { ...plain, contentType: undefined },
    { ...plain, properties: new Map([['CE_rocketwaycursor', 'forged']]) },
  ].map((message) => String(events.message('', message, 0)))
  for (const text of texts) {
    const event = JSON.parse(text)
    t.is(wrongAs('event', event), undefined)
    t.is(event.rocketwaycursor, 'mqc1.1')
  }
  t.true(texts[0]?.includes('9007199254740993'))
})
