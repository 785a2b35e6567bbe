// Power cuts of real processes: see disks.ts for how they are made. With `SYNC_FLUSH` nothing that
// was acknowledged is lost, whoever loses power. With `ASYNC_FLUSH` nothing is lost when one of two
// does and the other one takes over.
//
// The negative control: strace skips the system calls that sync and reports success, so that the
// brokers acknowledge what is in the page cache only, and the checks must find the loss.
//
// Skipped where file systems cannot be mounted; the control also where there is no strace.
// ROUNDS=20 npx ava --timeout=60m test/faults/power.test.ts    by hand

import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { installed } from '../support/processes.ts'
import type { FaultCluster } from './cluster.ts'
import { canLosePower } from './disks.ts'
import { accountFor, lossIsFound, patienceMs, rounds, scene } from './scene.ts'

const run = canLosePower ? test.serial : test.serial.skip

const syncs = 'fsync,fdatasync,syncfs,sync,msync,sync_file_range'
const noSync = [
  'strace',
  '-f',
  '-qq',
  '--seccomp-bpf',
  '-o',
  '/dev/null',
  '-e',
  `trace=${syncs}`,
].concat('-e', `inject=${syncs}:retval=0`)

/** All at once. They start again from what was on their disks. */
async function losePower(cluster: FaultCluster): Promise<void> {
  await Promise.all(cluster.brokers.map((broker) => broker.kill()))
  for (const disk of cluster.disks) disk.losePower()
  await Promise.all(cluster.brokers.map((broker) => broker.start()))
}

run('all brokers lose power, with SYNC_FLUSH', async (t) => {
  const at = await scene(t, { losesPower: true, broker: { flushDiskType: 'SYNC_FLUSH' } })
  const { cluster, history, times, below } = at
  for (let round = 0; round < rounds(2); round++) {
    await sleep(500 + below(2000))
    const cutAt = performance.now()
    await losePower(cluster)
    await history.nextAcknowledgement(patienceMs)
    times.add('outage', history.outageMs(cutAt))
    await cluster.inSync(patienceMs)
  }
  await accountFor(t, at)
})

for (const flushDiskType of ['SYNC_FLUSH', 'ASYNC_FLUSH']) {
  run(`the master loses power, with ${flushDiskType}`, async (t) => {
    const at = await scene(t, { losesPower: true, broker: { flushDiskType } })
    const { cluster, history, times, below } = at
    for (let round = 0; round < rounds(1); round++) {
      await sleep(500 + below(2000))
      const master = await cluster.master()
      const cutAt = performance.now()
      await master.kill()
      cluster.disks[cluster.brokers.indexOf(master)]?.losePower()
      await history.nextAcknowledgement(patienceMs)
      times.add('outage', history.outageMs(cutAt))
      await master.start()
      await cluster.inSync(patienceMs)
    }
    await accountFor(t, at)
  })
}

run('the checks find it when syncs do nothing and power is lost', async (t) => {
  if (!(await installed('strace'))) {
    t.log('skipped: there is no strace')
    t.pass()
    return
  }
  const at = await scene(t, {
    losesPower: true,
    broker: { flushDiskType: 'SYNC_FLUSH' },
    wrap: noSync,
  })
  const { cluster, history } = at
  // Slaves copy the table of topics every 3 s; without it there would be nothing to read.
  await sleep(4000)
  for (const disk of cluster.disks) disk.settle()
  const countBefore = history.acknowledged.length
  await sleep(2000)
  t.true(history.acknowledged.length > countBefore, 'what does nothing is acknowledged')
  await losePower(cluster)
  await history.nextAcknowledgement(patienceMs)
  await cluster.inSync(patienceMs)
  await lossIsFound(t, at)
})
