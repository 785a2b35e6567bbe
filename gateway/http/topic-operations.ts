// The operations on topics. Lists are in the order of names; a page token is the last name of
// the page before, so that pages neither skip nor repeat what did not change.

import { MqError } from '../../src/base/errors.ts'
import type { KeyRing } from '../core/key-ring.ts'
import { openToken, sealToken } from '../core/token.ts'
import { chooseType } from './accept.ts'
import { parseTopic, topicResult } from './convert.ts'
import { type Operation, readJson } from './operations.ts'

const json = 'application/json'
const tokenPrefix = 'mqp1'
const tokenLengthMax = 512
const pageSizeDefault = 100
const pageSizeMax = 500

export const listTopics: Operation = async (exchange, { core, keys }) => {
  chooseType(exchange.req.headers.accept, [json])
  const { query } = exchange
  const size = pageSizeOf(query.get('pageSize'))
  const after = nameOf(query.get('pageToken'), keys)
  const q = query.get('q') ?? ''
  const names = await core.listTopics(exchange.call())
  const rest = names.filter((name) => name > after && name.includes(q))
  const items = rest.slice(0, size).map((name) => ({ name }))
  const last = items.at(-1)
  if (!last || rest.length <= size) return exchange.json(200, { items })

  const nextPageToken = sealToken(tokenPrefix, Buffer.from(last.name), keys)
  const next = new URLSearchParams({ pageSize: String(size), pageToken: nextPageToken })
  if (q !== '') next.set('q', q)
  const link = `</v1/topics?${next}>; rel="next"`
  exchange.json(200, { items, nextPageToken }, { Link: link })
}

export const createTopic: Operation = async (exchange, { core }) => {
  const input = parseTopic(await readJson(exchange))
  const view = await core.createTopic(input, exchange.call())
  const location = `/v1/topics/${encodeURIComponent(view.name)}`
  exchange.json(201, topicResult(view), { Location: location })
}

export const getTopic: Operation = async (exchange, { core }) => {
  chooseType(exchange.req.headers.accept, [json])
  const view = await core.topic(exchange.params['topic'] ?? '', exchange.call())
  exchange.json(200, topicResult(view))
}

function pageSizeOf(text: string | null): number {
  if (text === null) return pageSizeDefault
  const size = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (size >= 1 && size <= pageSizeMax) return size
  throw new MqError('invalid-argument', `must be 1 to ${pageSizeMax}`, { pointer: 'pageSize' })
}

function nameOf(token: string | null, keys: KeyRing): string {
  if (token === null) return ''
  const name = token.length > tokenLengthMax ? undefined : openToken(tokenPrefix, token, keys)
  if (!name) throw new MqError('invalid-page-token')
  return name.toString('utf8')
}
