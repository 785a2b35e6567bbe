// The push consumer of the official Node client against the gRPC front and the real core, over
// a cluster in memory. It asks for its queues a second after its start and stops no sooner
// than its polls do, so it is not among the unit tests.

import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { ConsumeResult, Producer, PushConsumer } from 'rocketmq-client-nodejs'
import logging from 'rocketmq-client-nodejs/dist/client/Logger.js'
import { gatewayCore } from '../support/gateway-core.ts'
import { grpcFront } from '../support/grpc-front.ts'

const quiet = { info() {}, warn() {}, error() {} }
// Its parts make loggers of their own, with files and timers that nobody ends.
Object.assign(logging, { getDefaultLogger: () => quiet })

for (const fifo of [false, true]) {
  test(`the Node push consumer of ${fifo ? 'an ordered' : 'a'} group consumes what it wants`, async (t) => {
    const { core, client, clock } = gatewayCore({ queues: 4 })
    client.addGroup('billing', { consumeMessageOrderly: fifo })
    const { front } = await grpcFront(t, { core, clock })
    const options = { endpoints: `127.0.0.1:${front.port}`, namespace: '', logger: quiet }
    const bodies: string[] = []
    const consumer = new PushConsumer({
      ...options,
      consumerGroup: 'billing',
      subscriptions: new Map([['orders', 'paid']]),
      messageListener: {
        async consume({ body }) {
          bodies.push(body.toString())
          return ConsumeResult.SUCCESS
        },
      },
    })
    await consumer.startup()
    t.teardown(async () => {
      // The client waits for its polls, whose time is the fake clock's.
      let isDown = false
      const down = consumer.shutdown().finally(() => {
        isDown = true
      })
      await until(
        () => isDown,
        () => clock.advance(10_000),
      )
      await down
    })
    // An ordered group has a poll for each of the four queues.
    await until(() => client.held >= (fifo ? 4 : 1))
    const producer = new Producer({ ...options, topic: 'orders' })
    await producer.startup()
    t.teardown(() => producer.shutdown())
    await producer.send({ topic: 'orders', tag: 'open', body: Buffer.from('no') })
    await producer.send({ topic: 'orders', tag: 'paid', body: Buffer.from('yes') })

    await until(
      () => client.calls.includes('ack'),
      () => clock.advance(1000),
    )
    t.deepEqual(bodies, ['yes'])
  })
}

async function until(holds: () => boolean, meanwhile = async () => {}): Promise<void> {
  const patience = Date.now() + 15_000
  while (!holds() && Date.now() < patience) {
    await meanwhile()
    await sleep(20)
  }
}
