// The official Node client that receives while its gateway goes, as a program of its own: without its
// gateway it cannot be shut down. Arguments: endpoints, topic, group, how long a receive waits, ms.

import { SimpleConsumer } from 'rocketmq-client-nodejs'
import { options } from './node-client.ts'

const [, , endpoints = '', topic = '', consumerGroup = '', waitMs] = process.argv
const consumer = new SimpleConsumer({
  ...options,
  endpoints,
  consumerGroup,
  subscriptions: new Map([[topic, '*']]),
  awaitDuration: Number(waitMs),
})
await consumer.startup()
const [before] = await consumer.receive(1, 30_000)
if (before) await consumer.ack(before)
console.log(`{"received":"${before?.body}"}`)
const since = Date.now()
const { length } = await consumer.receive(1, 30_000)
console.log(JSON.stringify({ count: length, ms: Date.now() - since }))
process.exit(0)
