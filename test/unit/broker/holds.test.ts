import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { HeldRequests, type Waiter } from '../../../src/broker/holds.ts'
import type { Reply } from '../../../src/remoting/dispatch.ts'
import { FakePeer } from '../../support/broker.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'

const limits = { countMax: 3, perKeyMax: 2 }

/** Holds a request that answers with `nothing` until the test gives it something. */
function hold(
  holds: HeldRequests<number>,
  given: Partial<Waiter<number>> & { peer?: FakePeer; now: number },
) {
  const answers: unknown[] = []
  const held = holds.hold(
    {
      keys: given.keys ?? ['k'],
      deadlineMs: given.deadlineMs ?? given.now + 1000,
      again: given.again ?? ((final) => (final ? { remark: 'nothing' } : undefined)),
      ...(given.wants ? { wants: given.wants } : {}),
    },
    given.peer ?? new FakePeer(),
  )
  held?.attach({
    closed: false,
    reply: (reply) => void answers.push(reply.remark),
    fail: (error) => void answers.push((error as MqError).failure),
  })
  return { held, answers }
}

test('a held request is answered at its deadline and leaves nothing behind', async (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const { answers } = hold(holds, { now: clock.monotonic() })
  await clock.advance(900)
  t.deepEqual(answers, [])
  await clock.advance(200)
  t.deepEqual(answers, ['nothing'])
  t.is(holds.count, 0)
  t.is(holds.waiting('k'), 0)
  t.is(clock.pending, 0)
})

test('an arrival runs the requests under its key only', (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const now = clock.monotonic()
  const here = hold(holds, { now, again: () => ({ remark: 'found' }) })
  const elsewhere = hold(holds, { now, keys: ['other'], again: () => ({ remark: 'found' }) })
  t.is(holds.wake('k', 1), 1)
  t.deepEqual(here.answers, ['found'])
  t.deepEqual(elsewhere.answers, [])
  holds.stop()
})

test('a request that finds nothing goes on waiting', async (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const { answers } = hold(holds, { now: clock.monotonic() })
  t.is(holds.wake('k', 1), 0)
  t.deepEqual(answers, [])
  await clock.advance(1100)
  t.deepEqual(answers, ['nothing'])
})

test('a request that does not want the arrival is not run', (t) => {
  const holds = new HeldRequests<number>(new FakeClock(), limits)
  let runs = 0
  const again = (): Reply => ({ remark: `run ${++runs}` })
  hold(holds, { now: 0, deadlineMs: Number.MAX_SAFE_INTEGER, wants: (one) => one > 5, again })
  holds.wake('k', 5)
  t.is(runs, 0)
  holds.wake('k', 6)
  t.is(runs, 1)
})

test('an arrival for one answers the oldest only', (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const again = (): Reply => ({ remark: 'found' })
  const first = hold(holds, { now: clock.monotonic(), again })
  const second = hold(holds, { now: clock.monotonic(), again })
  t.is(holds.wake('k', 1, 1), 1)
  t.deepEqual([first.answers, second.answers], [['found'], []])
  holds.stop()
})

test('what a request throws is its answer', (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const again = (): Reply => {
    throw new MqError('topic-not-found')
  }
  const { answers } = hold(holds, { now: clock.monotonic(), again })
  holds.wake('k', 1)
  t.deepEqual(answers, ['topic-not-found'])
  t.is(holds.count, 0)
})

test('requests go with their connection, unanswered', (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const peer = new FakePeer()
  const { answers } = hold(holds, { now: clock.monotonic(), peer })
  peer.close()
  t.is(holds.count, 0)
  t.is(holds.wake('k', 1), 0)
  t.deepEqual(answers, [])
  t.is(clock.pending, 0)
})

test('there is room for so many under one key and so many in all', (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const now = clock.monotonic()
  t.truthy(hold(holds, { now }).held)
  t.truthy(hold(holds, { now }).held)
  t.is(hold(holds, { now }).held, undefined)
  t.truthy(hold(holds, { now, keys: ['other'] }).held)
  t.is(hold(holds, { now, keys: ['third'] }).held, undefined)
  holds.stop()
})

test('a wake during a cold read runs the request once more after it', async (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const reads: ((reply: Reply | undefined) => void)[] = []
  const again = (): Promise<Reply | undefined> => new Promise((resolve) => reads.push(resolve))
  const { answers } = hold(holds, { now: clock.monotonic(), again })
  holds.wake('k', 1)
  holds.wake('k', 2)
  t.is(reads.length, 1)
  reads[0]?.(undefined)
  await settle()
  t.is(reads.length, 2)
  reads[1]?.({ remark: 'found' })
  await settle()
  t.deepEqual(answers, ['found'])
})

test('a stop answers all that wait', (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const { answers } = hold(holds, { now: clock.monotonic(), deadlineMs: clock.monotonic() + 1e9 })
  holds.stop()
  t.deepEqual(answers, ['nothing'])
  t.is(clock.pending, 0)
})

test('a deadline beyond a turn of the wheel is kept', async (t) => {
  const clock = new FakeClock()
  const holds = new HeldRequests<number>(clock, limits)
  const { answers } = hold(holds, {
    now: clock.monotonic(),
    deadlineMs: clock.monotonic() + 60_000,
  })
  await clock.advance(59_900)
  t.deepEqual(answers, [])
  await clock.advance(200)
  t.deepEqual(answers, ['nothing'])
})
