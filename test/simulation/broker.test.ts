// The real broker, namesrv, controller and client in one process under every fault: kills, power
// cuts, pauses, partitions. `SEEDS=10000 npx ava test/simulation/broker.test.ts` for more;
// `SEED=7` for one, with its trace.

import test from 'ava'
import { BrokerCluster } from './broker-cluster.ts'
import { torment } from './faults.ts'
import { World } from './world.ts'

const count = Number(process.env['SEEDS'] ?? 150)
const from = Number(process.env['FROM'] ?? 1)
const only = process.env['SEED']

const startMs = 4000
const tormentMs = 15_000
const healMs = 15_000
const graceMs = 10_000

type Ran = { readonly problems: readonly string[]; readonly world: World; readonly acks: number }

async function run(seed: number, disksLie = false): Promise<Ran> {
  const world = new World(seed)
  const cluster = new BrokerCluster(world, {
    brokers: 2 + world.below(2),
    flush: world.chance(50) || disksLie ? 'SYNC_FLUSH' : 'ASYNC_FLUSH',
    disksLie,
  })
  await world.advance(startMs)
  await torment(cluster, tormentMs)
  if (disksLie) {
    for (const { node } of cluster.brokers) cluster.kill(node, true)
    for (const { node } of cluster.brokers) cluster.start(node)
  }
  const healedAt = world.now
  await world.advance(healMs)
  const first = cluster.acknowledged.find(({ endedAt }) => endedAt > healedAt)
  if (!first || first.endedAt - healedAt > graceMs) cluster.problems.push('healing took too long')
  await cluster.check()
  return { problems: cluster.problems, world, acks: cluster.acknowledged.length }
}

if (only !== undefined) {
  test(`seed ${only}`, async (t) => {
    t.timeout(600_000)
    const { problems, world } = await run(Number(only))
    if (problems.length > 0) t.log(world.trace.slice(-600).join('\n'))
    t.deepEqual(problems.slice(0, 10), [])
  })
} else {
  test(`real programs lose nothing acknowledged in ${count} seeds`, async (t) => {
    t.timeout(60_000 + count * 10_000)
    let acks = 0
    for (let seed = from; seed < from + count; seed++) {
      const ran = await run(seed)
      acks += ran.acks
      if (ran.problems.length > 0) {
        t.fail(`seed ${seed}: ${ran.problems.slice(0, 3).join('; ')}`)
      }
    }
    t.log(`${count} seeds, ${acks} acknowledgements`)
    t.true(acks > count * 10)
  })

  test('the checks find it when disks only say that they have synced', async (t) => {
    t.timeout(600_000)
    for (let seed = 1; seed <= 20; seed++) {
      const { problems } = await run(seed, true)
      if (problems.some((problem) => problem.startsWith('I1'))) {
        t.log(`seed ${seed}: ${problems[0]}`)
        t.pass()
        return
      }
    }
    t.fail('no seed shows it')
  })
}
