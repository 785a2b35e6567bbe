// Three gateways behind a balancer of connections and behind one of calls; one is killed and one
// drained every few seconds under official clients that send, receive and listen. Nothing that was
// acknowledged is lost, and nobody is stuck. SECONDS=300 rides longer, CLIENTS=java,go with fewer.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { balanceCalls, balanceConnections } from '../support/balancers.ts'
import { officialClients, rowsOf } from '../support/grpc-clients.ts'
import { createGroup, createTopic, toolsFor } from '../support/mq-tools.ts'
import { type Running, startRocketway } from '../support/processes.ts'

const seconds = Number(process.env['SECONDS'] ?? 16)
const everyMs = 4000
/** The slowest client looks every 30 s whether its connections live. */
const stuckMsMax = 60_000
const chosen = process.env['CLIENTS']?.split(',')
const clients = officialClients.filter(({ name }) => chosen?.includes(name) ?? true)

/** One after another is killed or stopped, and another one started in its place. */
class Gateways {
  readonly #t: ExecutionContext
  readonly #args: readonly string[]
  readonly #running: Running[] = []
  readonly #stopped: Promise<number | string>[] = []
  kills = 0

  constructor(t: ExecutionContext, args: readonly string[]) {
    this.#t = t
    this.#args = args
  }

  get addresses(): readonly string[] {
    return this.#running.map(({ listen }) => listen['grpc'] ?? '')
  }

  async start(): Promise<void> {
    this.#running.push(await startRocketway(this.#t, this.#args))
  }

  async replaceOne(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const gone = this.#running.shift()
    if (gone && signal === 'SIGTERM') this.#stopped.push(gone.kill(signal))
    else await gone?.kill(signal)
    this.kills += 1
    await this.start()
  }

  /** How those ended that were asked to. */
  ends(): Promise<readonly (number | string)[]> {
    return Promise.all(this.#stopped)
  }
}

test('official clients lose nothing while gateways are killed and drained', async (t) => {
  t.timeout((seconds * 2 + 900) * 1000)
  const starts = new Map<string, readonly [string, ...string[]]>()
  for (const official of clients) starts.set(official.name, await official.build())
  const home = mkdtempSync(join(tmpdir(), 'rocketway-ride-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const local = ['--listen', '127.0.0.1:0', '--data']
  const namesrv = await startRocketway(t, ['namesrv', ...local, join(home, 'namesrv')])
  const address = namesrv.listen['namesrv'] ?? ''
  const to = ['--namesrv', address]
  await startRocketway(t, ['broker', ...local, join(home, 'broker'), ...to])
  const tools = toolsFor(t, address)
  for (const { name } of clients) {
    await createTopic(tools, `${name}-ride`, 'NORMAL')
    // What a listener had at a gateway that was killed comes to the others after this.
    await createGroup(tools, `${name}-ride-push`, { consumeTimeoutMinute: 1 })
  }

  const keys = join(home, 'handles.json')
  writeFileSync(keys, KeyRing.generate(systemRandom))
  const shared = ['--set', `gateway.handles.keysFile=${keys}`]
  const gateways = new Gateways(t, ['gateway', '--ports', '0', ...to, ...shared])
  await Promise.all([gateways.start(), gateways.start(), gateways.start()])
  const backends = () => gateways.addresses

  for (const [kind, balancer] of [
    ['connections', await balanceConnections(t, backends)],
    ['calls', await balanceCalls(t, backends)],
  ] as const) {
    let riding = 0
    let isOver = false
    const rides = clients.map(async ({ name }) => {
      const told: string[] = []
      const onLine = (line: string): void => {
        told.push(line)
        if (line === 'riding') riding += 1
      }
      const args = [balancer, 'ride', String(seconds)]
      const limits = { timeoutMs: (seconds + 400) * 1000 }
      const start = starts.get(name) ?? ['']
      const rows = await rowsOf(start, { args, home: join(home, name), onLine, ...limits })
      const figures = told.find((line) => line.startsWith('{"') && line.includes('longestMs'))
      return { name, rows, figures: JSON.parse(figures ?? '{}') as Partial<Figures> }
    })
    const disturbing = (async () => {
      while (!isOver && riding < clients.length) await sleep(100)
      const end = Date.now() + seconds * 1000
      for (let n = 0; !isOver && Date.now() < end; n++) {
        await sleep(everyMs)
        await gateways.replaceOne(n % 2 === 0 ? 'SIGKILL' : 'SIGTERM')
      }
    })()
    const results = await Promise.all(rides)
    isOver = true
    await disturbing
    for (const { name, rows, figures } of results) {
      t.log(`${kind}: ${name} sent ${figures.sent}, the longest send ${figures.longestMs} ms`)
      t.deepEqual(rows, [{ row: 'ride', ok: true, detail: '' }], `${name} by ${kind}`)
      t.true((figures.sent ?? 0) > 0 && (figures.longestMs ?? Infinity) < stuckMsMax, name)
    }
  }
  t.log(`${gateways.kills} gateways were replaced`)
  t.true(gateways.kills >= 4)
  for (const end of await gateways.ends()) t.is(end, 0, 'a gateway that is stopped ends in order')
})

type Figures = { readonly sent: number; readonly longestMs: number }
