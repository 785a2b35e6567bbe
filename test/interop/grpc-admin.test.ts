// The gRPC service for administrators in front of a real Apache cluster, and acknowledgements that
// go to its broker together.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { v2 } from '../../gateway/grpc/gen/messaging.js'
import {
  adminService as admin,
  messagingService as rpc,
} from '../../gateway/grpc/service-definition.ts'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { GrpcClient } from '../support/grpc-front.ts'
import { createTopic, toolsFor } from '../support/mq-tools.ts'
import { startRocketway } from '../support/processes.ts'

const { Code } = v2
const topic = { name: 'looked-at' }
const group = { name: 'looking' }
const count = 8
const invisibleMs = 10_000

test('an Apache cluster answers administrators over gRPC; a batch is acknowledged at once', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-grpc-admin-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
  await startApacheBroker(t, join(home, 'broker'), namesrv.address)
  const tools = toolsFor(t, namesrv.address)
  const until = Date.now() + 60_000
  const isThere = () =>
    tools.client.masters().then(
      ({ size }) => size > 0,
      () => false,
    )
  while (!(await isThere()) && Date.now() < until) await sleep(500)
  await createTopic(tools, topic.name, 'NORMAL')
  await tools.client.inspection.createGroup(group.name)
  const { listen } = await startRocketway(t, [
    ...['gateway', '--namesrv', namesrv.address, '--ports', '0'],
  ])
  const client = new GrpcClient(Number(listen['grpc']?.split(':').at(-1)))
  t.teardown(() => client.close())
  const receive = async (seconds: number) => {
    const filterExpression = { type: v2.FilterType.TAG, expression: 'paid' }
    const asked = { group, messageQueue: { topic }, filterExpression, batchSize: 32 }
    const times = {
      invisibleDuration: { seconds: invisibleMs / 1000 },
      longPollingTimeout: { seconds },
    }
    const frames = await client.receive({ ...asked, ...times }, { deadlineMs: 30_000 }).frames
    return frames.flatMap(({ message }) => message ?? [])
  }

  const stream = client.telemetry()
  const first = stream.next()
  stream.say({
    clientType: v2.ClientType.SIMPLE_CONSUMER,
    subscription: {
      group,
      subscriptions: [{ topic, expression: { type: v2.FilterType.TAG, expression: 'paid' } }],
    },
  })
  t.is((await first).status?.code, Code.OK)
  // A group begins at the end.
  t.is((await receive(1)).length, 0)
  for (let n = 0; n < count; n++) {
    const sent = await client.unary(admin.AdminSendMessage, {
      topic,
      tag: 'paid',
      body: Buffer.from('x'),
    })
    t.is(sent.status?.code, Code.OK)
  }

  const handles: string[] = []
  while (handles.length < count) {
    const messages = await receive(5)
    const entries = messages.map(({ systemProperties }) => ({
      messageId: systemProperties?.messageId ?? '',
      receiptHandle: systemProperties?.receiptHandle ?? '',
    }))
    handles.push(...entries.map(({ receiptHandle }) => receiptHandle))
    if (entries.length === 0) return t.fail('messages are missing')
    const acked = await client.unary(rpc.AckMessage, { group, topic, entries })
    t.is(acked.status?.code, Code.OK)
    t.true(acked.entries.every(({ status }) => status?.code === Code.OK))
  }
  t.is(new Set(handles).size, count)
  const over = Date.now() + invisibleMs + 2000
  while (Date.now() < over) t.deepEqual(await receive(3), [])

  const route = JSON.parse((await client.unary(admin.GetTopicRoute, { topic })).topicRouteData) as {
    queueDatas: { brokerName: string }[]
  }
  const broker = { name: route.queueDatas[0]?.brokerName }
  const { queueTimeSpanList } = await client.unary(admin.QueryTimeSpan, { group, topics: [topic] })
  t.like(queueTimeSpanList[0]?.messageQueue, { topic, id: 0, broker })
  t.true(queueTimeSpanList.some(({ maxTimestamp }) => Number(maxTimestamp) > Date.now() - 600_000))
  const { subscriptionInfo } = await client.unary(admin.ListSubscription, { group })
  const expression = { type: v2.FilterType.TAG, expression: 'paid' }
  t.like(subscriptionInfo[0], {
    group,
    topic,
    expression,
    online: true,
    subscriptionConsistency: true,
  })
  const { clientSubscriptionInfo } = await client.unary(admin.DescribeSubscription, { topic })
  t.like(clientSubscriptionInfo[0]?.clientInfo, { clientId: 'client@1@0@x' })
  stream.end()
  await stream.ended
})
