// What a broker does when something is short, over real sockets: it refuses with Apache's code, counts
// it, does not grow, serves others meanwhile, and takes up work again by itself. A full disk is in
// store-trouble.test.ts.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { type Answer, codes, dial, pullHeader, sendHeader, Template } from '../../bench/wire.ts'
import { startRocketway } from '../support/processes.ts'
import { until } from '../support/replicas.ts'

const [ok, busy, notFound] = ['0', '2', '19']
const local = '127.0.0.1:0'
const noBody = new Uint8Array(0)

type Settings = Readonly<Record<string, string | number>>

function makeHome(t: ExecutionContext): string {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-short-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  return home
}

const settingsOf = (settings: Settings) =>
  Object.entries({ mappedFileSizeCommitLog: 67_108_864, ...settings }).flatMap(([key, value]) => [
    ...['--set', `broker.${key}=${value}`],
  ])

async function startBroker(t: ExecutionContext, settings: Settings, more: readonly string[] = []) {
  const { process, listen } = await startRocketway(t, [
    ...['broker', '--data', join(makeHome(t), 'b'), '--listen', local, ...more],
    ...['--set', 'management.listen=127.0.0.1:0', ...settingsOf(settings)],
  ])
  const port = Number(listen['broker']?.split(':').at(-1))
  /** How often the resource was short. */
  const short = async (resource: string): Promise<number> => {
    const text = await (await fetch(`http://${listen['management']}/metrics`)).text()
    const found = new RegExp(`^rocketway_broker_short_${resource}_total(?:{.*})? (\\d+)`, 'm').exec(
      text,
    )
    t.not(found, null, `a metric of ${resource}`)
    return Number(found?.[1])
  }
  return { port, pid: process.pid ?? 0, short }
}

/** A connection that keeps what it is answered. */
async function wireTo(t: ExecutionContext, port: number) {
  const answers: Answer[] = []
  let isClosed = false
  const wire = await dial(port, {
    answer: (one) => void answers.push(one),
    broken: () => {
      isClosed = true
    },
  })
  t.teardown(() => wire.close())
  return {
    answers,
    wire,
    get isClosed() {
      return isClosed
    },
    codes: () => answers.map(({ code }) => code),
    answered: (count: number) => until(`${count} answers`, async () => answers.length >= count),
  }
}

const sendFrame = (body: Uint8Array, n: number) =>
  new Template(codes.sendMessageV2, sendHeader('t', 0), body).numbered(n)
const pullFrame = (offset: number, waitMs: number, n: number) =>
  new Template(
    codes.pullMessage,
    pullHeader({ topic: 't', queueId: 0, offset }, waitMs),
    noBody,
  ).numbered(n)

/** Memory of its own: without the pages of files, which the system takes back. */
function ownBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) * 1024
}

const megabyte = 2 ** 20

for (const [resource, settings] of [
  ['client', { clientRequestsMax: 4 }],
  ['waiting', { maxHeldRequests: 4 }],
] as const) {
  test.serial(`more pulls than may wait are refused: ${resource}`, async (t) => {
    const { port, short } = await startBroker(t, settings)
    const one = await wireTo(t, port)
    one.wire.send([sendFrame(Buffer.from('x'), 0)])
    await one.answered(1)
    t.is(await short(resource), 0)

    const holdMs = 3000
    one.wire.send([1, 2, 3, 4, 5, 6].map((n) => pullFrame(1, holdMs, n)))
    await one.answered(3)
    t.deepEqual(one.codes(), [ok, busy, busy], 'at once')
    t.is(await short(resource), 2)
    const other = await wireTo(t, port)
    other.wire.send([pullFrame(0, 0, 0)])
    await other.answered(1)
    t.deepEqual(other.codes(), [ok], 'whoever does not wait is served')

    await one.answered(7)
    t.deepEqual(one.codes().slice(3), [notFound, notFound, notFound, notFound])
    one.wire.send([pullFrame(1, 100, 7)])
    await one.answered(8)
    t.is(one.codes()[7], notFound, 'it may wait again')
    t.is(await short(resource), 2)
  })
}

