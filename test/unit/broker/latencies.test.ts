// Source: StoreStatsService (5.5.0)

import test from 'ava'
import { Latencies, timedReader, timedSends } from '../../../src/broker/latencies.ts'
import type { Reader, ReadResult } from '../../../src/broker/ports.ts'
import { sendMessageV2 } from '../../../src/protocol/requests/send.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const call = (arrivedMs: number) => ({ arrivedMs }) as never

test('sends are counted in the rows of Apache', (t) => {
  const latencies = new Latencies()
  for (const ms of [0, 0, 1, 9, 10, 499, 1000, 4999, 60_000]) latencies.put(ms)
  t.is(
    latencies.distribution,
    '[<=0ms]:2 [0~10ms]:2 [10~50ms]:1 [50~100ms]:0 [100~200ms]:0 [200~500ms]:1 [500ms~1s]:0 ' +
      '[1~2s]:1 [2~3s]:0 [3~4s]:0 [4~5s]:1 [5~10s]:0 [10s~]:1 ',
  )
  t.is(latencies.putMaxMs, 60_000)
})

test('percentiles are those of the last whole minute', (t) => {
  const latencies = new Latencies()
  latencies.tick(0)
  for (let ms = 0; ms < 1000; ms++) latencies.put(ms)
  t.is(latencies.percentile(0.99), 0, 'this minute runs still')
  latencies.tick(59_999)
  t.is(latencies.percentile(0.99), 0)
  latencies.tick(60_000)
  t.is(Math.round(latencies.percentile(0.99)), 990)
  t.is(Math.round(latencies.percentile(0.5)), 499)
  t.is(latencies.distribution.match(/:0 /g)?.length, 13, 'another minute has begun')
  latencies.tick(120_000)
  t.is(latencies.percentile(0.99), 0, 'a minute without sends')
})

test('a send is timed from its arrival to its answer, anything else is not', (t) => {
  const clock = new FakeClock()
  const latencies = new Latencies()
  const hook = timedSends(latencies, { monotonic: () => clock.monotonic() + 42.9 })
  hook.after?.(sendMessageV2, 0, call(clock.monotonic()))
  hook.after?.({ ...sendMessageV2, code: 11 }, 0, call(-1000))
  t.is(latencies.putMaxMs, 42)
  t.regex(latencies.distribution, /\[10~50ms\]:1 /)
})

test('a read is timed whether it is hot or cold', async (t) => {
  const clock = new FakeClock()
  const latencies = new Latencies()
  const result = {} as ReadResult
  const reader: Reader = {
    recordAt: () => undefined,
    read: ({ offset }) => (offset === 0 ? result : clock.sleep(30).then(() => result)),
  }
  const timed = timedReader(reader, latencies, clock)
  const query = { topic: 't', queueId: 0, maxCount: 1, maxBytes: 1 }
  t.is(timed.read({ ...query, offset: 0 }), result)
  t.is(latencies.readMaxMs, 0)
  const cold = timed.read({ ...query, offset: 1 })
  await clock.advance(30)
  t.is(await cold, result)
  t.is(latencies.readMaxMs, 30)
})
