// Peers that mean harm on the gRPC port of a real process: reset streams without end (CVE-2023-44487),
// headers without end (CONTINUATION), headers that grow when they are unpacked (HPACK), requests
// that never become whole. Each may lose its connection; the process stays small, and everybody
// else is served meanwhile.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, credentials } from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
import { cpuMicros } from '../../bench/process-cost.ts'
import { v2 } from '../../gateway/grpc/gen/messaging.js'
import { messagingService as rpc } from '../../gateway/grpc/service-definition.ts'
import { metadataOf } from '../support/grpc-front.ts'
import { type Running, startRocketway } from '../support/processes.ts'
import { callTo, flags, frame, newest, RawHttp2, remembered } from '../support/raw-http2.ts'

const mebi = 1024 * 1024
/** Over what the process had before: room for its heap to grow under any load. */
const growthMax = 160 * mebi
const uploadBytesMax = 32 * mebi
const attackMs = 3000
const heartbeat = '/apache.rocketmq.v2.MessagingService/Heartbeat'
const sendMessage = '/apache.rocketmq.v2.MessagingService/SendMessage'

function rssOf({ process: { pid } }: Running): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) * 1024
}

async function start(t: ExecutionContext) {
  const gateway = await startRocketway(t, [
    ...['gateway', '--ports', '0', '--namesrv', '127.0.0.1:1'],
    ...['--set', `gateway.grpc.uploadBytesMax=${uploadBytesMax}`],
    ...['--set', 'gateway.grpc.uploadTimeoutMs=2000'],
  ])
  const address = gateway.listen['grpc'] ?? ''
  const client = new Client(address, credentials.createInsecure())
  t.teardown(() => client.close())
  const { path, requestSerialize, responseDeserialize } = rpc.Heartbeat
  const beat = () =>
    new Promise<v2.Code | null | undefined>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        (bytes: Buffer) => responseDeserialize(bytes),
        { clientType: v2.ClientType.PRODUCER },
        metadataOf({}),
        { deadline: Date.now() + 30_000 },
        (error, answer) => (error ? reject(error) : resolve(answer?.status?.code)),
      )
    })
  t.is(await beat(), v2.Code.OK)
  const dial = () => RawHttp2.to(t, Number(address.split(':')[1]))
  return { gateway, beat, dial }
}

type Started = Awaited<ReturnType<typeof start>>

/**
 * Runs the attack from four connections, again and again, and an honest client beside it. `done`
 * counts what the attackers have sent of `what`, so that it can be told what one costs.
 */
async function attacked(
  t: ExecutionContext,
  { gateway, beat, dial }: Started,
  { what, done }: { readonly what: string; done(): number },
  attack: (raw: RawHttp2, goesOn: () => boolean) => Promise<void>,
): Promise<void> {
  const before = rssOf(gateway)
  const cpuBefore = cpuMicros(gateway.process.pid ?? 0)
  const since = Date.now()
  const end = since + attackMs
  const goesOn = () => Date.now() < end
  let most = before
  let connections = 0
  let beats = 0
  const attackers = Array.from({ length: 4 }, async () => {
    while (goesOn()) {
      connections += 1
      await attack(await dial(), goesOn)
      await sleep(5)
    }
  })
  while (goesOn()) {
    t.is(await beat(), v2.Code.OK)
    beats += 1
    most = Math.max(most, rssOf(gateway))
    await sleep(50)
  }
  await Promise.all(attackers)
  const cpu = cpuMicros(gateway.process.pid ?? 0) - cpuBefore
  const share = Math.round(cpu / (Date.now() - since) / 10)
  t.log(
    `${connections} connections, ${Math.round((most - before) / mebi)} MiB more; ${done()} ${what}`,
    `for ${(cpu / done()).toFixed(1)} µs of CPU each, ${share} % of a core; ${beats} honest calls`,
  )
  t.true(beats > 0, 'an honest client is served meanwhile')
  t.true(most - before < growthMax, 'memory is bounded')
  t.is(await beat(), v2.Code.OK)
}

