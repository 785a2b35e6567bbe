// What do copies cost, how far is a slave behind, and how fast does it catch up?
//
// Master and slave in a process each: the master on the first core, the slave on the second beside
// the load, since both would stand on machines of their own. 1 KiB bodies, 64 in flight,
// ASYNC_FLUSH. `syncShare`: sends a second with SYNC_MASTER (two copies) over those with
// ASYNC_MASTER, which has the same slave, in turns. `cpu`: µs of master and slave for each message. `lagMs`: how old the first message of each
// push is when the master knows that the slave has it, at full rate with ASYNC_MASTER: the master's own
// metric, between the bounds of its histogram. `catchUp`: a slave that starts empty with the whole log to fetch.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '../src/base/log.ts'
import { systemClock } from '../src/host/system-clock.ts'
import { tcp } from '../src/host/tcp.ts'
import { getBrokerHaStatus } from '../src/protocol/requests/replication.ts'
import { RemotingClient } from '../src/remoting/client.ts'
import { load } from './load.ts'
import { cpuMicros, median, round } from './process-cost.ts'
import { type Program, portOf, startProgram } from './programs.ts'
import { sendHeader } from './wire.ts'

const sendMessageV2 = 310
const count = 100_000
const local = '127.0.0.1:0'

/** `cpu`: µs for each message, of the master and of the slave. */
type Sends = { readonly perSecond: number; readonly cpu: readonly number[] }

type Status = {
  readonly masterCommitLogMaxOffset: number
  readonly haConnectionInfo: readonly { readonly slaveAckOffset: number }[]
}

class Pair {
  readonly #home = mkdtempSync(join(tmpdir(), 'rocketway-bench-'))
  readonly #caller = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })
  readonly #programs: Program[] = []
  #namesrv = ''
  #master = ''
  #management = ''
  #brokers: Program[] = []

  async start(brokerRole: string): Promise<void> {
    const namesrv = await this.#run(['namesrv', '--data', join(this.#home, 'n'), '--listen', local])
    this.#namesrv = namesrv.listen['namesrv'] ?? ''
    const watched = ['--set', `management.listen=${local}`]
    const master = await this.#broker('m', 0, [`brokerRole=${brokerRole}`], watched)
    this.#master = master.listen['broker'] ?? ''
    this.#management = master.listen['management'] ?? ''
  }

  async follow(name: string): Promise<void> {
    await this.#broker(name, 1, ['brokerRole=SLAVE', 'brokerId=1'])
    while ((await this.status()).haConnectionInfo.length === 0) await sleep(20)
  }

  async status(): Promise<Status> {
    const options = { timeoutMs: 10_000 }
    const { body } = await this.#caller.call(this.#master, getBrokerHaStatus, {}, options)
    return JSON.parse(Buffer.from(body).toString()) as Status
  }

  async sends(requests: number): Promise<Sends> {
    const port = portOf(this.#master)
    const before = this.#brokers.map(({ pid }) => cpuMicros(pid))
    const body = Buffer.alloc(1024, 'r')
    const ext = () => sendHeader('bench', 0)
    const result = await load({ port, code: sendMessageV2, ext, body, inFlight: 64, requests })
    if (Object.keys(result.refused).length > 0) throw new Error(JSON.stringify(result.refused))
    const cpu = this.#brokers.map(({ pid }, at) => (cpuMicros(pid) - (before[at] ?? 0)) / requests)
    return { perSecond: requests / result.seconds, cpu }
  }

  /** The master's histogram of the lag: how many were within each bound, in seconds. */
  async lags(): Promise<ReadonlyMap<number, number>> {
    const text = await (await fetch(`http://${this.#management}/metrics`)).text()
    const lines = text.matchAll(
      /^rocketway_replication_lag_seconds_bucket\{.*?le="(.+?)".*?\} (\d+)/gm,
    )
    return new Map(
      [...lines].map(([, bound, number]) => [
        bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound),
        Number(number),
      ]),
    )
  }

