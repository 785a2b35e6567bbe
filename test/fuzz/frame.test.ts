// Whatever comes in, the decoder answers with commands or an MqError, and holds no more than came.

import test from 'ava'
import fc from 'fast-check'
import { MqError } from '../../src/base/errors.ts'
import type { RemotingCommand } from '../../src/protocol/command.ts'
import { FrameDecoder } from '../../src/protocol/frame.ts'
import { encodeFrame } from '../../src/protocol/frame-writer.ts'
import { captures, goldenFrames } from '../support/golden-wire.ts'

const limits = { interruptAfterTimeLimit: 2000, numRuns: 1500 }

/** Cuts `bytes` at the given places, each a share of what is left. */
function* chunksOf(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  let at = 0
  for (const cut of cuts) {
    const size = Math.floor(cut * (bytes.length - at))
    yield bytes.subarray(at, at + size)
    at += size
  }
  yield bytes.subarray(at)
}

function decode(bytes: Buffer, cuts: readonly number[]): RemotingCommand[] | MqError {
  const decoder = new FrameDecoder()
  const commands: RemotingCommand[] = []
  let received = 0
  try {
    for (const chunk of chunksOf(bytes, cuts)) {
      decoder.push(chunk)
      for (let next = decoder.next(); next; next = decoder.next()) commands.push(next)
      received += chunk.length
      if (decoder.pendingBytes > received) throw new Error('more is held than came')
    }
    return commands
  } catch (error) {
    if (error instanceof MqError) return error
    throw error
  }
}

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })

/** A frame whose lengths fit, around a header of any bytes: it gets past the first checks. */
const plausible = fc
  .tuple(fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 120 }), fc.uint8Array({ maxLength: 20 }))
  .map(([type, header, body]) => {
    const frame = Buffer.alloc(8 + header.length + body.length)
    frame.writeInt32BE(4 + header.length + body.length, 0)
    frame.writeInt32BE((type << 24) | header.length, 4)
    frame.set(header, 8)
    frame.set(body, 8 + header.length)
    return frame
  })

const text = fc.string({ unit: 'binary', maxLength: 20 })

const commands: fc.Arbitrary<RemotingCommand> = fc.record({
  code: fc.integer({ min: -32_768, max: 32_767 }).filter((code) => code < 3442 || code > 3543),
  language: fc.constantFrom('JAVA', 'GO', 'OTHER', 'RUST'),
  version: fc.integer({ min: 0, max: 32_767 }),
  opaque: fc.integer(),
  flag: fc.integer({ min: 0, max: 3 }),
  remark: fc.option(
    text.filter((remark) => remark !== ''),
    { nil: undefined },
  ),
  ext: fc.option(
    fc
      .dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString')), text, {
        minKeys: 1,
        maxKeys: 6,
        noNullPrototype: false,
      })
      .map((fields) => Object.assign(Object.create(null), fields)),
    { nil: undefined },
  ),
  body: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined }),
  serialization: fc.constantFrom('json', 'binary'),
})

const plain = (command: RemotingCommand) => ({
  ...command,
  ext: command.ext && Object.entries(command.ext),
  body: command.body && Buffer.from(command.body).toString('hex'),
})

test('any bytes, in any chunks, are commands or a refusal', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), plausible), shares, (bytes, cuts) => {
      decode(Buffer.from(bytes), cuts)
    }),
    limits,
  )
  t.pass()
})

test('commands come back as they were, however the bytes are cut', (t) => {
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 4 }), shares, (sent, cuts) => {
      const received = decode(Buffer.concat(sent.map(encodeFrame)), cuts)
      t.deepEqual((received as RemotingCommand[]).map(plain), sent.map(wireForm).map(plain))
    }),
    { ...limits, numRuns: 500 },
  )
})

/** Text that is no Unicode is replaced in UTF-8 and kept by JSON's escapes. */
function wireForm(command: RemotingCommand): RemotingCommand {
  if (command.serialization === 'json') return command
  const whole = (value: string): string => Buffer.from(value).toString()
  const ext: Record<string, string> | undefined = command.ext && Object.create(null)
  for (const [key, value] of Object.entries(command.ext ?? {})) {
    if (ext) ext[whole(key)] = whole(value)
  }
  return { ...command, remark: command.remark && whole(command.remark), ext }
}

test('golden frames with changed bytes are commands or a refusal', (t) => {
  const frames = captures.flatMap(goldenFrames).map(({ bytes }) => bytes)
  fc.assert(
    fc.property(
      fc.nat({ max: frames.length - 1 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      shares,
      (index, changes, cuts) => {
        const bytes = Buffer.from(frames[index] ?? [])
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        decode(bytes, cuts)
      },
    ),
    limits,
  )
  t.pass()
})
