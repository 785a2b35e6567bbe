// Wall clocks of brokers and controller that jump by hours and days, forth and back, under load:
// leases, elections and retention go by time that really passes. Skipped where there is no
// libfaketime (Debian: faketime).

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { accountFor, patienceMs, rounds, scene } from './scene.ts'

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
const jumps = [3600, -3600, 86_400, -86_400, 864_000, 0]

const run = existsSync(library) ? test.serial : test.serial.skip

run('wall clocks that jump', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-clock-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const file = join(home, 'offset')
  const jumpTo = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  jumpTo(0)
  const at = await scene(t, {
    // Whatever is an hour old may go at any hour.
    broker: {
      fileReservedTime: '1',
      deleteWhen: Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0')).join(';'),
      mappedFileSizeCommitLog: '131072',
      cleanResourceInterval: '500',
    },
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  })
  const { history, mastership, times, below } = at
  const electionsBefore = mastership.elections
  for (let round = 0; round < rounds(1); round++) {
    for (const seconds of jumps) {
      const from = performance.now()
      jumpTo(seconds)
      await sleep(1000 + below(500))
      await history.nextAcknowledgement(patienceMs)
      times.add('longest without an acknowledgement', history.outageMs(from))
    }
  }
  t.is(mastership.elections, electionsBefore, 'nobody was elected')
  await accountFor(t, at)
})
