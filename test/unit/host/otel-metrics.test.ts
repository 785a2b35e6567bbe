import test from 'ava'
import { otelMetrics } from '../../../src/host/otel-metrics.ts'

test('counters are totals by their labels, whoever made the labels', async (t) => {
  const metrics = otelMetrics()
  const counter = metrics.counter('rocketway_test_things_total', 'Things.')
  const kept = { kind: 'a', way: 'in' }
  counter.add(1, kept)
  counter.add(2, kept)
  counter.add(4, { way: 'in', kind: 'a' })
  counter.add(8, { kind: 'b', way: 'in' })
  const read = async () =>
    (await metrics.prometheus()).split('\n').filter((line) => line.includes('things_total{kind'))
  const first = await read()
  t.is(first.length, 2)
  t.regex(first[0] ?? '', /kind="a",way="in".* 7\b/)
  t.regex(first[1] ?? '', /kind="b",way="in".* 8\b/)
  counter.add(1, kept)
  t.regex((await read())[0] ?? '', / 8\b/)
  await metrics.stop()
})

test('a counter without labels shows once it counted', async (t) => {
  const metrics = otelMetrics()
  const counter = metrics.counter('rocketway_test_bare_total', 'Things.')
  t.false(/^rocketway_test_bare_total.* \d/m.test(await metrics.prometheus()))
  counter.add(3)
  t.regex(await metrics.prometheus(), /^# TYPE rocketway_test_bare_total counter$/m)
  t.regex(await metrics.prometheus(), /^rocketway_test_bare_total\S* 3\b/m)
  await metrics.stop()
})
