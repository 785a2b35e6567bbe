// Every body reads any JSON or refuses it with an MqError, and reads what it printed.

import test from 'ava'
import fc from 'fast-check'
import { MqError } from '../../src/base/errors.ts'
import * as ack from '../../src/protocol/bodies/ack.ts'
import * as clients from '../../src/protocol/bodies/clients.ts'
import * as heartbeat from '../../src/protocol/bodies/heartbeat.ts'
import * as lists from '../../src/protocol/bodies/lists.ts'
import * as lock from '../../src/protocol/bodies/lock.ts'
import * as offsets from '../../src/protocol/bodies/offsets.ts'
import { parseRegistration, printRegistration } from '../../src/protocol/bodies/registration.ts'
import * as route from '../../src/protocol/bodies/route.ts'
import type { BodySpec } from '../../src/protocol/bodies/shape.ts'
import * as stats from '../../src/protocol/bodies/stats.ts'
import * as group from '../../src/protocol/bodies/subscription-group.ts'
import * as topic from '../../src/protocol/bodies/topic-config.ts'
import { FrameDecoder } from '../../src/protocol/frame.ts'
import { captures, goldenFrames } from '../support/golden-wire.ts'

type AnyBody = BodySpec<unknown>

const isBody = (value: unknown): value is AnyBody =>
  typeof value === 'object' && value !== null && 'print' in value && 'parse' in value

const files: readonly object[] = [
  ...[ack, clients, group, heartbeat, lists, lock, offsets, route, stats, topic],
]

// Shapes have a parse of two parameters, bodies of one.
const bodies: readonly AnyBody[] = [
  ...files.flatMap((file): unknown[] => Object.values(file)),
  { parse: parseRegistration, print: printRegistration },
]
  .filter(isBody)
  .filter(({ parse }) => parse.length === 1)

const someBody = fc.nat({ max: bodies.length - 1 }).map((index) => bodies[index] as AnyBody)

function reads(spec: AnyBody, bytes: Uint8Array): boolean {
  try {
    const value = spec.parse(bytes)
    const printed = spec.print(value)
    const again = spec.print(spec.parse(printed))
    if (!Buffer.from(again).equals(Buffer.from(printed))) throw new Error('printed otherwise')
    return true
  } catch (error) {
    if (error instanceof MqError) return false
    throw error
  }
}

const limits = { numRuns: 1000, interruptAfterTimeLimit: 2000 }

test('any JSON is a body or a refusal', (t) => {
  t.true(bodies.length > 25, `${bodies.length} bodies`)
  fc.assert(
    fc.property(someBody, fc.json({ noUnicodeString: false }), (spec, json) => {
      reads(spec, Buffer.from(json))
    }),
    limits,
  )
})

test('any bytes are a body or a refusal', (t) => {
  fc.assert(
    fc.property(someBody, fc.uint8Array({ maxLength: 80 }), (spec, bytes) => {
      reads(spec, bytes)
    }),
    limits,
  )
  t.pass()
})

test('golden bodies with changed bytes, given to any reader, are a body or a refusal', (t) => {
  const golden = captures.flatMap(goldenFrames).flatMap(({ bytes }) => {
    const decoder = new FrameDecoder()
    decoder.push(bytes)
    const body = decoder.next()?.body
    return body?.[0] === 0x7b && body.length < 2000 ? [Buffer.from(body)] : []
  })
  let read = 0
  fc.assert(
    fc.property(
      someBody,
      fc.nat({ max: golden.length - 1 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 127 })), { maxLength: 3 }),
      (spec, index, changes) => {
        const bytes = Buffer.from(golden[index] ?? [])
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        if (reads(spec, bytes)) read += 1
      },
    ),
    limits,
  )
  t.true(read > 50, `${read} were read`)
})
