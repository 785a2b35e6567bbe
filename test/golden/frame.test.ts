// Every frame of real traffic decodes, encodes to the same bytes and is declared in the table.

import test from 'ava'
import { isResponse, type RemotingCommand } from '../../src/protocol/command.ts'
import { FrameDecoder } from '../../src/protocol/frame.ts'
import { encodeFrame } from '../../src/protocol/frame-writer.ts'
import { commonFields, requests } from '../../src/protocol/requests/index.ts'
import { captures, type GoldenFrame, goldenFrames } from '../support/golden-wire.ts'

function decode(bytes: Uint8Array): RemotingCommand {
  const decoder = new FrameDecoder()
  decoder.push(bytes)
  const command = decoder.next()
  if (command === undefined) throw new Error('the frame is not complete')
  return command
}

for (const capture of captures) {
  const frames = goldenFrames(capture)

  test(`${capture}: every frame decodes to what was captured`, (t) => {
    t.true(frames.length > 100)
    for (const frame of frames) {
      const command = decode(frame.bytes)
      t.is(isResponse(command), frame.kind === 'response')
      const spec = specOf(frame)
      t.is(command.code, frame.kind === 'response' ? frame.code : spec.code, frame.name)
    }
  })

  test(`${capture}: every frame is encoded to the same bytes`, (t) => {
    for (const frame of frames) {
      const again = encodeFrame(decode(frame.bytes))
      t.true(again.equals(frame.bytes), `${frame.name} ${frame.exchange} ${frame.kind}`)
    }
  })

  test(`${capture}: every header field is declared in the table`, (t) => {
    for (const frame of frames) t.deepEqual(undeclared(frame), [], frame.name)
  })

  test(`${capture}: every header parses and prints the same fields`, (t) => {
    for (const frame of frames) {
      const command = decode(frame.bytes)
      const spec = specOf(frame)
      if (frame.kind === 'response') {
        if (command.code === 0) t.notThrows(() => spec.parseReply(command.ext), frame.name)
        continue
      }
      const printed = spec.printHeader(spec.parseHeader(command.ext))
      for (const [field, value] of Object.entries(command.ext ?? {})) {
        if (commonFields.has(field) && printed[field] === undefined) continue
        const same = value === '9223372036854775807' ? '9007199254740991' : value
        t.is(printed[field], same, `${frame.name} ${field}`)
      }
    }
  })
}

test('a frame that is cut off anywhere is not a command yet', (t) => {
  const wrong: string[] = []
  for (const { bytes, name } of captures.flatMap(goldenFrames)) {
    for (let size = 0; size < bytes.length; size++) {
      const decoder = new FrameDecoder()
      decoder.push(bytes.subarray(0, size))
      if (decoder.next() !== undefined || decoder.pendingBytes !== size) {
        wrong.push(`${name} cut to ${size}`)
      }
    }
  }
  t.deepEqual(wrong, [])
})

test('the rest of a frame that was cut off makes it whole, and the next one follows', (t) => {
  for (const { bytes, name } of captures.flatMap(goldenFrames)) {
    const size = bytes.length >> 1
    const decoder = new FrameDecoder()
    decoder.push(bytes.subarray(0, size))
    t.is(decoder.next(), undefined)
    decoder.push(Buffer.concat([bytes.subarray(size), bytes]))
    t.deepEqual(decoder.next(), decode(bytes), name)
    t.deepEqual(decoder.next(), decode(bytes), name)
  }
})

test('a frame whose length says less than it has is refused', (t) => {
  for (const { bytes, name } of captures.flatMap(goldenFrames)) {
    const headerBytes = bytes.readUIntBE(5, 3)
    const cut = Buffer.from(bytes)
    cut.writeInt32BE(3 + headerBytes, 0)
    t.throws(() => decode(cut), { name: 'MqError' }, name)
  }
})

test('frames that come byte by byte are the same commands', (t) => {
  for (const frame of goldenFrames('json').filter(({ bytes }) => bytes.length < 2000)) {
    const decoder = new FrameDecoder()
    let command: RemotingCommand | undefined
    for (const byte of frame.bytes) {
      decoder.push(Buffer.of(byte))
      command = decoder.next()
    }
    t.deepEqual(command, decode(frame.bytes), frame.name)
  }
})

function specOf(frame: GoldenFrame) {
  const spec = [...requests.values()].find(({ name }) => name === frame.name)
  if (spec === undefined) throw new Error(`${frame.name} is not in the table`)
  return spec
}

function undeclared(frame: GoldenFrame): string[] {
  const spec = specOf(frame)
  const fields = frame.kind === 'response' ? spec.reply : spec.header
  const declared = new Set(Object.entries(fields).map(([key, field]) => field.wire ?? key))
  return Object.keys(decode(frame.bytes).ext ?? {}).filter(
    (field) => !declared.has(field) && !commonFields.has(field),
  )
}
