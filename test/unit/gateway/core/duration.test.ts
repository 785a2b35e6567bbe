import test from 'ava'
import { parseDuration, printDuration } from '../../../../gateway/core/duration.ts'

const rule = { pointer: '/wait', minMs: 10_000, maxMs: 43_200_000 }

test('durations are a number and a unit', (t) => {
  t.is(parseDuration('10000ms', rule), 10_000)
  t.is(parseDuration('30s', rule), 30_000)
  t.is(parseDuration('5m', rule), 300_000)
  t.is(parseDuration('12h', rule), 43_200_000)
})

test('anything else is refused with the pointer', (t) => {
  for (const text of ['', '30', 's', '-1s', '1.5s', ' 30s', '30 s', '1d', 30, null, undefined]) {
    t.throws(() => parseDuration(text, rule), { name: 'MqError' }, String(text))
  }
})

test('out of range is refused with the range and with the failure that was asked for', (t) => {
  const error = t.throws(() => parseDuration('9s', { ...rule, failure: 'illegal-invisible-time' }))
  t.like(error, {
    failure: 'illegal-invisible-time',
    message: 'allowed is 10s to 12h',
    detail: { pointer: '/wait' },
  })
})

test('durations print in their largest whole unit', (t) => {
  t.deepEqual([0, 999, 1000, 90_000, 60_000, 7_200_000].map(printDuration), [
    '0ms',
    '999ms',
    '1s',
    '90s',
    '1m',
    '2h',
  ])
})
