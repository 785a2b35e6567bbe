import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { shortened } from '../../../../gateway/grpc/deadlines.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { grpcFront } from '../../../support/grpc-front.ts'

const yearMs = 365 * 24 * 3_600_000

test('a stream with a deadline of decades stays open', async (t) => {
  const { client } = await grpcFront(t)
  // With 49 years and more the low 32 bits of the milliseconds are below 0 here.
  const stream = client.telemetry({ deadlineMs: 60 * yearMs })
  const settings = { clientType: v2.ClientType.PRODUCER, publishing: {} }
  for (let round = 0; round < 2; round++) {
    stream.say(settings)
    t.is((await stream.next()).status?.code, v2.Code.OK)
    await sleep(50)
  }
  stream.end()
  t.is((await stream.ended).length, 2)
})

const timeouts: Record<string, string> = {
  '3S': '3S',
  '2500m': '2500m',
  '99999999m': '99999999m',
  '525600H': '2147483S',
  '99999999S': '2147483S',
  nonsense: 'nonsense',
}

for (const [asked, got] of Object.entries(timeouts)) {
  test(`a time-out of ${asked} is read as ${got}`, (t) => {
    t.is(shortened(asked), got)
  })
}