test.serial('streams that are begun and reset without end', async (t) => {
  const started = await start(t)
  let resets = 0
  const sent = { what: 'streams', done: () => resets }
  await attacked(t, started, sent, async (raw, goesOn) => {
    const block = callTo(heartbeat)
    const cancel = Buffer.from([0, 0, 0, 8])
    for (let id = 1; goesOn() && !raw.isEnded; ) {
      const pairs: Buffer[] = []
      for (let n = 0; n < 100; n++, id += 2, resets++) {
        pairs.push(frame('headers', id, block, flags.endHeaders), frame('rstStream', id, cancel))
      }
      await raw.write(Buffer.concat(pairs))
    }
  })
  t.true(resets > 1000, 'the attack was one')
})

test.serial('headers that never end', async (t) => {
  const started = await start(t)
  let closed = 0
  let frames = 0
  const sent = { what: 'frames of 16 kB', done: () => frames }
  await attacked(t, started, sent, async (raw, goesOn) => {
    await raw.write(frame('headers', 1, callTo(heartbeat)))
    const more = frame('continuation', 1, Buffer.concat([remembered('x', 'y'.repeat(16_000))]))
    while (goesOn() && (await raw.write(more))) frames += 1
    if (raw.isEnded) closed += 1
  })
  t.true(closed > 0, 'the connections are closed')
})

test.serial('headers that are small until they are unpacked', async (t) => {
  const started = await start(t)
  let calls = 0
  const sent = { what: 'blocks of headers', done: () => calls }
  await attacked(t, started, sent, async (raw, goesOn) => {
    const first = Buffer.concat([callTo(heartbeat), remembered('x', 'y'.repeat(3900))])
    await raw.write(frame('headers', 1, first, flags.endHeaders | flags.endStream))
    const bomb = Buffer.concat([callTo(heartbeat), ...new Array(12_000).fill(newest)])
    for (let id = 3; goesOn() && !raw.isEnded; id += 2, calls++) {
      await raw.write(frame('headers', id, bomb, flags.endHeaders | flags.endStream))
    }
  })
  t.true(calls > 10, 'the attack was one')
})

test.serial('requests that never become whole', async (t) => {
  const { gateway, beat, dial } = await start(t)
  const before = rssOf(gateway)
  // A message of 4 MiB is announced, and 60 kB of it are sent, within the window of the stream.
  const part = Buffer.alloc(15_000)
  const announced = Buffer.from(part)
  announced.writeUInt32BE(4 * mebi, 1)
  const raws = await Promise.all(Array.from({ length: 20 }, dial))
  for (const raw of raws) {
    for (let id = 1; id < 200 && !raw.isEnded; id += 2) {
      await raw.write(frame('headers', id, callTo(sendMessage), flags.endHeaders))
      for (const data of [announced, part, part, part]) await raw.write(frame('data', id, data))
    }
    t.is(await beat(), v2.Code.OK)
  }
  const grown = rssOf(gateway) - before
  t.log(
    `${Math.round(grown / mebi)} MiB more for ${Math.round((20 * 100 * 60_000) / mebi)} MiB that were sent`,
  )
  t.true(grown < uploadBytesMax + growthMax, 'memory is bounded')
  const under = async () => {
    const text = await (await fetch(`http://${gateway.listen['management']}/metrics`)).text()
    return Number(/rocketway_grpc_upload_bytes(?:\{[^}]*\})? (\d+)/.exec(text)?.[1] ?? -1)
  }
  t.true((await under()) <= uploadBytesMax)
  for (let tries = 0; tries < 200 && (await under()) !== 0; tries++) await sleep(100)
  t.is(await under(), 0, 'what does not become whole in time is dropped')
  t.is(await beat(), v2.Code.OK)
})
