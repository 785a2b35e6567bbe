// What the Node client is asked beside its rows: credentials, and gateways that come and go.

import { setTimeout as sleep } from 'node:timers/promises'
import { ConsumeResult, type SimpleConsumer } from 'rocketmq-client-nodejs'
import {
  check,
  consuming,
  invisibleMs,
  message,
  options,
  producing,
  pushing,
  refused,
  take,
  text,
} from './node-client.ts'

/** Good credentials are let in, bad ones and none are not. */
export async function access(accessKey: string, accessSecret: string): Promise<void> {
  options.sessionCredentials = { accessKey, accessSecret }
  await consuming('access', 'access', (consumer) =>
    producing('access', async (producer) => {
      await producer.send(message('access', 'let in'))
      check((await take(consumer, 1, 20)).length === 1, 'not received')
    }),
  )
  options.sessionCredentials = { accessKey, accessSecret: 'not-the-secret' }
  await refused('access')
  delete options.sessionCredentials
  await refused('access')
}

/** Sends and consumes while gateways come and go: what was acknowledged has to come to both. */
export async function ride(seconds: number): Promise<void> {
  const [received, pushed, sent] = [new Set<string>(), new Set<string>(), new Set<string>()]
  let isOver = false
  await pushing('ride-push', 'ride', '*', (view) => {
    pushed.add(text(view))
    return ConsumeResult.SUCCESS
  })
  const receiving = async (consumer: SimpleConsumer) => {
    while (!isOver) {
      try {
        for (const view of await consumer.receive(16, invisibleMs)) {
          received.add(text(view))
          await consumer.ack(view).catch(() => {})
        }
      } catch {
        await sleep(100)
      }
    }
  }
  await consuming('ride', 'ride', async (consumer) => {
    const done = receiving(consumer)
    await producing('ride', async (producer) => {
      const isSent = (body: string) =>
        producer.send(message('ride', body)).then(
          () => true,
          () => false,
        )
      while (pushed.size === 0) {
        await isSent('first')
        await sleep(500)
      }
      console.log('riding')
      let longestMs = 0
      for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20)) {
        const [body, since] = [`r${sent.size}`, Date.now()]
        while (!(await isSent(body))) await sleep(100)
        longestMs = Math.max(longestMs, Date.now() - since)
        sent.add(body)
      }
      const missing = (seen: Set<string>) => [...sent].filter((body) => !seen.has(body)).length
      const end = Date.now() + 150_000
      while (Date.now() < end && missing(received) + missing(pushed) > 0) await sleep(200)
      isOver = true
      const counts = `${missing(received)} and ${missing(pushed)} of ${sent.size}`
      check(missing(received) + missing(pushed) === 0, `missing: ${counts}`)
      console.log(JSON.stringify({ sent: sent.size, longestMs }))
    })
    await done
  })
}
