// S26: who goes on asking waits.

import test from 'ava'
import { RefusalPace } from '../../../../gateway/core/refusal-pace.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

function paced(perSecond: number) {
  const clock = new FakeClock()
  const startedAt = clock.now()
  const pace = new RefusalPace({ clock, perSecond: () => perSecond })
  const waits: number[] = []
  /** Notes how long each waited. */
  const refuse = (caller: string, times: number, bytes = 0): number => {
    let atOnce = 0
    for (let i = 0; i < times; i++) {
      const waiting = pace.wait(caller, bytes)
      if (!waiting) atOnce += 1
      else void waiting.then(() => void waits.push(clock.now() - startedAt))
    }
    return atOnce
  }
  return { clock, refuse, waits }
}

test('a tenth of a second is told at once, then one after the other', async (t) => {
  const { clock, refuse, waits } = paced(50)
  t.is(refuse('a', 9), 6)
  await clock.advance(1000)
  t.deepEqual(waits, [20, 40, 60])
})

test('a caller who is refused once in a while never waits', async (t) => {
  const { clock, refuse, waits } = paced(1)
  for (let i = 0; i < 5; i++) {
    t.is(refuse('a', 1), 1)
    await clock.advance(1000)
  }
  t.deepEqual(waits, [])
})

test('callers wait for themselves alone', (t) => {
  const { refuse } = paced(50)
  t.is(refuse('a', 100), 6)
  t.is(refuse('b', 6), 6)
})

test('nobody waits for longer than a second', async (t) => {
  const { clock, refuse, waits } = paced(50)
  refuse('a', 500)
  await clock.advance(1000)
  t.is(waits.length, 494)
  t.is(Math.max(...waits), 1000)
  t.is(clock.pending, 0)
})

test('what waits is bounded: beyond it a refusal is told at once', async (t) => {
  const mebibyte = 1024 * 1024
  const bytes = paced(50)
  t.is(bytes.refuse('a', 30, mebibyte), 6 + 8)
  await bytes.clock.advance(2000)
  t.is(bytes.refuse('a', 30, mebibyte), 6 + 8)

  const many = paced(50)
  t.is(many.refuse('a', 20_000), 10_000)
})
