// The WebSocket protocol, by the families of Autobahn's fuzzing client that concern it: 1 framing,
// 2 pings, 3 reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing, 12 and 13 compression.
// Autobahn itself: test/interop/autobahn.test.ts.

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { startEcho } from '../../../support/echo-socket.ts'
import {
  type Answer,
  frameBytes,
  opcodes,
  RawClient,
  type RawFrame,
} from '../../../support/raw-websocket.ts'

const { continuation, text, binary, close, ping, pong } = opcodes

async function open(t: ExecutionContext, extensions = ''): Promise<RawClient> {
  const port = await startEcho(t, { compression: extensions !== '' })
  return RawClient.open(t, port, extensions)
}

const codeOf = (answer: Answer | undefined): number | undefined =>
  answer?.opcode === close ? answer.payload.readUInt16BE(0) : undefined

const closing = (code: number, reason: string | Uint8Array = ''): Buffer => {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return Buffer.concat([payload, Buffer.from(reason)])
}

for (const [family, opcode] of Object.entries({ 'text 1.1': text, 'binary 1.2': binary })) {
  test(`${family}: every length class comes back`, async (t) => {
    const client = await open(t)
    for (const length of [0, 1, 125, 126, 127, 128, 65_535, 65_536, 70_000]) {
      const payload = Buffer.alloc(length, '*')
      client.say({ opcode, payload })
      t.deepEqual(await client.next(), { opcode, rsv: 0, payload })
    }
  })

  test(`${family}: a frame that arrives byte by byte comes back`, async (t) => {
    const client = await open(t)
    const payload = Buffer.from('x'.repeat(200))
    for (const byte of frameBytes({ opcode, payload })) {
      client.write(Buffer.of(byte))
      await new Promise(setImmediate)
    }
    t.deepEqual(await client.next(), { opcode, rsv: 0, payload })
  })
}

test('pings 2: each is answered with what it carried, in order; pongs are not', async (t) => {
  const client = await open(t)
  const payloads = ['', 'hello', Buffer.of(0, 255, 254), Buffer.alloc(125, '*')].map((payload) =>
    Buffer.from(payload),
  )
  client.say({ opcode: pong, payload: 'unasked' })
  client.say(...payloads.map((payload) => ({ opcode: ping, payload })))
  for (const payload of payloads) {
    t.deepEqual(await client.next(), { opcode: pong, rsv: 0, payload })
  }
})

const violations: Record<string, readonly RawFrame[]> = {
  'a ping of 126 bytes (2.5)': [{ opcode: ping, payload: Buffer.alloc(126) }],
  'reserved bits 1 (3.1)': [{ opcode: text, payload: 'x', rsv: 1 }],
  'reserved bits 2 (3.2)': [{ opcode: text, payload: 'x', rsv: 2 }],
  'reserved bits 4 without compression (3.3)': [{ opcode: text, payload: 'x', rsv: 4 }],
  'reserved bits on a ping (3.5)': [{ opcode: ping, payload: 'x', rsv: 5 }],
  'opcode 3 (4.1)': [{ opcode: 3 }],
  'opcode 7 (4.1)': [{ opcode: 7, payload: 'x' }],
  'opcode 11 (4.2)': [{ opcode: 11 }],
  'opcode 15 (4.2)': [{ opcode: 15, payload: 'x' }],
  'a ping in fragments (5.1)': [
    { opcode: ping, payload: 'a', fin: false },
    { opcode: continuation, payload: 'b' },
  ],
  'a pong in fragments (5.2)': [{ opcode: pong, payload: 'a', fin: false }],
  'a continuation of nothing (5.9)': [{ opcode: continuation, payload: 'x' }],
  'a text within a text (5.18)': [
    { opcode: text, payload: 'a', fin: false },
    { opcode: text, payload: 'b' },
  ],
  'an unmasked frame': [{ opcode: text, payload: 'x', masked: false }],
  'a close with one byte (7.3)': [{ opcode: close, payload: 'x' }],
  'a close of 126 bytes (7.3)': [{ opcode: close, payload: closing(1000, 'x'.repeat(124)) }],
}

for (const [title, frames] of Object.entries(violations)) {
  test(`${title} fails the connection with 1002, and nothing comes back`, async (t) => {
    const client = await open(t)
    client.say(...frames)
    client.say({ opcode: text, payload: 'after' })
    const answers = await client.rest()
    t.deepEqual(answers.map(codeOf), [1002])
  })
}

test('fragments 5: of any size, with pings between them, are one message', async (t) => {
  const client = await open(t)
  const letters = 'fragments in pieces of one letter'
  const parts = [...letters]
  parts.forEach((payload, at) => {
    const isLast = at === parts.length - 1
    client.say({ opcode: at === 0 ? text : continuation, payload, fin: isLast })
    if (at === 3) client.say({ opcode: ping, payload: 'between' })
  })
  t.like(await client.next(), { opcode: pong, payload: Buffer.from('between') })
  t.like(await client.next(), { opcode: text, payload: Buffer.from(letters) })
  client.say(
    { opcode: binary, fin: false },
    { opcode: continuation, fin: false },
    { opcode: continuation },
  )
  t.like(await client.next(), { opcode: binary, payload: Buffer.alloc(0) })
})

