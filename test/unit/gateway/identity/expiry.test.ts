import test from 'ava'
import { Expiry } from '../../../../gateway/identity/expiry.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

/** As node's timers: what is longer than 2^31 - 1 ms runs at once. */
class NodeClock extends FakeClock {
  override after(ms: number, run: () => void) {
    return super.after(ms > 0x7fffffff ? 1 : ms, run)
  }
}

const dayMs = 24 * 3_600_000

function watched() {
  const clock = new NodeClock()
  const said: unknown[] = []
  const expiry = new Expiry(clock, {
    soon: (inMs) => said.push(inMs),
    over: () => said.push('over'),
  })
  return { clock, expiry, said }
}

test('a credential that lives for a year is believed for a year', async (t) => {
  const { clock, expiry, said } = watched()
  expiry.set(clock.now() + 365 * dayMs)
  await clock.advance(364 * dayMs)
  t.deepEqual(said, [])
  await clock.advance(dayMs)
  t.deepEqual(said, [60_000, 'over'])
  t.is(clock.pending, 0)
})

test('a later time takes the place of the one before it', async (t) => {
  const { clock, expiry, said } = watched()
  expiry.set(clock.now() + 70_000)
  await clock.advance(20_000)
  expiry.set(clock.now() + 3_600_000)
  await clock.advance(1_000_000)
  t.deepEqual(said, [60_000])
  expiry.set(undefined)
  t.is(clock.pending, 0)
})
