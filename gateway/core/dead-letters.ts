// What a group has given up on: looking at it, sending it again, doing away with it.
//
// A letter that is sent again goes to the topic that it came from, where every group of the topic
// gets it, and stays among the dead letters: a log cannot lose one message. Purging takes all.

import { MqError } from '../../src/base/errors.ts'
import type { AdminParts, DeadLetterPage, LetterRef } from './admin-views.ts'
import type { Call } from './core.ts'
import { delivered } from './delivered.ts'
import { groupName, ownName } from './names.ts'
import { wire } from './properties.ts'
import { readerGroup } from './tail-watch.ts'

const prefix = '%DLQ%'
const lettersMax = 256
const rootIdentity = { namespace: '', isAdmin: true } as const

/** The group's own dead letters are its owner's to see, whatever its rights on system topics. */
const asRoot = (call: Call): Call => ({
  ...call,
  identity: { ...call.identity, ...rootIdentity },
})

export async function deadLetters(
  group: string,
  page: { readonly cursor: string | undefined; readonly max: number },
  call: Call,
  { core }: AdminParts,
): Promise<DeadLetterPage> {
  const topic = prefix + groupName(group, call.identity)
  const from = page.cursor === undefined ? 'earliest' : { cursor: page.cursor }
  try {
    const output = await core.read({ topic, from, max: page.max, waitMs: 0 }, asRoot(call))
    return {
      messages: output.messages.map(({ cursor: _, ...message }) => ({
        ...message,
        topic: ownName(message.topic, call.identity),
      })),
      cursor: output.cursor,
      caughtUp: output.caughtUp,
    }
  } catch (error) {
    // Made with the first letter.
    if (!isMissing(error)) throw error
    return { messages: [], cursor: '', caughtUp: true }
  }
}

export async function resend(
  group: string,
  letters: readonly LetterRef[],
  call: Call,
  parts: AdminParts,
): Promise<readonly (undefined | Error)[]> {
  if (letters.length === 0 || letters.length > lettersMax) {
    throw new MqError('invalid-argument', `1 to ${lettersMax} letters`, { pointer: '/items' })
  }
  const topic = prefix + groupName(group, call.identity)
  const one = async (letter: LetterRef): Promise<undefined | Error> => {
    try {
      await resendOne(topic, letter, call, parts)
      return undefined
    } catch (error) {
      if (error instanceof MqError) return error
      throw error
    }
  }
  return Promise.all(letters.map(one))
}

async function resendOne(
  topic: string,
  { broker, queueId, offset }: LetterRef,
  call: Call,
  { ports, core }: AdminParts,
): Promise<void> {
  const queue = { topic, broker, queueId }
  const { messages } = await ports.client.pull({
    queue,
    group: readerGroup,
    offset,
    max: 1,
    waitMs: 0,
  })
  const [message] = messages
  if (message?.queueOffset !== offset) throw new MqError('message-not-found')
  const { properties } = message
  const origin = properties.get(wire.dlqTopic) ?? properties.get(wire.retryTopic)
  if (origin === undefined) throw new MqError('message-not-found', 'the letter has no origin')
  const letter = delivered(message, broker, call.identity)
  await core.send(
    {
      topic: ownName(origin, call.identity),
      body: letter.body,
      contentType: letter.contentType,
      tag: letter.tag,
      keys: letter.keys,
      properties: letter.properties,
      orderingKey: letter.orderingKey,
      traceparent: letter.traceparent,
      bodyEncoding: letter.bodyEncoding,
    },
    call,
  )
}

export async function purge(group: string, call: Call, { ports }: AdminParts): Promise<number> {
  const topic = prefix + groupName(group, call.identity, ['Delete'])
  const { inspection } = ports.client
  try {
    const stats = await inspection.topicStats(topic)
    await inspection.deleteTopic(topic)
    return stats.reduce((sum, { minOffset, maxOffset }) => sum + maxOffset - minOffset, 0)
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof MqError && error.failure === 'topic-not-found'
