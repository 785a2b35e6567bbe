// A gateway that is asked to stop, seen by the official Node client and by one that does not read.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { messagingService as rpc } from '../../gateway/grpc/service-definition.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { createTopic, type MqTools, toolsFor } from '../support/mq-tools.ts'
import { type Running, startRocketway } from '../support/processes.ts'

const topic = 'drained'
const waitMs = 18_000

async function site(t: ExecutionContext) {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-drain-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const local = ['--listen', '127.0.0.1:0', '--data']
  const namesrv = await startRocketway(t, ['namesrv', ...local, join(home, 'n')])
  const address = namesrv.listen['namesrv'] ?? ''
  const to = ['--namesrv', address]
  await startRocketway(t, ['broker', ...local, join(home, 'b'), ...to])
  const tools = toolsFor(t, address)
  await createTopic(tools, topic, 'NORMAL')
  const keys = join(home, 'handles.json')
  writeFileSync(keys, KeyRing.generate(systemRandom))
  const shared = ['--set', `gateway.handles.keysFile=${keys}`]
  const start = (more: readonly string[] = []) =>
    startRocketway(t, ['gateway', '--ports', '0', ...to, ...shared, ...more])
  return { tools, start }
}

/** The lines of the official client, see support/node-poll.ts. */
function polling(t: ExecutionContext, { listen }: Running): { next(): Promise<string> } {
  const program = new URL('../support/node-poll.js', import.meta.url).pathname
  const args = [program, listen['grpc'] ?? '', topic, 'drained', String(waitMs)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { next: async () => String((await lines.next()).value) }
}

/** The first letters of what the group gets of a gateway. */
function receiving({ listen }: Running): () => Promise<string[]> {
  return async () => {
    const path = `groups/drained/topics/${topic}/messages:receive`
    const answer = await fetch(`http://${listen['http']}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ max: 4, wait: '3s', invisible: '5m' }),
    })
    const { messages } = (await answer.json()) as { messages: { body: { text?: string } }[] }
    return messages.map(({ body }) => (body.text ?? '').slice(0, 1))
  }
}

const send = ({ client }: MqTools, body: Buffer) =>
  client.send({ topic, body, properties: new Map() }, { queue: { broker: 'broker-a', queueId: 0 } })

test.serial(
  'a receive that waits ends at once and empty, and the next gateway goes on',
  async (t) => {
    const { tools, start } = await site(t)
    const [first, second] = [await start(), await start()]
    await send(tools, Buffer.from('before'))
    const poll = polling(t, first)
    t.is(await poll.next(), '{"received":"before"}')
    await sleep(1000)
    const ended = first.kill('SIGTERM')
    const { count, ms } = JSON.parse(await poll.next()) as { count: number; ms: number }
    t.is(count, 0, 'no message and no error')
    t.true(ms < waitMs, 'it did not wait for its time')
    t.is(await ended, 0)

    await send(tools, Buffer.from('after'))
    t.deepEqual(
      await receiving(second)(),
      ['a'],
      'nothing is hidden with the gateway that has gone',
    )
  },
)

test.serial(
  'what a caller did not read is visible again at once, and it is told to go',
  async (t) => {
    const { tools, start } = await site(t)
    const first = await start(['--set', 'gateway.drain.timeoutMs=3000'])
    const second = await start()
    await send(tools, Buffer.from('before'))
    const receive = receiving(second)
    await receive()
    for (const letter of 'abcd') await send(tools, Buffer.alloc(100_000, letter))

    const session = connect(`http://${first.listen['grpc']}`, {
      settings: { initialWindowSize: 1 },
    })
    t.teardown(() => session.destroy())
    session.on('error', () => {})
    const told = once(session, 'goaway')
    const stream = session.request({
      ':method': 'POST',
      ':path': rpc.ReceiveMessage.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'x-mq-client-id': 'slow@1@0@x',
    })
    stream.on('error', () => {})
    const asked = rpc.ReceiveMessage.requestSerialize({
      group: { name: 'drained' },
      messageQueue: { topic: { name: topic } },
      batchSize: 4,
      invisibleDuration: { seconds: 300 },
      longPollingTimeout: { seconds: 10 },
    })
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(asked.length, 1)
    stream.end(Buffer.concat([prefix, asked]))
    // Its headers are no part of the window: the messages have been taken.
    await once(stream, 'response')

    const ended = first.kill('SIGTERM')
    await told
    const received: string[] = []
    for (let tries = 0; tries < 5 && received.length < 3; tries++)
      received.push(...(await receive()))
    // The first may have been on its way.
    t.deepEqual(received.filter((letter) => letter !== 'a').sort(), ['b', 'c', 'd'])
    t.is(await ended, 0, 'a connection that stays does not keep it')
  },
)
