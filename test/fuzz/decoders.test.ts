// Damaged inputs for each decoder of what a peer sends: each is read or refused with an MqError,
// none takes the loop for long, none asks for memory that did not come.
//
// The inputs are golden frames and texts with bytes changed, cut, repeated and lengths made
// large. SEED=n tries others, COUNT=n more: the whole form is COUNT=100000.

import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import { MqError } from '../../src/base/errors.ts'
import { parseLooseJson } from '../../src/base/loose-json.ts'
import { parseHeartbeat } from '../../src/broker/heartbeat.ts'
import { parseReceipt as parseBrokerReceipt } from '../../src/broker/pop/receipt.ts'
import { parseReceipt } from '../../src/client/receipt.ts'
import { compileFilter } from '../../src/filter/filter.ts'
import { decodeBatch, encodeBatch } from '../../src/message/batch.ts'
import { parseOffsetMessageId } from '../../src/message/id.ts'
import { parseProperties, printProperties } from '../../src/message/properties.ts'
import { parseRecallHandle, printRecallHandle } from '../../src/message/recall-handle.ts'
import { decodeRecords } from '../../src/message/record.ts'
import { readRegisterBody } from '../../src/namesrv/register-body.ts'
import { offsetsOfBits } from '../../src/protocol/bodies/ack.ts'
import {
  parseRegistration,
  printCompressedRegistration,
} from '../../src/protocol/bodies/registration.ts'
import { FrameDecoder } from '../../src/protocol/frame.ts'
import { requests } from '../../src/protocol/requests/index.ts'
import { captures, commandOf, goldenFrames } from '../support/golden-wire.ts'
import { seededRandom } from '../support/seeded-random.ts'

const count = Number(process.env['COUNT'] ?? 20_000)
const seed = Number(process.env['SEED'] ?? 20_261_123)
/** Of one input, in time that the processor worked, with the collector's on a slow machine. */
const stallMsMax = 1000
const heldBytesMax = 64 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What native handles hold goes some turns after they were collected. */
async function collected(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    collectGarbage()
    await sleep(20)
  }
}

type Random = ReturnType<typeof seededRandom>

const frames = captures.flatMap(goldenFrames)
const commands = frames.map(commandOf)
const jsonBodies = commands.flatMap(({ body }) => (body?.[0] === 0x7b ? [Buffer.from(body)] : []))
const small = (bytes: Uint8Array) => bytes.length < 4096
const texts = (...all: string[]) => all.map((one) => Buffer.from(one))

const registrations = commands
  .filter(({ code, body }) => code === 103 && body?.[0] === 0x7b)
  .map(({ body }) => Buffer.from(body ?? []))
const compressed = registrations
  .slice(0, 3)
  .map((body) => Buffer.from(printCompressedRegistration(parseRegistration(body))))
const records = frames
  .filter(({ code, kind, name }) => kind === 'response' && code === 0 && /PULL|POP_/.test(name))
  .map((frame) => Buffer.from(commandOf(frame).body ?? []))
  .filter((body) => body.length > 0)
const batch = encodeBatch(
  ['a', 'bc'].map((text) => ({
    flag: 1,
    body: Buffer.from(text),
    properties: printProperties([['KEYS', text]]),
  })),
)
const exts = commands.flatMap(({ code, ext }) => (ext && requests.has(code) ? [{ code, ext }] : []))
const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const utf8 = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')

const sql = [
  "a > 5 AND (b IS NOT NULL OR c BETWEEN 1 AND 2.5e3) AND NOT d IN ('x', 'it''s')",
  "region CONTAINS 'eu' OR name STARTSWITH 'a' -- the rest\n AND price <= .5 /* or */",
]

const decoders: Readonly<
  Record<string, { corpus: readonly Uint8Array[]; decode: (bytes: Buffer, random: Random) => void }>
