// Lists by pages, in the order of names: a page token is the last name of the page before, so
// that pages neither skip nor repeat what did not change. And the tag of a view, which changes
// must name so that nobody overwrites what they have not seen.

import { hash } from 'node:crypto'
import { MqError } from '../../src/base/errors.ts'
import type { KeyRing } from '../core/key-ring.ts'
import { openToken, sealToken } from '../core/token.ts'
import type { Exchange } from './exchange.ts'

const tokenPrefix = 'mqp1'
const tokenLengthMax = 512
const pageSizeDefault = 100
const pageSizeMax = 500

/** Answers one page of what the names, which are in order, stand for. */
export function answerPage(
  exchange: Exchange,
  names: readonly string[],
  keys: KeyRing,
  itemOf: (name: string) => unknown = (name) => ({ name }),
): void {
  const { query, req } = exchange
  const size = pageSizeOf(query)
  const after = nameOf(query.get('pageToken'), keys)
  const q = query.get('q') ?? ''
  const rest = names.filter((name) => name > after && name.includes(q))
  const page = rest.slice(0, size)
  const items = page.map(itemOf)
  const last = page.at(-1)
  if (last === undefined || rest.length <= size) {
    exchange.json(200, { items })
    return
  }

  const nextPageToken = sealToken(tokenPrefix, Buffer.from(last), keys)
  const next = new URLSearchParams(query)
  next.set('pageSize', String(size))
  next.set('pageToken', nextPageToken)
  const [path = ''] = (req.url ?? '').split('?', 1)
  exchange.json(200, { items, nextPageToken }, { Link: `<${path}?${next}>; rel="next"` })
}

export function pageSizeOf(query: URLSearchParams, max = pageSizeMax): number {
  return wholeOf(query, 'pageSize', { min: 1, max, fallback: Math.min(pageSizeDefault, max) })
}

/** A whole number of the address. Throws `invalid-argument` with its range. */
export function wholeOf(
  query: URLSearchParams,
  name: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const text = query.get(name)
  if (text === null) return range.fallback
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1
  if (value >= range.min && value <= range.max) return value
  throw new MqError('invalid-argument', `must be ${range.min} to ${range.max}`, { pointer: name })
}

function nameOf(token: string | null, keys: KeyRing): string {
  if (token === null) return ''
  const name = token.length > tokenLengthMax ? undefined : openToken(tokenPrefix, token, keys)
  if (!name) throw new MqError('invalid-page-token')
  return name.toString('utf8')
}

/** The strong entity tag of a view. */
export const tagOf = (view: unknown): string =>
  `"${hash('sha256', JSON.stringify(view), 'base64url').slice(0, 22)}"`

/** Answers a view with its tag, or 304 where the caller has it. */
export function answerTagged(exchange: Exchange, view: unknown): void {
  const tag = tagOf(view)
  const known = exchange.req.headers['if-none-match']
  if (known?.split(',').some((one) => one.trim() === tag)) {
    exchange.empty(304, { ETag: tag })
  } else exchange.json(200, view, { ETag: tag })
}

/** Throws unless the caller names the tag of what is there now. */
export function checkUnchanged(exchange: Exchange, view: unknown): void {
  const wanted = exchange.req.headers['if-match']
  if (wanted === undefined) throw new MqError('precondition-required')
  if (wanted !== '*' && wanted.trim() !== tagOf(view)) throw new MqError('etag-mismatch')
}
