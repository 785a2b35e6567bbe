// Controllers, elections, leases and in-sync sets under every fault, over model replicas.
// `SEEDS=10000 npx ava test/simulation/model.test.ts` for more; `SEED=7` for one, with its trace.

import test from 'ava'
import { torment } from './faults.ts'
import { ModelCluster } from './model-cluster.ts'
import type { Weakness } from './model-replica.ts'
import { World } from './world.ts'

const count = Number(process.env['SEEDS'] ?? 150)
const only = process.env['SEED']

const startMs = 3000
const tormentMs = 20_000
const healMs = 15_000
const graceMs = 10_000

/** Runs one seed; answers what is wrong with it. */
async function run(
  seed: number,
  weakness?: Weakness,
): Promise<{ problems: string[]; world: World; acks: number }> {
  const world = new World(seed)
  const brokers = 2 + world.below(2)
  const cluster = new ModelCluster(world, { brokers, ...(weakness && { weakness }) })
  const problems: string[] = []
  world.at(0, function look() {
    const serving = cluster.serving.map(({ epoch, node }) => `${node.name} in ${epoch}`)
    if (serving.length > 1) problems.push(`two masters at ${world.now}: ${serving.join(', ')}`)
    if (problems.length < 5) world.at(10, look)
  })
  await world.advance(startMs)
  await torment(cluster, tormentMs)
  const healedAt = world.now
  await world.advance(healMs)

  if (cluster.lastAckAt < world.now - 1000) problems.push('nothing is acknowledged after healing')
  const [master] = cluster.serving
  const log = master?.disk.log ?? []
  for (const one of cluster.acknowledged) {
    if (log[one.position] !== one.value) problems.push(`lost ${one.value} of ${one.epoch}`)
    if (problems.length > 5) break
  }
  let newest = 0
  for (const { epoch, at, value } of cluster.acknowledged) {
    if (epoch < newest) problems.push(`${value} acknowledged in ${epoch} after ${newest} at ${at}`)
    newest = Math.max(newest, epoch)
  }
  if (new Set(log).size !== log.length) problems.push('a value is stored twice')
  const first = cluster.acknowledged.find(({ at }) => at > healedAt)
  if (!first || first.at - healedAt > graceMs) problems.push('healing took too long')
  for (const { disk, node } of cluster.brokers) {
    const behind = log.length - disk.log.length
    if (behind > 50) problems.push(`${node.name} is ${behind} behind`)
    if (disk.log.some((value, at) => at < log.length && value !== log[at])) {
      problems.push(`${node.name} has another log`)
    }
  }
  return { problems, world, acks: cluster.acknowledged.length }
}

if (only !== undefined) {
  test(`seed ${only}`, async (t) => {
    const { problems, world } = await run(Number(only))
    if (problems.length > 0) t.log(world.trace.slice(-400).join('\n'))
    t.deepEqual(problems, [])
  })
} else {
  const from = Number(process.env['FROM'] ?? 1)
  test(`nothing acknowledged is lost, and there is one master, in ${count} seeds`, async (t) => {
    t.timeout(60_000 + count * 5000)
    let acks = 0
    for (let seed = from; seed < from + count; seed++) {
      const ran = await run(seed)
      acks += ran.acks
      if (ran.problems.length > 0) t.fail(`seed ${seed}: ${ran.problems.join('; ')}`)
    }
    t.log(`${count} seeds, ${acks} acknowledgements`)
    t.pass()
  })

  for (const weakness of ['no-lease', 'ack-early'] as const) {
    test(`the checks find what is wrong with ${weakness}`, async (t) => {
      for (let seed = 1; seed <= 60; seed++) {
        const { problems } = await run(seed, weakness)
        if (problems.length > 0) {
          t.log(`seed ${seed}: ${problems[0]}`)
          t.pass()
          return
        }
      }
      t.fail('no seed shows it')
    })
  }
}
