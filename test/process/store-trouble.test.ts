// A broker whose disk fails, or is full, in a real process: what it answers, what it still does,
// and how it comes back.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { MqError } from '../../src/base/errors.ts'
import type { MqClient } from '../../src/client/types.ts'
import { connectClient as connect } from '../../src/main/client.ts'
import { freePort } from '../support/apache.ts'
import { connectClient } from '../support/connect-client.ts'
import { installed, startRocketway } from '../support/processes.ts'

const topic = 'trouble'
const local = '127.0.0.1:0'
const queue = { topic, broker: 'broker-a', queueId: 0 }

/** So that nothing is large: a full disk is met within seconds. */
const small = {
  mappedFileSizeCommitLog: 4_194_304,
  mappedFileSizeTimerLog: 104_000,
  maxHashSlotNum: 500,
  maxIndexNum: 2_000,
  cleanFileForciblyEnable: false,
}

async function startBoth(t: ExecutionContext, home: string, settings: object = {}) {
  const namesrv = await startRocketway(t, [
    ...['namesrv', '--data', join(home, 'n'), '--listen', local],
  ])
  const address = namesrv.listen['namesrv'] ?? ''
  const port = await freePort()
  const startBroker = (data: string) =>
    startRocketway(t, [
      ...['broker', '--data', data, '--listen', `127.0.0.1:${port}`, '--namesrv', address],
      ...['--set', 'management.listen=127.0.0.1:0'],
      ...Object.entries({ ...small, ...settings }).flatMap(([key, value]) => [
        ...['--set', `broker.${key}=${value}`],
      ]),
    ])
  return { startBroker, address, client: connectClient(t, address) }
}

function makeHome(t: ExecutionContext): string {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-trouble-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  return home
}

const makeTopic = (client: MqClient) =>
  client.createTopic({
    ...{ name: topic, readQueues: 1, writeQueues: 1, perm: 6, order: false },
    attributes: new Map(),
  })

/** The offset at which it is stored, or the failure's name. */
async function send(client: MqClient, body: Buffer): Promise<number | string> {
  const options = { queue, retries: 0, timeoutMs: 10_000 }
  try {
    const receipt = await client.send({ topic, body, properties: new Map() }, options)
    return receipt.status === 'SEND_OK' ? receipt.queueOffset : receipt.status
  } catch (error) {
    if (error instanceof MqError) return error.failure
    throw error
  }
}

async function bodiesOf(client: MqClient): Promise<string[]> {
  const bodies: string[] = []
  const end = await client.maxOffset(queue)
  for (let offset = 0; offset < end; ) {
    const page = await client.pull({ queue, group: 'reader', offset, max: 32, waitMs: 0 })
    bodies.push(...page.messages.map((one) => Buffer.from(one.body).toString().slice(0, 8)))
    if (page.nextOffset <= offset) break
    offset = page.nextOffset
  }
  return bodies
}

const bodyOf = (n: number, size = 8) => Buffer.alloc(size, String(n).padStart(8, '0'))

async function until(what: string, holds: () => Promise<boolean>): Promise<number> {
  const from = Date.now()
  while (Date.now() - from < 60_000) {
    if (await holds()) return Date.now() - from
    await sleep(50)
  }
  throw new Error(`${what}: not within a minute`)
}

const storedBefore = 20

/** A broker that has stored some messages and whose syncs go wrong from now on, as strace says it. */
async function withSyncs(t: ExecutionContext, fault: string) {
  if (!(await installed('strace'))) {
    t.log('skipped: strace is not installed')
    t.pass()
    return undefined
  }
  t.timeout(300_000)
  const home = makeHome(t)
  const both = await startBoth(t, home, { flushDiskType: 'SYNC_FLUSH' })
  const broker = await both.startBroker(join(home, 'b'))
  const { client } = both
  await makeTopic(client)
  for (let n = 0; n < storedBefore; n++) t.is(await send(client, bodyOf(n)), n)

  const inject = ['-e', 'trace=fdatasync', '-e', `inject=fdatasync:${fault}`]
  const attached = ['-f', '-qq', '-o', join(home, 'strace.txt'), '-p', String(broker.process.pid)]
  const strace = spawn('strace', [...attached, ...inject], { stdio: 'ignore' })
  t.teardown(() => strace.kill('SIGKILL'))
  return { home, both, broker, client, strace }
}

