// Producers that record what they were told, and the checks of what is there afterwards.
//
//   I1  every acknowledged message is readable at its queue and offset
//   I2  every message read was sent, unaltered; one that was definitely refused is never read
//   I4  a producer that waits for each answer sees increasing offsets; queues have no gaps

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { MqError } from '../../src/base/errors.ts'
import type { MqClient } from '../../src/client/types.ts'
import type { Message } from '../../src/message/message.ts'

export type Sent = {
  readonly body: string
  readonly producer: number
  readonly queueId: number
  /** -1 unless acknowledged. */
  readonly offset: number
  readonly result: 'acked' | 'refused' | 'unknown'
}

/** A body that proves itself: name, number, filling, and the digest of the three. */
export function provenBody(producer: number, n: number, fillBytes: number): string {
  const text = `${producer}:${n}:${'x'.repeat(fillBytes)}`
  return `${text}:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}

function isProven(body: string): boolean {
  const at = body.lastIndexOf(':')
  const digest = createHash('sha256').update(body.slice(0, at)).digest('hex').slice(0, 16)
  return digest === body.slice(at + 1)
}

/** Sends one message after the other to one queue until aborted; records every outcome. */
export async function produce(
  client: MqClient,
  to: { topic: string; broker: string; queueId: number; producer: number; from: number },
  stop: AbortSignal,
): Promise<Sent[]> {
  const log: Sent[] = []
  for (let n = to.from; !stop.aborted; n++) {
    const body = provenBody(to.producer, n, (n * 37) % 900)
    const base = { body, producer: to.producer, queueId: to.queueId }
    try {
      const receipt = await client.send(
        { topic: to.topic, body: Buffer.from(body), properties: new Map() },
        { queue: { broker: to.broker, queueId: to.queueId }, retries: 0, timeoutMs: 3000 },
      )
      log.push({ ...base, offset: receipt.queueOffset, result: 'acked' })
    } catch (error) {
      const refused = error instanceof MqError && error.detail['outcome'] === 'not-stored'
      log.push({ ...base, offset: -1, result: refused ? 'refused' : 'unknown' })
      await sleep(20)
    }
  }
  return log
}

/** Everything a topic's queues hold on one broker, in order. */
export async function readAll(
  client: MqClient,
  topic: string,
  broker: string,
  queues: number,
): Promise<Message[]> {
  const found: Message[] = []
  for (let queueId = 0; queueId < queues; queueId++) {
    const queue = { topic, broker, queueId }
    const end = await client.maxOffset(queue)
    for (let offset = await client.minOffset(queue); offset < end; ) {
      const page = await client.pull({ queue, group: 'reader', offset, max: 32, waitMs: 0 })
      found.push(...page.messages)
      if (page.nextOffset <= offset) break
      offset = page.nextOffset
    }
  }
  return found
}

export function checkRecord(
  t: ExecutionContext,
  sent: readonly Sent[],
  read: readonly Message[],
): void {
  const bodyAt = new Map(
    read.map((one) => [`${one.queueId}@${one.queueOffset}`, Buffer.from(one.body).toString()]),
  )
  const acked = sent.filter((one) => one.result === 'acked')
  const lost = acked.filter((one) => bodyAt.get(`${one.queueId}@${one.offset}`) !== one.body)
  t.deepEqual(lost.slice(0, 3), [], `${lost.length} of ${acked.length} acknowledged are lost (I1)`)

  const outcome = new Map(sent.map((one) => [one.body, one.result]))
  const phantom = [...bodyAt.values()].filter((body) => {
    const result = outcome.get(body)
    return !isProven(body) || result === undefined || result === 'refused'
  })
  t.deepEqual(phantom.slice(0, 3), [], `${phantom.length} were read but never sent (I2)`)

  checkOffsets(t, acked, read)
}

function checkOffsets(t: ExecutionContext, acked: readonly Sent[], read: readonly Message[]): void {
  const last = new Map<string, number>()
  const disordered = acked.filter((one) => {
    const key = `${one.producer}/${one.queueId}`
    const before = last.get(key) ?? -1
    last.set(key, one.offset)
    return one.offset <= before
  })
  t.deepEqual(disordered.slice(0, 3), [], 'an answer has an offset that is not larger (I4)')

  const next = new Map<number, number>()
  const gaps = read.filter((one) => {
    const expected = next.get(one.queueId) ?? one.queueOffset
    next.set(one.queueId, one.queueOffset + 1)
    return one.queueOffset !== expected
  })
  t.is(gaps.length, 0, 'a queue has a gap (I4)')
}
