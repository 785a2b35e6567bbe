// The timer after an end, a crash, and with files that are missing or damaged.

import test from 'ava'
import { isTimerDue, timerOutMs } from '../../../../src/message/timer.ts'
import { TimedStore } from '../../../support/timed-store.ts'

const start = 1_700_000_000_000
const root = '/store'

/** Ten messages a second from now on, for ten seconds; the first five seconds are over. */
async function halfDelivered(): Promise<TimedStore> {
  const timed = await TimedStore.open()
  for (let at = 0; at < 100; at++) timed.send(`m${at}`, start + 1500 + at * 100)
  await timed.clock.advance(5600)
  return timed
}
const all = Array.from({ length: 100 }, (_, at) => `m${at}`)
const early = all.filter((_, at) => isTimerDue(timerOutMs(start + 1500 + at * 100), start + 5600))

test('after an orderly end every message comes once', async (t) => {
  const timed = await halfDelivered()
  t.deepEqual(await timed.ids(), early)
  const again = await timed.restart()
  await again.clock.advance(10_000)
  t.deepEqual(await again.ids(), all)
  await again.stop()
})

for (const lose of [0, 1]) {
  test(`after a ${lose ? 'power failure' : 'kill'} nothing is lost`, async (t) => {
    const timed = await halfDelivered()
    // Everything that was sent is on disk: only what the timer did since may be lost.
    const again = await timed.crash(lose)
    await again.clock.advance(10_000)
    const ids = await again.ids()
    t.deepEqual([...new Set(ids)].sort(), all.toSorted())
    t.true(ids.length < 150, `${ids.length} deliveries`)
    await again.stop()
  })
}

const parts = {
  'the wheel': ['timerwheel'],
  'the log': ['timerlog'],
  'wheel and log': ['timerwheel', 'timerlog'],
  'the checkpoint': ['config/timercheck'],
  'all of it': ['timerwheel', 'timerlog', 'config/timercheck'],
}
for (const [name, paths] of Object.entries(parts)) {
  test(`without ${name} nothing is lost`, async (t) => {
    const timed = await halfDelivered()
    const again = await timed.restart(() => {
      for (const path of paths) timed.files.remove(`${root}/${path}`)
    })
    await again.clock.advance(10_000)
    const ids = await again.ids()
    t.deepEqual([...new Set(ids)].sort(), all.toSorted())
    // Only the checkpoint tells what was delivered.
    if (!paths.includes('config/timercheck')) t.is(ids.length, 100)
    await again.stop()
  })
}

test('any flipped bit of the timer files loses and repeats nothing', async (t) => {
  const timed = await halfDelivered()
  await timed.stop()
  const paths = timed.files.paths.filter((path) => /timer(wheel|log|check)/.test(path))
  t.true(paths.length > 3)
  for (let round = 0; round < 40; round++) {
    const path = paths[round % paths.length] ?? ''
    const bytes = Buffer.from(timed.files.readWhole(path) ?? [])
    const used = [...bytes.keys()].filter((at) => bytes[at] !== 0)
    const at = used[(round * 7919) % used.length] ?? 0
    const before = Buffer.from(bytes)
    bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << (round % 8)), at)
    const copy = timed.files.copy()
    write(copy, path, bytes)
    const again = await TimedStore.open({ files: copy, clock: timed.clock.copy() })
    await again.clock.advance(10_000)
    t.deepEqual((await again.ids()).toSorted(), all.toSorted(), `${path} at ${at}`)
    await again.stop()
    t.not(before[at], bytes[at])
  }
})

test('entries of messages that the log lost are not believed', async (t) => {
  const timed = await halfDelivered()
  timed.send('lost', start + 20_000)
  await timed.clock.advance(200)
  await timed.timer.stop()
  await timed.timer.close()
  const again = await timed.crash(1)
  again.send('kept', start + 20_000)
  await again.clock.advance(20_000)
  const ids = new Set(await again.ids())
  t.true(ids.has('kept'))
  for (const id of all) t.true(ids.has(id), id)
  await again.stop()
})

test('log files go when everything in them is delivered', async (t) => {
  const timed = await TimedStore.open()
  for (let at = 0; at < 100; at++) timed.send(`m${at}`, start + 2000)
  await timed.clock.advance(1500)
  const count = () => timed.files.list(`${root}/timerlog`).length
  t.is(count(), 5)
  await timed.clock.advance(20_000)
  t.is(count(), 1)
  timed.send('later', start + 30_000)
  const again = await timed.restart()
  await again.clock.advance(20_000)
  t.is((await again.ids()).at(-1), 'later')
  t.is((await again.ids()).length, 101)
  await again.stop()
})

function write(files: TimedStore['files'], path: string, bytes: Uint8Array): void {
  const file = files.open(path, 'write')
  file.write(bytes, 0)
  file.syncNow()
  file.close()
}
