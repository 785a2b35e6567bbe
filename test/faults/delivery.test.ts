// What groups get while masters are killed: in order, one at a time, all of it.
//
// ROUNDS=20 npx ava --timeout=60m test/faults/delivery.test.ts    by hand

import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { Consumers } from './consumers.ts'
import { accountFor, patienceMs, rounds, scene } from './scene.ts'

test.serial('groups that pop, in order or not, while masters are killed', async (t) => {
  const at = await scene(t)
  const { cluster, history, times, below } = at
  const { client, topic, broker, queues } = history
  const consumers = new Consumers({ client, topic, broker, queues })
  t.teardown(() => consumers.stop())
  consumers.begin()
  for (let round = 0; round < rounds(2); round++) {
    await sleep(4000 + below(3000))
    const master = await cluster.master()
    consumers.life = undefined
    const killedAt = performance.now()
    await master.kill()
    await history.nextAcknowledgement(patienceMs)
    times.add('outage', history.outageMs(killedAt))
    consumers.life = round + 1
    await sleep(below(2000))
    await master.start()
    await cluster.inSync(patienceMs)
  }
  await sleep(4000)
  await history.stopSending()
  await consumers.end(history.acknowledged, patienceMs)
  t.deepEqual(consumers.problems.slice(0, 10), [])
  const { ordered, popped, again, locks } = consumers.counts
  t.log(`acknowledged in order ${ordered}, popped ${popped}; ${again} came again; ${locks} locks`)
  t.true(Math.min(ordered, popped, again, locks) > 0, 'all did work')
  await accountFor(t, at)
})

test.serial('the checks find it when messages come before their consumer expects it', async (t) => {
  const { history } = await scene(t)
  const { client, topic, broker, queues } = history
  const consumers = new Consumers({ client, topic, broker, queues, timesLonger: 2 })
  t.teardown(() => consumers.stop())
  consumers.begin()
  await sleep(8000)
  await consumers.stop()
  for (const invariant of ['I7', 'I8']) {
    const found = consumers.problems.filter((problem) => problem.startsWith(invariant))
    t.true(found.length > 0, `${invariant} is found to be broken`)
    t.log(`${found.length} of ${invariant}, the first: ${found[0]}`)
  }
})
