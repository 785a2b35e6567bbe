// Source: BrokerStatsManager, StatsItem, StoreStatsService

import test from 'ava'
import { BrokerStats } from '../../../src/broker/stats.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function started(startMs?: number) {
  const clock = new FakeClock(startMs)
  const stats = new BrokerStats(clock, { brokerName: 'B', clusterName: 'C' })
  stats.start()
  return { clock, stats }
}

test('nothing is known of what was not counted', (t) => {
  const { stats } = started()
  t.is(stats.view('TOPIC_PUT_NUMS', 't'), undefined)
  t.is(stats.view('toString', 't'), undefined)
})

test('the last minute of a topic is its sum, its rate and the messages of one request', async (t) => {
  const { clock, stats } = started()
  for (let i = 0; i < 6; i++) {
    stats.put('t', 10, 1000)
    await clock.advance(10_000)
  }
  const minute = { sum: 60, tps: 1, avgpt: 10 }
  const none = { sum: 0, tps: 0, avgpt: 0 }
  t.deepEqual(stats.view('TOPIC_PUT_NUMS', 't'), {
    statsMinute: minute,
    statsHour: none,
    statsDay: none,
  })
  t.deepEqual(stats.view('BROKER_PUT_NUMS', 'C')?.statsMinute, minute)
  t.like(stats.view('TOPIC_PUT_SIZE', 't')?.statsMinute, { sum: 6000, avgpt: 1000 })
  t.is(stats.putRate('t'), 1)
})

test('what was more than a minute ago is in the hour, then in the day', async (t) => {
  const { clock, stats } = started()
  stats.got('t', 'g', 36, 100)
  await clock.advance(600_000)
  const view = () => stats.view('GROUP_GET_NUMS', 't@g')
  t.is(view()?.statsMinute.sum, 0)
  t.is(view()?.statsHour.sum, 36)
  await clock.advance(2 * 3_600_000)
  t.is(view()?.statsHour.sum, 0)
  t.is(view()?.statsDay.sum, 36)
})

test('what was idle for a day is forgotten', async (t) => {
  const { clock, stats } = started()
  stats.acked('t', 'g', 1)
  await clock.advance(23 * 3_600_000)
  t.truthy(stats.view('GROUP_ACK_NUMS', 't@g'))
  await clock.advance(3 * 3_600_000)
  t.is(stats.view('GROUP_ACK_NUMS', 't@g'), undefined)
})

test('the rates of the broker look back 10, 60 and 600 s where it is old enough', async (t) => {
  const { clock, stats } = started()
  await clock.advance(1000)
  t.deepEqual(stats.rates('putMessages'), [undefined, undefined, undefined])
  stats.put('t', 120, 1)
  await clock.advance(10_000)
  t.deepEqual(stats.rates('putMessages'), [12, undefined, undefined])
  await clock.advance(50_000)
  t.deepEqual(stats.rates('putMessages'), [0, 2, undefined])
  await clock.advance(540_000)
  t.deepEqual(stats.rates('putMessages'), [0, 0, 0.2])
})

test('totals of user topics are kept of each midnight', async (t) => {
  const evening = new Date(2026, 10, 20, 23, 59, 0).getTime()
  const { clock, stats } = started(evening)
  stats.put('t', 5, 1)
  await clock.advance(120_000)
  stats.put('t', 2, 1)
  stats.put('rmq_sys_X', 100, 1)
  t.is(stats.mornings.today.puts, 5)
  await clock.advance(24 * 3_600_000)
  t.deepEqual([stats.mornings.yesterday.puts, stats.mornings.today.puts], [5, 7])
  t.is(stats.totals.userPuts, 7)
  t.is(stats.totals.putMessages, 107)
})

test('messages sent back and dead letters are counted apart', async (t) => {
  const { clock, stats } = started()
  stats.sentBack('t', 'g', false)
  stats.sentBack('t', 'g', true)
  await clock.advance(10_000)
  t.is(stats.view('SNDBCK_PUT_NUMS', 't@g')?.statsMinute.sum, 1)
  t.is(stats.view('DLQ_PUT_NUMS', 't@g')?.statsMinute.sum, 1)
})

test('nothing ticks after the stop', (t) => {
  const { clock, stats } = started()
  stats.stop()
  t.is(clock.pending, 0)
})