test.serial('a client that does not take its answers is not read from: outbound', async (t) => {
  const { port, pid, short } = await startBroker(t, { clientOutboundBytesMax: megabyte })
  const writer = await wireTo(t, port)
  const bodySize = 200_000
  const stored = 50
  for (let n = 0; n < stored; n++) writer.wire.send([sendFrame(Buffer.alloc(bodySize, 'm'), n)])
  await writer.answered(stored)
  const before = ownBytes(pid)

  const asked = 1000
  const one = await wireTo(t, port)
  one.wire.socket.pause()
  for (let n = 0; n < asked; n++) one.wire.send([pullFrame(n % stored, 0, n)])
  await until('the broker stops reading', async () => (await short('outbound')) > 0)
  await sleep(1000)
  const grown = ownBytes(pid) - before
  t.log(
    `${(grown / megabyte).toFixed(1)} MiB more with ${Math.round((asked * bodySize) / megabyte)} MiB asked for`,
  )
  t.true(grown < 48 * megabyte, `${grown} bytes more`)
  writer.wire.send([pullFrame(0, 0, 99)])
  await writer.answered(stored + 1)
  t.is(writer.codes().at(-1), ok, 'others are served')

  one.wire.socket.resume()
  await one.answered(asked)
  t.true(one.codes().every((code) => code === ok))
  t.deepEqual(
    one.answers.map(({ n }) => n),
    [...Array(asked).keys()],
  )
})

test.serial('unfinished requests and connections have a limit: frames, connections', async (t) => {
  const limits = { partialBytesMax: megabyte, connectionsMax: 3 }
  const { port, short } = await startBroker(t, limits)
  const one = await wireTo(t, port)
  const unfinished = Buffer.alloc(2 * megabyte)
  unfinished.writeUInt32BE(4 * megabyte, 0)
  unfinished.writeUInt32BE(100, 4)
  const greedy = connect({ host: '127.0.0.1', port })
  greedy.on('error', () => {})
  greedy.write(unfinished)
  await new Promise((resolve) => greedy.once('close', resolve))
  t.is(await short('frames'), 1)
  one.wire.send([sendFrame(Buffer.from('x'), 0)])
  await one.answered(1)
  t.deepEqual(one.codes(), [ok])

  const others = [await wireTo(t, port), await wireTo(t, port)]
  const refused = await wireTo(t, port)
  await until('the fourth is closed', async () => refused.isClosed)
  t.is(await short('connections'), 1)
  others[0]?.wire.close()
  await until('there is room again', async () => {
    const again = await wireTo(t, port)
    again.wire.send([pullFrame(0, 0, 0)])
    await until('an answer, or the end', async () => again.isClosed || again.answers.length > 0)
    return again.codes()[0] === ok
  })
})

test.serial(
  'a slave that hangs: sends wait for it up to a limit, and then it is left behind',
  async (t) => {
    const namesrv = await startRocketway(t, [
      ...['namesrv', '--data', join(makeHome(t), 'n'), '--listen', local],
    ])
    const at = ['--namesrv', namesrv.listen['namesrv'] ?? '']
    const master = await startBroker(
      t,
      {
        brokerRole: 'SYNC_MASTER',
        waitingBytesMax: 128 * 1024,
        haMaxGapNotInSync: megabyte,
        syncFlushTimeout: 2000,
      },
      at,
    )
    const slave = await startRocketway(t, [
      ...['broker', '--data', join(makeHome(t), 's'), '--listen', local, ...at],
      ...settingsOf({ brokerRole: 'SLAVE', brokerId: 1 }),
    ])
    const one = await wireTo(t, master.port)
    let count = 0
    const send = async (size: number): Promise<string> => {
      one.wire.send([sendFrame(Buffer.alloc(size, 's'), count)])
      await one.answered(++count)
      return one.codes().at(-1) ?? ''
    }
    await until('the slave follows', async () => (await send(10)) === ok)
    const [slaveBefore, own] = [await master.short('slave'), ownBytes(master.pid)]

    slave.process.kill('SIGSTOP')
    t.teardown(() => slave.process.kill('SIGCONT'))
    const burst = 200
    const frame = Buffer.alloc(8000, 'b')
    one.wire.send(Array.from({ length: burst }, (_, n) => sendFrame(frame, count + n)))
    await until('some are refused', async () => one.codes().slice(count).includes(busy))
    count += burst
    await one.answered(count)
    const ofBurst = one.codes().slice(-burst)
    const refused = ofBurst.filter((code) => code === busy).length
    t.true(refused > burst / 2, `${refused} of ${burst}`)
    t.deepEqual([...new Set(ofBurst)].toSorted(), ['12', busy], 'FLUSH_SLAVE_TIMEOUT, SYSTEM_BUSY')
    t.is(await master.short('memory'), refused)
    t.is((await master.short('slave')) - slaveBefore, burst - refused)

    // So far behind that nobody waits for it any more.
    const codesSeen = new Set<string>()
    await until('the slave is given up', async () => {
      const code = await send(300_000)
      codesSeen.add(code)
      return code === '11'
    })
    t.deepEqual([...codesSeen].toSorted(), ['11', '12'], 'stored, and told that no slave has it')
    const grown = ownBytes(master.pid) - own
    t.true(grown < 48 * megabyte, `${grown} bytes more`)

    slave.process.kill('SIGCONT')
    await until('sends are acknowledged by both again', async () => (await send(10)) === ok)
  },
)
