import test from 'ava'
import { systemClock } from '../../../src/host/system-clock.ts'
import { systemRandom } from '../../../src/host/system-random.ts'

// Nothing here depends on how long something takes: a timer of 0 ms only has to fire.
const fired = (arm: (run: () => void) => unknown): Promise<void> =>
  new Promise((resolve) => {
    // The clock's timers do not keep a process alive; a turn after another does.
    const turn = (): void => {
      if (!isDone) systemClock.endOfTurn(turn)
    }
    let isDone = false
    arm(() => {
      isDone = true
      resolve()
    })
    turn()
  })

test('time goes on and both clocks say so', async (t) => {
  const monotonic = systemClock.monotonic()
  await fired((run) => systemClock.after(2, run))
  t.true(systemClock.monotonic() > monotonic)
  t.true(systemClock.now() > 1_700_000_000_000)
})

test('a cancelled timer does not fire', async (t) => {
  systemClock.after(0, () => t.fail('the timer fired')).cancel()
  systemClock.every(0, () => t.fail('the timer fired')).cancel()
  await fired((run) => systemClock.after(5, run))
  t.pass()
})

test('a repeated timer goes on until it is cancelled', async (t) => {
  let count = 0
  await fired((run) => {
    const timer = systemClock.every(1, () => {
      count += 1
      if (count === 3) {
        timer.cancel()
        run()
      }
    })
  })
  t.is(count, 3)
})

test('a time too long for the system is waited for, not skipped', async (t) => {
  const timer = systemClock.after(2 ** 40, () => t.fail('the timer fired at once'))
  await fired((run) => systemClock.after(5, run))
  timer.cancel()
  t.pass()
})

test('the end of the turn comes after what runs now and its promises', async (t) => {
  const order: string[] = []
  await new Promise<void>((resolve) => {
    systemClock.endOfTurn(() => {
      order.push('end of turn')
      resolve()
    })
    void Promise.resolve().then(() => order.push('promise'))
    order.push('now')
  })
  t.deepEqual(order, ['now', 'promise', 'end of turn'])
})

test('a sleep ends with its signal', async (t) => {
  const reason = new Error('enough')
  const controller = new AbortController()
  const sleep = systemClock.sleep(100_000, controller.signal)
  controller.abort(reason)
  t.is(await t.throwsAsync(sleep), reason)
  t.is(await t.throwsAsync(systemClock.sleep(0, controller.signal)), reason)
})

test('random numbers are in their range and bytes are as many as asked for', (t) => {
  const numbers = Array.from({ length: 1000 }, () => systemRandom.below(3))
  t.deepEqual([...new Set(numbers)].sort(), [0, 1, 2])
  t.is(systemRandom.bytes(16).length, 16)
  t.notDeepEqual(systemRandom.bytes(16), systemRandom.bytes(16))
})
