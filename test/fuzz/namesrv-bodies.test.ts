// Whatever a broker or tool sends, the namesrv answers or refuses, and its routes stay JSON.

import { deflateSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { ask, namesrvParts } from '../support/namesrv.ts'

const text = fc.string({ unit: 'binary', maxLength: 12 })
const number = fc.oneof(fc.integer(), fc.double(), fc.constant(null), text)
const settings = fc.record(
  {
    topicName: fc.oneof(text, number),
    readQueueNums: number,
    writeQueueNums: number,
    perm: number,
    topicSysFlag: number,
    attributes: fc.dictionary(text, text),
  },
  { requiredKeys: [] },
)
const body = fc.oneof(
  fc
    .record({
      filterServerList: fc.array(text),
      topicConfigSerializeWrapper: fc.record(
        {
          dataVersion: fc.record({ counter: number, timestamp: number, stateVersion: number }),
          topicConfigTable: fc.dictionary(text, settings),
        },
        { requiredKeys: [] },
      ),
    })
    .map((value) => Buffer.from(JSON.stringify(value))),
  fc.json().map((value) => Buffer.from(value)),
  fc.uint8Array({ maxLength: 60 }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => deflateSync(bytes)),
)

const header = {
  clusterName: 'c',
  brokerName: 'b',
  brokerAddr: 'a:1',
  brokerId: '0',
  haServerAddr: '',
}

test('any registration body is taken in or refused', async (t) => {
  await fc.assert(
    fc.asyncProperty(body, fc.integer({ min: 0, max: 600 }), async (bytes, version) => {
      const parts = namesrvParts()
      const { code } = await ask(parts, 103, header, { body: bytes, version })
      if (![0, 1, 2, 13].includes(code)) return false
      JSON.parse(Buffer.from(parts.routes.clusterInfo()).toString())
      for (const topic of parts.routes.topics()) {
        JSON.parse(Buffer.from(parts.routes.route(topic) ?? '').toString())
      }
      return true
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('any body of the other requests is taken in or refused', async (t) => {
  const codes = fc.constantFrom(217, 318, 322)
  await fc.assert(
    fc.asyncProperty(body, codes, async (bytes, request) => {
      const parts = namesrvParts()
      const ext = request === 217 ? { topic: 't' } : request === 322 ? header : {}
      const { code } = await ask(parts, request, ext, { body: bytes })
      return [0, 13, 16, 29].includes(code)
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
