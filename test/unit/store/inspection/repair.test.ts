// Repairs: planned from what is wrong, applied to a store that nobody has open.

import test from 'ava'
import { silentLog } from '../../../../src/base/log.ts'
import { applyRepairs, planRepairs } from '../../../../src/store/inspection/repair.ts'
import { verifyStore } from '../../../../src/store/inspection/verify.ts'
import { RunMarks } from '../../../../src/store/run-marks.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { goldenFiles, goldenManifest } from '../../../support/golden-store.ts'
import { firstLogFile, InspectedStore, normalQueue } from '../../../support/inspected-store.ts'

const planFor = (store: InspectedStore) => planRepairs(store.look(), verifyStore(store.look()))
const ports = () => ({ clock: new FakeClock(), log: silentLog })

for (const kind of ['clean', 'crashed'] as const) {
  test(`nothing is to be repaired in the ${kind} store of Java`, (t) => {
    t.deepEqual(planFor(new InspectedStore(kind)).actions, [])
  })
}

test('a plan changes nothing', (t) => {
  const store = new InspectedStore('clean')
  store.flip(normalQueue, 27)
  const { calls } = store.files
  t.true(planFor(store).actions.length > 0)
  t.is(store.files.calls, calls)
})

test('a damaged queue is made again with the bytes that Java wrote', async (t) => {
  const store = new InspectedStore('clean')
  for (const at of [20, 200, 400]) store.flip(normalQueue, at)
  const plan = planFor(store)
  t.is(plan.warning, undefined)
  await applyRepairs(ports(), store.look(), plan)
  t.deepEqual(verifyStore(store.look()).problems.kept, [])
  const path = normalQueue
  const repaired = Buffer.from(store.files.readWhole(`/store/${path}`) ?? [])
  t.true(repaired.equals(goldenFiles('clean').get(path) ?? Buffer.alloc(0)))
})

test('a torn tail is cut and nothing else is lost', async (t) => {
  const store = new InspectedStore('crashed')
  const last = goldenManifest('crashed').messages.at(-1)
  const position = last?.physicalOffset ?? 0
  store.flip(`commitlog/${String(2 * 1048576).padStart(20, '0')}`, (position % 1048576) + 90)
  const plan = planFor(store)
  t.is(plan.warning, undefined)
  await applyRepairs(ports(), store.look(), plan)
  const report = verifyStore(store.look())
  t.is(report.endPosition, position)
  t.is(report.records, goldenManifest('crashed').messages.length - 1)
  t.is(report.badQueues.length, 0)
})

test('damage in the middle comes with a warning of what would be lost', (t) => {
  const store = new InspectedStore('clean')
  store.flip(firstLogFile, 90)
  t.regex(planFor(store).warning ?? '', /1335 good records/)
})

test('a store that is open is not touched', async (t) => {
  const store = new InspectedStore('clean')
  store.flip(normalQueue, 27)
  const marks = new RunMarks(store.files, '/store')
  const plan = planFor(store)
  await t.throwsAsync(applyRepairs(ports(), store.look(), plan), { message: /another process/ })
  t.true(store.files.exists('/store/checkpoint'))
  marks.release()
})
