// The operations on topics.

import { MqError } from '../../src/base/errors.ts'
import { malformed } from '../core/envelope.ts'
import { chooseType } from './accept.ts'
import { jsonObject } from './body.ts'
import { parseTopic, topicResult } from './convert.ts'
import { answerPage, answerTagged, checkUnchanged, tagOf } from './item-page.ts'
import { readJson } from './operations.ts'
import type { Operation } from './ports.ts'

const json = 'application/json'

export const listTopics: Operation = async (exchange, { core, keys }) => {
  chooseType(exchange.req.headers.accept, [json])
  answerPage(exchange, await core.listTopics(exchange.call()), keys)
}

export const createTopic: Operation = async (exchange, { core }) => {
  const input = parseTopic(await readJson(exchange))
  exchange.about({ topic: input.name })
  const view = await core.createTopic(input, exchange.call())
  const location = `/v1/topics/${encodeURIComponent(view.name)}`
  exchange.json(201, topicResult(view), { Location: location })
}

export const getTopic: Operation = async (exchange, { core }) => {
  chooseType(exchange.req.headers.accept, [json])
  const view = await core.topic(exchange.params['topic'] ?? '', exchange.call())
  answerTagged(exchange, topicResult(view))
}

export const changeTopic: Operation = async (exchange, { core, admin }) => {
  const { topic = '' } = exchange.params
  const { queues } = jsonObject(await readJson(exchange), new Set(['queues']))
  if (typeof queues !== 'number' || !Number.isSafeInteger(queues)) {
    malformed('/queues', 'must be a whole number')
  }
  checkUnchanged(exchange, topicResult(await core.topic(topic, exchange.call())))
  const view = topicResult(await admin.changeTopic(topic, queues, exchange.call()))
  exchange.json(200, view, { ETag: tagOf(view) })
}

export const deleteTopic: Operation = async (exchange, { core, admin }) => {
  const { topic = '' } = exchange.params
  checkUnchanged(exchange, topicResult(await core.topic(topic, exchange.call())))
  await admin.deleteTopic(topic, exchange.call())
  exchange.empty(204)
}

export const listQueues: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  const stats = await admin.queues(exchange.params['topic'] ?? '', exchange.call())
  const items = stats
    .toSorted((a, b) =>
      a.broker === b.broker ? a.queueId - b.queueId : a.broker < b.broker ? -1 : 1,
    )
    .map((one) => ({
      broker: one.broker,
      queueId: one.queueId,
      minOffset: String(one.minOffset),
      maxOffset: String(one.maxOffset),
      ...(one.lastStoredAt > 0 && { lastStoredAt: new Date(one.lastStoredAt).toISOString() }),
    }))
  exchange.json(200, { items })
}

/** The path's queue id. */
export function queueIdOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,5}$/.test(text)) return Number(text)
  throw new MqError('invalid-argument', 'must be a queue id', { pointer: 'queueId' })
}