test.serial('a failed sync ends writing for good, and the name server is told', async (t) => {
  const site = await withSyncs(t, 'error=EIO')
  if (!site) return
  const { home, both, broker, client, strace } = site
  // Until it is attached syncs succeed; nothing is acknowledged after the first that did not.
  let stored = storedBefore
  let answer: unknown = 0
  await until('a sync fails', async () => {
    answer = await send(client, bodyOf(stored))
    if (answer === stored) stored++
    return typeof answer === 'string'
  })
  t.true(answer === 'FLUSH_DISK_TIMEOUT' || answer === 'broker-unavailable', String(answer))
  const tookMs = await until('the name server knows', async () => {
    // Each time a client that has not asked before: a route is kept for a while.
    const fresh = connect({ nameServers: [both.address] })
    const [known] = (await fresh.route(topic).catch(() => undefined))?.queues ?? []
    await fresh.stop()
    return known !== undefined && (known.perm & 2) === 0
  })
  t.log(`${tookMs} ms after the answer the route says that nothing can be written`)
  for (let n = 0; n < 5; n++) {
    t.false(typeof (await send(client, bodyOf(999))) === 'number', 'nothing is acknowledged')
  }
  t.regex(broker.output(), /"kind":"log-sync".*"event":"store-refuses-messages"/)
  const read = await bodiesOf(client)
  t.deepEqual(
    read.slice(0, 20),
    Array.from({ length: 20 }, (_, n) => bodyOf(n).toString()),
    'it still reads',
  )

  strace.kill('SIGKILL')
  await broker.kill('SIGKILL')
  await both.startBroker(join(home, 'b'))
  const last = await until('it takes messages again', async () => {
    return typeof (await send(client, bodyOf(1000))) === 'number'
  })
  t.log(`writes again ${last} ms after the restart`)
  const all = await bodiesOf(client)
  t.deepEqual(
    all.slice(0, stored),
    Array.from({ length: stored }, (_, n) => bodyOf(n).toString()),
  )
})

test.serial(
  'while syncs take seconds reads are served, and what is acknowledged is kept',
  async (t) => {
    const site = await withSyncs(t, 'delay_exit=3000000')
    if (!site) return
    const { home, both, broker, client, strace } = site
    let stored = storedBefore
    await until('syncs are slow', async () => {
      const from = Date.now()
      if ((await send(client, bodyOf(stored))) === stored) stored++
      return Date.now() - from > 2_500
    })
    const ended: string[] = []
    const sends = Array.from({ length: 300 }, async () => {
      const answer = await send(client, bodyOf(0, 4_096))
      ended.push('send')
      return answer
    })
    const page = await client.pull({ queue, group: 'reader', offset: 0, max: 16, waitMs: 0 })
    ended.push('read')
    t.is(page.messages.length, 16)
    t.is(ended[0], 'read', 'nobody who reads waits for the disk')
    const taken = (await Promise.all(sends)).filter((answer) => typeof answer === 'number')
    t.true(taken.length > 0)
    t.is(new Set(taken).size, taken.length)
    const end = Math.max(...taken) + 1
    strace.kill('SIGKILL')
    await broker.kill('SIGKILL')
    await both.startBroker(join(home, 'b'))
    await until('it takes messages again', async () => {
      return typeof (await send(client, bodyOf(1))) === 'number'
    })
    t.true((await bodiesOf(client)).length >= end)
  },
)

test.serial('a full disk refuses sends, reads on, and takes them again by itself', async (t) => {
  const home = makeHome(t)
  const disk = join(home, 'disk')
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk], { stdio: 'ignore' })
  } catch {
    t.log('skipped: no file system can be mounted here')
    t.pass()
    return
  }
  t.teardown(() => execFileSync('umount', ['-l', disk]))
  t.timeout(300_000)
  const ballast = join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc(32 * 1024 * 1024))
  const both = await startBoth(t, home)
  const broker = await both.startBroker(join(disk, 'b'))
  const { client } = both
  await makeTopic(client)
  const refusals = async () => {
    const text = await (await fetch(`http://${broker.listen['management']}/metrics`)).text()
    return Number(/^rocketway_broker_short_disk_total(?:{.*})? (\d+)/m.exec(text)?.[1])
  }
  t.is(await refusals(), 0)

  let stored = 0
  let answer: unknown = 0
  while (typeof answer === 'number') {
    answer = await send(client, bodyOf(stored, 60_000))
    if (answer === stored) stored++
  }
  t.is(answer, 'broker-unavailable', 'SERVICE_NOT_AVAILABLE')
  t.true((await refusals()) > 0)
  t.true(stored > 100)
  t.regex(broker.output(), /store-refuses-messages/)
  const expected = Array.from({ length: stored }, (_, n) => bodyOf(n).toString())
  t.deepEqual(await bodiesOf(client), expected, 'it still reads')

  rmSync(ballast)
  const tookMs = await until('it takes messages again', async () => {
    return (await send(client, bodyOf(stored))) === stored
  })
  t.log(`${stored} stored; it took messages again ${tookMs} ms after there was space`)
  await broker.kill('SIGKILL')
  await both.startBroker(join(disk, 'b'))
  await until('it is back', async () => (await client.maxOffset(queue).catch(() => 0)) > stored)
  t.deepEqual(await bodiesOf(client), [...expected, bodyOf(stored).toString()])
})