const utf8 = {
  'Greek (6.2)': 'Hello-µ@ßöäüàá-UTF-8!!',
  'the last of three bytes (6.9)': '\ud7ff\ue000\ufffd\uffff',
  'four bytes (6.9)': '\u{10000}\u{10ffff}',
}

for (const [title, payload] of Object.entries(utf8)) {
  test(`UTF-8: ${title}, cut within a letter, comes back`, async (t) => {
    const client = await open(t)
    const bytes = Buffer.from(payload)
    for (let at = 0; at <= bytes.length; at++) {
      client.say(
        { opcode: text, payload: bytes.subarray(0, at), fin: false },
        { opcode: continuation, payload: bytes.subarray(at) },
      )
      t.like(await client.next(), { opcode: text, payload: bytes })
    }
  })
}

const noUtf8: Record<string, readonly number[]> = {
  'a surrogate (6.3)': [0xed, 0xa0, 0x80],
  'a lone continuation byte (6.14)': [0x80],
  'a cut letter (6.6)': [0xce, 0xba, 0xe1, 0xbd],
  'an overlong slash (6.19)': [0xc0, 0xaf],
  'an overlong NUL (6.21)': [0xe0, 0x80, 0x80],
  'beyond U+10FFFF (6.10)': [0xf4, 0x90, 0x80, 0x80],
  'five bytes (6.12)': [0xf8, 0x88, 0x80, 0x80, 0x80],
  'FE (6.18)': [0xfe],
}

for (const [title, bytes] of Object.entries(noUtf8)) {
  test(`no UTF-8: ${title} fails the connection with 1007`, async (t) => {
    const client = await open(t)
    client.say({ opcode: text, payload: Buffer.from(bytes) })
    t.deepEqual((await client.rest()).map(codeOf), [1007])
    const reason = await open(t)
    reason.say({ opcode: close, payload: closing(1000, Buffer.from(bytes)) })
    t.deepEqual((await reason.rest()).map(codeOf), [1007])
  })
}

const codes = {
  allowed: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999],
  refused: [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535],
}

for (const code of codes.allowed) {
  test(`closing 7.7: ${code} is answered with the same`, async (t) => {
    const client = await open(t)
    client.say({ opcode: close, payload: closing(code, 'bye') }, { opcode: text, payload: 'late' })
    t.deepEqual((await client.rest()).map(codeOf), [code])
  })
}

for (const code of codes.refused) {
  test(`closing 7.9: ${code} is answered with 1002`, async (t) => {
    const client = await open(t)
    client.say({ opcode: close, payload: closing(code) })
    t.deepEqual((await client.rest()).map(codeOf), [1002])
  })
}

test('closing 7.1: a close without a code is answered, and what follows is not', async (t) => {
  const client = await open(t)
  client.say({ opcode: close }, { opcode: ping, payload: 'late' })
  const answers = await client.rest()
  t.deepEqual(
    answers.map(({ opcode }) => opcode),
    [close],
  )
})

// RFC 7692: the first reserved bit says that a message is packed, without its last four bytes.
const tail = Buffer.of(0, 0, 0xff, 0xff)
const packed = (payload: string | Buffer): Buffer =>
  deflateRawSync(payload, { finishFlush: 2 }).subarray(0, -tail.length)
const offers = {
  '12, without a window': 'permessage-deflate; client_no_context_takeover',
  '13.3, a window of 512': 'permessage-deflate; server_max_window_bits=9',
}

for (const [title, offer] of Object.entries(offers)) {
  test(`compression ${title}: what comes packed comes back packed, whole or in fragments`, async (t) => {
    const client = await open(t, offer)
    for (const size of [16, 4_096, 131_072]) {
      const payload = Buffer.alloc(size, 'abcdefgh')
      const bytes = packed(payload)
      const middle = bytes.length >> 1
      client.say({ opcode: text, payload: bytes, rsv: 4 })
      client.say(
        { opcode: text, payload: bytes.subarray(0, middle), rsv: 4, fin: false },
        { opcode: continuation, payload: bytes.subarray(middle) },
      )
      for (let time = 0; time < 2; time++) {
        const answer = await client.next()
        if (!answer) return t.fail()
        const isPacked = size > 1024
        t.is(answer.rsv, isPacked ? 4 : 0)
        const plain = isPacked
          ? inflateRawSync(Buffer.concat([answer.payload, tail]), { finishFlush: 2 })
          : answer.payload
        t.deepEqual(plain, payload)
      }
    }
  })
}

test('a frame that unpacks to more than allowed closes with 4413 before it is in memory', async (t) => {
  const port = await startEcho(t, { compression: true, frameBytesMax: 65_536 })
  const client = await RawClient.open(t, port, 'permessage-deflate')
  const bomb = packed(Buffer.alloc(32 * 1024 * 1024))
  t.true(bomb.length < 65_536)
  client.say({ opcode: binary, payload: bomb, rsv: 4 })
  t.deepEqual((await client.rest()).map(codeOf), [4413])
})

test('what is packed and cannot be unpacked closes with 1007', async (t) => {
  const client = await open(t, 'permessage-deflate')
  client.say({ opcode: binary, payload: Buffer.alloc(64, 0xff), rsv: 4 })
  t.deepEqual((await client.rest()).map(codeOf), [1007])
})
