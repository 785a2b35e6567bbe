// Golden stores have two timer entries: one delivered, one that waits for a day.

import test from 'ava'
import { silentLog } from '../../../../src/base/log.ts'
import { applyRepairs, planRepairs } from '../../../../src/store/inspection/repair.ts'
import { lookAtStore } from '../../../../src/store/inspection/store-folder.ts'
import { verifyStore } from '../../../../src/store/inspection/verify.ts'
import { timerSlotSize } from '../../../../src/store/timer-slot.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { InspectedStore } from '../../../support/inspected-store.ts'
import { TimedStore } from '../../../support/timed-store.ts'

const log = 'timerlog/00000000000000000000'
const damages = {
  'an entry whose second is another one': [log, 24 + 3, 'timer-entry-wrong'],
  'an entry that points at another record': [log, 28 + 7, 'timer-entry-wrong'],
  'an entry of a record of another size': [log, 52 + 36 + 3, 'timer-entry-wrong'],
  'an entry that follows one of another second': [log, 52 + 4 + 7, 'timer-entry-wrong'],
  'an entry without its size': [log, 52 + 3, 'timer-log-damaged'],
  'a checkpoint beyond the timer log': ['config/timercheck', 8 + 5, 'timer-checkpoint-wrong'],
} as const

for (const [what, [path, at, kind]] of Object.entries(damages)) {
  test(`${what} is found, and a repair leaves nothing wrong`, async (t) => {
    const store = new InspectedStore('clean')
    t.is(verifyStore(store.look()).timerEntries, 2)
    // The previous of the second entry is -1: 51 is between two entries, and not before it.
    const mask = at === 52 + 4 + 7 ? 0xff ^ 51 : 0x10
    store.flip(path, at, mask)
    if (at === 52 + 4 + 7) for (let n = 4; n < 11; n++) store.flip(log, 52 + n, 0xff)
    const report = verifyStore(store.look())
    t.true(report.problems.counts.has(kind), [...report.problems.counts.keys()].join())
    const plan = planRepairs(store.look(), report)
    await applyRepairs({ clock: new FakeClock(), log: silentLog }, store.look(), plan)
    t.deepEqual(verifyStore(store.look()).problems.kept, [])
  })
}

test('what our timer writes agrees, while it waits and after it was delivered', async (t) => {
  const timed = await TimedStore.open()
  const problems = () => {
    const folder = lookAtStore(timed.files, '/store')
    return folder ? verifyStore(folder).problems.kept : ['not a store']
  }
  for (let n = 0; n < 200; n++) timed.send(`m${n}`, timed.clock.now() + 5_000 + (n % 40) * 1_000)
  await timed.clock.advance(3_000)
  t.deepEqual(problems(), [])
  await timed.clock.advance(20_000)
  t.deepEqual(problems(), [])
  await timed.clock.advance(40_000)
  await timed.stop()
  t.deepEqual(problems(), [])
})

test('a slot of the wheel that ends nowhere, or at another second, is found', async (t) => {
  for (const at of [7, 16 + 6]) {
    const timed = await TimedStore.open()
    timed.send('m', timed.clock.now() + 60_000)
    await timed.clock.advance(3_000)
    await timed.stop()
    const wheel = Buffer.from(timed.files.readWhole('/store/timerwheel') ?? [])
    const used = wheel.findIndex((byte) => byte !== 0)
    const file = timed.files.open('/store/timerwheel', 'write')
    const place = used - (used % timerSlotSize) + at
    file.write(Uint8Array.of((wheel[place] ?? 0) ^ 0x10), place)
    file.close()
    const folder = lookAtStore(timed.files, '/store')
    t.deepEqual(
      [...(folder ? verifyStore(folder).problems.counts : [])],
      [['timer-wheel-wrong', 1]],
    )
  }
})
