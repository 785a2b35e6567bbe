// What do copies cost, how far is a slave behind, and how fast does it catch up?
//
// Master and slave in a process each, on the two cores; 1 KiB bodies, 64 in flight, ASYNC_FLUSH.
// `syncShare`: sends a second with SYNC_MASTER (two copies) over those with ASYNC_MASTER, which
// has the same slave. `lagMs`: from the answer to a send until the slave has acknowledged it, sampled at
// full rate with ASYNC_MASTER. `catchUp`: a slave that starts empty with the whole log to fetch.

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
import { median } from './process-cost.ts'
import { type Program, portOf, startProgram } from './programs.ts'
import { sendHeader } from './wire.ts'

const sendMessageV2 = 310
const count = 100_000
const local = '127.0.0.1:0'

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

  get port(): number {
    return portOf(this.#master)
  }

  async start(brokerRole: string): Promise<void> {
    const namesrv = await this.#run(['namesrv', '--data', join(this.#home, 'n'), '--listen', local])
    this.#namesrv = namesrv.listen['namesrv'] ?? ''
    const master = await this.#broker('m', [`brokerRole=${brokerRole}`])
    this.#master = master.listen['broker'] ?? ''
  }

  async follow(name: string): Promise<void> {
    await this.#broker(name, ['brokerRole=SLAVE', 'brokerId=1'])
    while ((await this.status()).haConnectionInfo.length === 0) await sleep(20)
  }

  async status(): Promise<Status> {
    const options = { timeoutMs: 10_000 }
    const { body } = await this.#caller.call(this.#master, getBrokerHaStatus, {}, options)
    return JSON.parse(Buffer.from(body).toString()) as Status
  }

  async sends(requests: number): Promise<number> {
    const { port } = this
    const body = Buffer.alloc(1024, 'r')
    const ext = () => sendHeader('bench', 0)
    const result = await load({ port, code: sendMessageV2, ext, body, inFlight: 64, requests })
    if (Object.keys(result.refused).length > 0) throw new Error(JSON.stringify(result.refused))
    return requests / result.seconds
  }

  /** ms until the slave has what the master had when asked. */
  async lag(): Promise<number> {
    const startedMs = performance.now()
    const { masterCommitLogMaxOffset: end } = await this.status()
    while (((await this.status()).haConnectionInfo[0]?.slaveAckOffset ?? 0) < end);
    return performance.now() - startedMs
  }

  async stop(): Promise<void> {
    await this.#caller.close()
    for (const program of this.#programs.reverse()) await program.stop()
    rmSync(this.#home, { recursive: true, force: true })
  }

  #broker(name: string, settings: readonly string[]): Promise<Program> {
    return this.#run([
      ...['broker', '--data', join(this.#home, name), '--listen', local],
      ...['--namesrv', this.#namesrv],
      ...settings.flatMap((one) => ['--set', `broker.${one}`]),
    ])
  }

  async #run(args: readonly string[]): Promise<Program> {
    const program = await startProgram(args)
    this.#programs.push(program)
    return program
  }
}

export async function benchReplication(rounds: number): Promise<object> {
  const asynchronous = await rates('ASYNC_MASTER', rounds)
  const synchronous = await rates('SYNC_MASTER', rounds)
  return {
    asyncPerSecond: Math.round(asynchronous.perSecond),
    syncPerSecond: Math.round(synchronous.perSecond),
    syncShare: Number((synchronous.perSecond / asynchronous.perSecond).toFixed(2)),
    lagMs: asynchronous.lagMs,
    catchUp: await catchUp(),
  }
}

async function rates(brokerRole: string, rounds: number) {
  const pair = new Pair()
  try {
    await pair.start(brokerRole)
    await pair.follow('s')
    await pair.sends(count / 2)
    const perSecond: number[] = []
    for (let round = 0; round < rounds; round++) perSecond.push(await pair.sends(count))
    return { perSecond: median(perSecond), lagMs: await lags(pair) }
  } finally {
    await pair.stop()
  }
}

/** Sampled while messages are sent at full rate. */
async function lags(pair: Pair): Promise<object> {
  const samples: number[] = []
  let isSending = true
  const sending = pair.sends(count).finally(() => {
    isSending = false
  })
  while (isSending) samples.push(await pair.lag())
  await sending
  samples.sort((a, b) => a - b)
  const at = (share: number) =>
    Number((samples[Math.floor(share * (samples.length - 1))] ?? 0).toFixed(1))
  return { samples: samples.length, p50: at(0.5), p99: at(0.99) }
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
