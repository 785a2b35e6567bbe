import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import type { RemotingCommand } from '../../../src/protocol/command.ts'
import { FrameDecoder, frameBytesMax, headerBytesMax } from '../../../src/protocol/frame.ts'
import { encodeFrame } from '../../../src/protocol/frame-writer.ts'

const command = (changes: Partial<RemotingCommand> = {}): RemotingCommand => ({
  code: 105,
  language: 'JAVA',
  version: 513,
  opaque: 7,
  flag: 0,
  remark: undefined,
  ext: undefined,
  body: undefined,
  serialization: 'json',
  ...changes,
})

const ext = (fields: Record<string, string>): Record<string, string> =>
  Object.assign(Object.create(null), fields)

function decodeAll(...chunks: readonly Uint8Array[]): RemotingCommand[] {
  const decoder = new FrameDecoder()
  const commands: RemotingCommand[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) commands.push(next)
  }
  return commands
}

/** A frame with a header of our own making. */
function frameOf(
  header: string | Buffer,
  { length = 0, type = 0, headerLength = -1 } = {},
): Buffer {
  const bytes = Buffer.from(header)
  const prefix = Buffer.alloc(8)
  prefix.writeInt32BE(length || 4 + bytes.length, 0)
  prefix.writeUInt32BE(((type << 24) | (headerLength < 0 ? bytes.length : headerLength)) >>> 0, 4)
  return Buffer.concat([prefix, bytes])
}

const samples: Readonly<Record<string, RemotingCommand>> = {
  'a bare command': command(),
  'fields, remark and body': command({
    ext: ext({ topic: '主题', empty: '' }),
    remark: 'a "quoted" remark\n',
    body: Buffer.from([0, 1, 255]),
  }),
  'a wrapped opaque': command({ opaque: -2_147_483_648, flag: 1, code: -1000 }),
}

for (const [what, sample] of Object.entries(samples)) {
  for (const serialization of ['json', 'binary'] as const) {
    test(`${what} survives a ${serialization} frame`, (t) => {
      const sent = { ...sample, serialization }
      t.deepEqual(decodeAll(encodeFrame(sent)), [sent])
    })
  }
}

test('a frame that comes byte by byte is one command', (t) => {
  const sent = command({ ext: ext({ a: 'b' }), body: Buffer.from('body') })
  const frames = Buffer.concat([encodeFrame(sent), encodeFrame({ ...sent, opaque: 8 })])
  t.deepEqual(decodeAll(...[...frames].map((byte) => Uint8Array.of(byte))), [
    sent,
    { ...sent, opaque: 8 },
  ])
})

test('a chunk that ends anywhere in the second frame gives the first one at once', (t) => {
  const first = encodeFrame(command())
  const both = Buffer.concat([first, encodeFrame(command({ opaque: 8 }))])
  for (let cut = first.length; cut < both.length; cut++) {
    const commands = decodeAll(both.subarray(0, cut))
    t.is(commands.length, 1, `cut at ${cut}`)
    t.is(decodeAll(both.subarray(0, cut), both.subarray(cut)).length, 2, `cut at ${cut}`)
  }
})

test('frames before a bad one are still delivered', (t) => {
  const decoder = new FrameDecoder()
  decoder.push(Buffer.concat([encodeFrame(command()), Buffer.from('7fffffff', 'hex')]))
  t.is(decoder.next()?.opaque, 7)
  t.throws(() => decoder.next(), { instanceOf: MqError })
})