  async stop(): Promise<void> {
    await this.#caller.close()
    for (const program of this.#programs.reverse()) await program.stop()
    rmSync(this.#home, { recursive: true, force: true })
  }

  async #broker(
    name: string,
    core: number,
    settings: readonly string[],
    more: readonly string[] = [],
  ): Promise<Program> {
    const args = [
      ...['broker', '--data', join(this.#home, name), '--listen', local],
      ...['--namesrv', this.#namesrv],
      ...settings.flatMap((one) => ['--set', `broker.${one}`]),
      ...more,
    ]
    const broker = await this.#run(args, core)
    this.#brokers.push(broker)
    return broker
  }

  async #run(args: readonly string[], core = 0): Promise<Program> {
    const program = await startProgram(args, core)
    this.#programs.push(program)
    return program
  }
}

export async function benchReplication(rounds: number): Promise<object> {
  return { ...(await rates(rounds)), catchUp: await catchUp() }
}

async function rates(rounds: number): Promise<object> {
  const pairs = { async: new Pair(), sync: new Pair() }
  const sends: Record<keyof typeof pairs, Sends[]> = { async: [], sync: [] }
  try {
    for (const mode of ['async', 'sync'] as const) {
      await pairs[mode].start(`${mode.toUpperCase()}_MASTER`)
      await pairs[mode].follow('s')
      await pairs[mode].sends(count / 2)
    }
    for (let at = 0; at < rounds; at++) {
      for (const mode of ['async', 'sync'] as const) {
        sends[mode].push(await pairs[mode].sends(count))
      }
    }
    const shares = sends.sync.map((one, at) => one.perSecond / (sends.async[at]?.perSecond ?? 0))
    return {
      asyncPerSecond: Math.round(median(sends.async.map((one) => one.perSecond))),
      syncPerSecond: Math.round(median(sends.sync.map((one) => one.perSecond))),
      syncShare: round(median(shares), 2),
      cpu: { async: costs(sends.async), sync: costs(sends.sync) },
      lagMs: await lags(pairs.async),
    }
  } finally {
    await pairs.async.stop()
    await pairs.sync.stop()
  }
}

const costs = (sends: readonly Sends[]) => {
  const of = (at: number) => round(median(sends.map(({ cpu }) => cpu[at] ?? 0)))
  return { master: of(0), slave: of(1) }
}

/** While messages are sent at full rate. */
async function lags(pair: Pair): Promise<object> {
  const before = await pair.lags()
  await pair.sends(3 * count)
  const counts = [...(await pair.lags())].map(([bound, number]): [number, number] => [
    bound * 1000,
    number - (before.get(bound) ?? 0),
  ])
  const samples = counts.at(-1)?.[1] ?? 0
  return { samples, p50: quantile(counts, 0.5), p99: quantile(counts, 0.99) }
}

/** Out of how many there are within each bound; even between two. */
function quantile(counts: readonly (readonly [bound: number, number: number])[], share: number) {
  const wanted = share * (counts.at(-1)?.[1] ?? 0)
  let [from, below] = [0, 0]
  for (const [bound, number] of counts) {
    if (number >= wanted) {
      return round(from + ((bound - from) * (wanted - below)) / (number - below), 1)
    }
    ;[from, below] = [bound, number]
  }
  return from
}

async function catchUp(): Promise<object> {
  const pair = new Pair()
  try {
    await pair.start('ASYNC_MASTER')
    for (let round = 0; round < 6; round++) await pair.sends(count)
    await pair.follow('s')
    const startedMs = performance.now()
    const { masterCommitLogMaxOffset: end } = await pair.status()
    const first = (await pair.status()).haConnectionInfo[0]?.slaveAckOffset ?? 0
    while (((await pair.status()).haConnectionInfo[0]?.slaveAckOffset ?? 0) < end) await sleep(5)
    const seconds = (performance.now() - startedMs) / 1000
    const megabytes = (end - first) / 1e6
    return {
      megabytes: Math.round(megabytes),
      megabytesPerSecond: Math.round(megabytes / seconds),
    }
  } finally {
    await pair.stop()
  }
}
