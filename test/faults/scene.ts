// A cluster under faults and the clients that remember; and what must be true in the end.

import type { ExecutionContext } from 'ava'
import { seededRandom } from '../support/seeded-random.ts'
import { type ClusterOptions, FaultCluster } from './cluster.ts'
import { History } from './history.ts'
import { Mastership } from './mastership.ts'
import type { Program } from './programs.ts'
import { Times } from './times.ts'

const seed = Number(process.env['SEED'] ?? 1)
/** ROUNDS, by hand; in the gate few. */
export const rounds = (inGate: number): number => Number(process.env['ROUNDS'] ?? inGate)

/** How long anything may take before a test gives up: far more than it should. */
export const patienceMs = 90_000

export type Scene = {
  readonly cluster: FaultCluster
  readonly history: History
  readonly mastership: Mastership
  readonly times: Times
  below(bound: number): number
}

export async function scene(t: ExecutionContext, options?: ClusterOptions): Promise<Scene> {
  t.timeout(20 * 60_000 + rounds(0) * 60_000)
  const cluster = await FaultCluster.start(t, options)
  const history = new History(cluster.nameServers, cluster.brokerName)
  const mastership = new Mastership(cluster)
  t.teardown(() => Promise.all([history.stop(), mastership.end()]))
  await history.begin()
  await history.nextAcknowledgement(patienceMs)
  const { below } = seededRandom(seed)
  return { cluster, history, mastership, times: new Times(t), below }
}

/** Everything is read back, and nothing is wrong with it. */
export async function accountFor(t: ExecutionContext, scene: Scene): Promise<void> {
  const { history, cluster, mastership, times } = scene
  await history.end()
  await mastership.end()
  const problems = [...history.problems, ...mastership.problems, ...(await cluster.compareLogs())]
  problems.push(...cluster.accidents)
  t.log(`${history.acknowledged.length} acknowledged, ${mastership.elections} elections`)
  times.report()
  t.deepEqual(problems.slice(0, 10), [])
  t.true(history.acknowledged.length > 100)
}

/** Kills a broker and waits until somebody acknowledges again: how long nobody did is noted. */
export async function killed({ history, times }: Scene, broker: Program): Promise<void> {
  const killedAt = performance.now()
  await broker.kill()
  await history.nextAcknowledgement(patienceMs)
  times.add('outage', history.outageMs(killedAt))
}

/** Starts a broker again and waits until all are in sync: how long that took is noted. */
export async function backInSync({ cluster, times }: Scene, broker: Program): Promise<void> {
  const startedAt = performance.now()
  await broker.start()
  await cluster.inSync(patienceMs)
  times.add('in sync after the start', performance.now() - startedAt)
}

/** For negative controls: the checks must find that something acknowledged is lost. */
export async function lossIsFound(t: ExecutionContext, { history }: Scene): Promise<void> {
  const problems = await history.end()
  t.true(
    problems.some((problem) => problem.startsWith('I1')),
    'a loss is found',
  )
  t.log(`${problems.length} problems, the first: ${problems[0]}`)
}
