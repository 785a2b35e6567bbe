// Three controllers on one etcd, all real processes. The one that leads is killed or paused while
// a master is killed, and etcd is killed as well: elections go on, each epoch has one master, and
// nothing that was acknowledged is lost. Skipped where there is no etcd (Debian: etcd-server).
//
// ROUNDS=20 npx ava --timeout=60m test/faults/controllers.test.ts    by hand

import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { hasEtcd } from '../support/etcd.ts'
import type { Program } from './programs.ts'
import { accountFor, patienceMs, rounds, type Scene, scene } from './scene.ts'

const run = hasEtcd ? test.serial : test.serial.skip

/** What happens to the leader of a round; answers how it is undone. */
const leaderFaults = {
  async killed(leader: Program) {
    await leader.kill()
    return () => leader.start()
  },
  async paused(leader: Program) {
    leader.signal('SIGSTOP')
    return async () => leader.signal('SIGCONT')
  },
}

/** Leader and master fail, in this order or the other, so near that no election is done between. */
async function failBoth({ cluster, below }: Scene, kind: keyof typeof leaderFaults) {
  const [leader, master] = await Promise.all([cluster.leader(), cluster.master()])
  const isLeaderFirst = below(2) === 0
  if (!isLeaderFirst) await master.kill()
  if (!isLeaderFirst) await sleep(below(300))
  const undo = await leaderFaults[kind](leader)
  if (isLeaderFirst) await sleep(below(1500))
  if (isLeaderFirst) await master.kill()
  return { leader, master, undo }
}

run('the controller that leads and the master fail together', async (t) => {
  const at = await scene(t, { controllers: 3 })
  const { cluster, history, mastership, times, below } = at
  const electionsBefore = mastership.elections
  for (let round = 0; round < rounds(3); round++) {
    await sleep(50 + below(1000))
    const failedAt = performance.now()
    const { leader, master, undo } = await failBoth(at, round % 3 === 2 ? 'paused' : 'killed')
    if (round % 3 === 1) {
      await cluster.controllers.etcd?.kill()
      await sleep(below(3000))
      await cluster.controllers.etcd?.start()
    }
    await history.nextAcknowledgement(patienceMs)
    const kind = ['leader and master', 'leader, master and etcd', 'a paused leader and a master']
    times.add(`outage, ${kind[round % 3]}`, history.outageMs(failedAt))
    t.not(await cluster.leader(), leader, 'another one leads')
    t.not(await cluster.master(), master, 'another one is master')
    await sleep(below(2000))
    const startedAt = performance.now()
    await Promise.all([undo(), master.start()])
    await cluster.inSync(patienceMs)
    times.add('in sync after the start', performance.now() - startedAt)
  }
  t.true(mastership.elections - electionsBefore >= rounds(3), 'elections go on')
  await accountFor(t, at)
})

run('etcd is gone, and then a master is killed', async (t) => {
  const at = await scene(t, { controllers: 2 })
  const { cluster, history, times, below } = at
  for (let round = 0; round < rounds(1); round++) {
    const master = await cluster.master()
    const goneAt = performance.now()
    await cluster.controllers.etcd?.kill()
    // Leader's lease, master's lease, and then some without either.
    await sleep(6000 + below(1000))
    const countBefore = history.acknowledged.length
    await sleep(1000)
    t.is(history.acknowledged.length, countBefore, 'without a leader nobody acknowledges')
    await master.kill()
    const backAt = performance.now()
    await cluster.controllers.etcd?.start()
    await history.nextAcknowledgement(patienceMs)
    times.add('outage from the start of etcd', history.outageMs(backAt))
    times.add('outage in all', history.outageMs(goneAt))
    await master.start()
    await cluster.inSync(patienceMs)
  }
  await accountFor(t, at)
})
