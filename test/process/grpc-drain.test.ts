// A gateway that is asked to stop, seen by the official Node client and by one that does not read.

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { SimpleConsumer } from 'rocketmq-client-nodejs'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { messagingService as rpc } from '../../gateway/grpc/service-definition.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { createTopic, type MqTools, toolsFor } from '../support/mq-tools.ts'
import { options } from '../support/node-client.ts'
import { type Running, startRocketway } from '../support/processes.ts'

const topic = 'drained'
const waitMs = 18_000

async function twoGateways(t: ExecutionContext) {
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
  const start = () => startRocketway(t, ['gateway', '--ports', '0', ...to, ...shared])
  return { tools, first: await start(), second: await start() }
}

async function consuming(t: ExecutionContext, endpoints = ''): Promise<SimpleConsumer> {
  const consumer = new SimpleConsumer({
    ...options,
    endpoints,
    consumerGroup: 'drained',
    subscriptions: new Map([[topic, '*']]),
    awaitDuration: waitMs,
  })
  await consumer.startup()
  t.teardown(() => consumer.shutdown().catch(() => {}))
  return consumer
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
    const { tools, first, second } = await twoGateways(t)
    await send(tools, Buffer.from('before'))
    const consumer = await consuming(t, first.listen['grpc'])
    const [before] = await consumer.receive(1, 30_000)
    if (before) await consumer.ack(before)

    const since = Date.now()
    const waiting = consumer.receive(1, 30_000)
    await sleep(1000)
    const ended = first.kill('SIGTERM')
    t.deepEqual(await waiting, [], 'no message and no error')
    t.true(Date.now() - since < waitMs, 'it did not wait for its time')
    t.is(await ended, 0)

    await send(tools, Buffer.from('after'))
    const other = await consuming(t, second.listen['grpc'])
    const bodies = (await other.receive(4, 30_000)).map(({ body }) => body.toString())
    t.deepEqual(bodies, ['after'], 'nothing is hidden with the gateway that has gone')
  },
)

test.serial(
  'what a caller did not read is visible again at once, and it is told to go',
  async (t) => {
    const { tools, first, second } = await twoGateways(t)
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
    stream.close()
    t.is(await ended, 0)
  },
)
