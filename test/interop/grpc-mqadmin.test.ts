// mqadmin, and a consumer that it reaches through the broker and the gateway: the official Node
// client, which shows a stack and knows no trials.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { ConsumeResult, PushConsumer } from 'rocketmq-client-nodejs'
import { createTopic, toolsFor } from '../support/mq-tools.ts'
import { startMqadmin } from '../support/mqadmin.ts'
import { options } from '../support/node-client.ts'
import { startRocketway } from '../support/processes.ts'

test('mqadmin lists a gRPC consumer, and asks it for its stacks', async (t) => {
  t.timeout(10 * 60_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-grpc-mqadmin-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const { listen } = await startRocketway(t, ['up', '--ports', '0', '--data', join(home, 'data')])
  const namesrv = listen['namesrv'] ?? ''
  const tools = toolsFor(t, namesrv)
  await createTopic(tools, 'asked', 'NORMAL')
  const consumer = new PushConsumer({
    ...options,
    endpoints: listen['grpc'] ?? '',
    consumerGroup: 'asked',
    subscriptions: new Map([['asked', 'paid']]),
    messageListener: { consume: async () => ConsumeResult.SUCCESS },
  })
  await consumer.startup()
  const mqadmin = await startMqadmin(t, home, namesrv)

  let listed = ''
  for (let tries = 0; tries < 30 && !listed.includes(consumer.clientId); tries++) {
    listed = await mqadmin('consumerConnection', '-g', 'asked')
  }
  t.true(listed.includes(consumer.clientId), listed)
  t.regex(listed, /asked.*paid/)

  const status = await mqadmin('consumerStatus', '-g', 'asked', '-i', consumer.clientId, '-s')
  t.regex(status, /CONSUME_PASSIVELY/)
  t.regex(status, /mock stack/)
  await consumer.shutdown()
})