> = {
  frames: {
    corpus: frames.map(({ bytes }) => bytes).filter(small),
    decode(bytes) {
      const decoder = new FrameDecoder()
      decoder.push(bytes)
      while (decoder.next())
        if (decoder.pendingBytes > bytes.length) throw new Error('more is held')
    },
  },
  'headers of requests': {
    corpus: exts.map(({ ext }) => Buffer.from(JSON.stringify(ext))),
    decode(bytes, random) {
      const { code, ext } = exts[random.below(exts.length)] ?? { code: 0, ext: {} }
      const value = utf8(bytes).slice(0, 60)
      const names = Object.keys(ext)
      const name = names[random.below(names.length)] ?? 'topic'
      requests.get(code)?.parseHeader({ ...ext, [name]: value })
    },
  },
  json: { corpus: jsonBodies.filter(small), decode: (bytes) => parseLooseJson(utf8(bytes)) },
  heartbeats: {
    corpus: commands.flatMap(({ code, body }) => (code === 34 && body ? [Buffer.from(body)] : [])),
    decode: (bytes) => parseHeartbeat(bytes),
  },
  registrations: {
    corpus: registrations.filter(small),
    decode: (bytes) => readRegisterBody(bytes, 513),
  },
  'compressed registrations': {
    corpus: [...compressed, deflateSync(Buffer.alloc(1000))],
    decode: (bytes) => readRegisterBody(bytes, 513),
  },
  records: { corpus: records.filter(small), decode: (bytes) => decodeRecords(bytes) },
  batches: { corpus: [Buffer.from(batch)], decode: (bytes) => decodeBatch(bytes) },
  properties: {
    corpus: texts(
      printProperties([
        ['KEYS', 'a b'],
        ['TAGS', 't'],
        ['ключ', 'значение'],
      ]),
    ),
    decode: (bytes) => parseProperties(utf8(bytes)),
  },
  'SQL92 filters': {
    corpus: texts(...sql),
    decode: (bytes) => compileFilter('SQL92', utf8(bytes)).matches(() => '7'),
  },
  'tag filters': {
    corpus: texts('a || b || c', '*', ' x||y '),
    decode: (bytes) => compileFilter('TAG', utf8(bytes)).matches(() => 'a'),
  },
  receipts: {
    corpus: texts('0 1795452795901 10000 0 0 broker-c 0 1', '6 1795452795901 1 7 2 b 3 9 123'),
    decode(bytes) {
      parseBrokerReceipt(latin(bytes))
      parseReceipt(latin(bytes), 't', 'g', 0)
    },
  },
  'recall handles': {
    corpus: texts(
      printRecallHandle({
        topic: 't',
        brokerName: 'b',
        deliverAt: 1_795_452_772_001,
        messageId: 'F0',
      }),
    ),
    decode: (bytes) => parseRecallHandle(latin(bytes)),
  },
  'message ids': {
    corpus: texts('7F00000100002AB30000000000006196'),
    decode: (bytes) => parseOffsetMessageId(latin(bytes)),
  },
  'sets of acks': {
    corpus: texts('AQ==', '/////w==', 'gAAAAAAAAAAB'),
    decode: (bytes) => offsetsOfBits(7, latin(bytes)),
  },
}

for (const [name, { corpus, decode }] of Object.entries(decoders)) {
  test(`${count} damaged ${name} are read or refused`, async (t) => {
    t.true(corpus.length > 0, 'there is something to damage')
    const random = seededRandom(seed)
    let [read, slowest] = [0, 0]
    await collected()
    const heldBefore = process.memoryUsage().arrayBuffers
    for (let at = 0; at < count; at++) {
      const bytes = damaged(corpus[random.below(corpus.length)] ?? Buffer.alloc(0), random)
      const startedAt = process.cpuUsage().user
      try {
        decode(bytes, random)
        read++
      } catch (error) {
        if (!(error instanceof MqError)) {
          t.log(`input ${at} of seed ${seed}: ${bytes.toString('hex').slice(0, 400)}`)
          throw error
        }
      }
      slowest = Math.max(slowest, (process.cpuUsage().user - startedAt) / 1000)
    }
    t.true(read > 0, 'some are read')
    t.log(`the slowest took ${slowest.toFixed(1)} ms`)
    t.true(slowest <= stallMsMax, `the slowest took ${slowest} ms`)
    await collected()
    const held = process.memoryUsage().arrayBuffers - heldBefore
    t.true(held < heldBytesMax, `${held} bytes are held`)
  })
}

/** Lengths that a careless decoder would allocate. */
const lengths = [0x7fffffff, -1, 0x00ffffff, 0x40000000, 0]

/** A copy with one to three things done to it. */
function damaged(from: Uint8Array, random: Random): Buffer {
  let bytes = Buffer.from(from)
  for (let left = 1 + random.below(3); left > 0 && bytes.length > 0; left--) {
    const at = random.below(bytes.length)
    switch (random.below(6)) {
      case 0:
        bytes[at] = random.below(256)
        break
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
        break
      case 2:
        bytes = bytes.subarray(0, at)
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(at + 1))])
        break
      case 4:
        if (at + 4 <= bytes.length) {
          bytes.writeInt32BE(lengths[random.below(lengths.length)] ?? 0, at)
        }
        break
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.of(random.below(256)),
          bytes.subarray(at),
        ])
    }
  }
  return bytes
}