const refusals: Readonly<Record<string, Buffer>> = {
  'the length is negative': Buffer.from('ffffffff', 'hex'),
  'the length is less than its own four bytes': Buffer.from('00000003', 'hex'),
  'the frame exceeds 16 MiB': Buffer.from('00fffffd', 'hex'),
  'the serialization is unknown': frameOf('{}', { type: 2 }),
  'the header is longer than the frame': frameOf('{}', { headerLength: 3 }),
  'the header exceeds its own limit': frameOf('', {
    length: frameBytesMax - 4,
    headerLength: headerBytesMax + 1,
  }),
  'the header is empty': frameOf(''),
  'the header is not JSON': frameOf('{"code":'),
  'the header is an array': frameOf('[]'),
  'the code is text': frameOf('{"code":"105"}'),
  'the opaque is beyond 32 bits': frameOf('{"opaque":4294967296}'),
  'extFields is an array': frameOf('{"extFields":["a"]}'),
  'a field of extFields is an object': frameOf('{"extFields":{"a":{}}}'),
  'a binary header is too short': frameOf(Buffer.alloc(20), { type: 1 }),
  'a binary remark has a negative length': frameOf(binaryHeader('ffffffff', '00000000'), {
    type: 1,
  }),
  'a binary remark reaches out': frameOf(binaryHeader('00000001', '00000000'), { type: 1 }),
  'binary fields reach out': frameOf(binaryHeader('00000000', '00000001'), { type: 1 }),
  'a binary key reaches out': frameOf(binaryHeader('00000000', '00000006', '000100000000'), {
    type: 1,
  }),
  'a binary key has a negative length': frameOf(
    binaryHeader('00000000', '00000006', 'ffff00000000'),
    { type: 1 },
  ),
  'a binary value reaches out': frameOf(binaryHeader('00000000', '00000006', '000000000001'), {
    type: 1,
  }),
}

function binaryHeader(remarkLength: string, extLength: string, rest = ''): Buffer {
  return Buffer.from(`00690002010000000100000000${remarkLength}${extLength}${rest}`, 'hex')
}

for (const [reason, bytes] of Object.entries(refusals)) {
  test(`a frame is refused when ${reason}`, (t) => {
    t.throws(() => decodeAll(bytes), { instanceOf: MqError })
    t.throws(() => decodeAll(...[...bytes].map((byte) => Uint8Array.of(byte))), {
      instanceOf: MqError,
    })
  })
}

test('a frame of exactly 16 MiB passes', (t) => {
  const header = encodeFrame(command()).length
  const sent = command({ body: Buffer.alloc(frameBytesMax - header, 1) })
  t.is(decodeAll(encodeFrame(sent))[0]?.body?.length, frameBytesMax - header)
  t.throws(() => encodeFrame({ ...sent, body: Buffer.alloc(frameBytesMax - header + 1) }), {
    message: 'the frame is too large',
  })
})

test('an announced length costs no memory before its bytes arrive', (t) => {
  const decoder = new FrameDecoder()
  decoder.push(frameOf('', { length: frameBytesMax - 4, headerLength: 10 }))
  t.is(decoder.next(), undefined)
  t.is(decoder.pendingBytes, 8)
})

test('names of the object prototype are ordinary fields', (t) => {
  const [json] = decodeAll(
    frameOf('{"code":1,"extFields":{"__proto__":"p","constructor":"c","n":7,"b":true,"z":null}}'),
  )
  t.is(Object.getPrototypeOf(json?.ext), null)
  t.deepEqual(Object.entries(json?.ext ?? {}), [
    ['__proto__', 'p'],
    ['constructor', 'c'],
    ['n', '7'],
    ['b', 'true'],
  ])
  t.is(({} as Record<string, unknown>)['p'], undefined)

  const printed = encodeFrame({ ...(json as RemotingCommand), serialization: 'binary' })
  t.deepEqual(Object.entries(decodeAll(printed)[0]?.ext ?? {}), Object.entries(json?.ext ?? {}))
})

test('a bare number under __proto__ becomes text and changes no prototype', (t) => {
  const [json] = decodeAll(frameOf('{"extFields":{"__proto__":7}}'))
  t.deepEqual(Object.entries(json?.ext ?? {}), [['__proto__', '7']])
})

test('an unknown language is OTHER', (t) => {
  t.is(decodeAll(frameOf('{"code":1,"language":"COBOL"}'))[0]?.language, 'OTHER')
  const binary = encodeFrame(command({ serialization: 'binary' }))
  binary.writeUInt8(99, 8 + 2)
  t.is(decodeAll(binary)[0]?.language, 'OTHER')
})

test('a binary POP request is understood although its code is cut to 16 bits', (t) => {
  const request = command({ code: 200_050, serialization: 'binary' })
  t.is(encodeFrame(request).readInt16BE(8), 3442)
  t.is(decodeAll(encodeFrame(request))[0]?.code, 200_050)
  t.is(decodeAll(encodeFrame({ ...request, flag: 1 }))[0]?.code, 3442)
})
