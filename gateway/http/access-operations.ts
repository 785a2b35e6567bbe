// Tickets for those who cannot set headers, and who did what.

import { MqError } from '../../src/base/errors.ts'
import { malformed } from '../core/envelope.ts'
import { timeText } from '../core/message-json.ts'
import { checkAdmin } from '../core/names.ts'
import { openToken, sealToken } from '../core/token.ts'
import { ticketMs } from '../identity/tickets.ts'
import { chooseType } from './accept.ts'
import { jsonObject } from './body.ts'
import { pageSizeOf } from './item-page.ts'
import { readJson } from './operations.ts'
import type { Operation } from './ports.ts'

const json = 'application/json'
const originCharsMax = 256
const auditTokenPrefix = 'mqa1'

export const createTicket: Operation = async (exchange, { tickets }) => {
  const { req, identity } = exchange
  const isEmpty = req.headers['content-length'] === '0' || !hasBody(req.headers)
  const given = isEmpty ? {} : jsonObject(await readJson(exchange), new Set(['origin']))
  chooseType(req.headers.accept, [json])
  // A program asks for a page's ticket by naming the page; a page is named by its browser.
  const origin = req.headers.origin ?? originOf(given['origin'])
  const ticket = tickets.issue(identity, { origin })
  exchange.json(201, { ticket, expiresInMs: ticketMs })
}

const hasBody = (headers: Readonly<Record<string, unknown>>): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined

function originOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const isOrigin =
    typeof value === 'string' &&
    value.length <= originCharsMax &&
    URL.canParse(value) &&
    new URL(value).origin === value
  return isOrigin ? value : malformed('/origin', 'must be an origin, as https://app.example.com')
}

/** Of this node, since it has started; the whole of it is where the node writes it. */
export const listAudit: Operation = (exchange, { audit, keys }) => {
  chooseType(exchange.req.headers.accept, [json])
  checkAdmin(exchange.identity)
  const max = pageSizeOf(exchange.query)
  const token = exchange.query.get('pageToken')
  const before = token === null ? undefined : Number(openToken(auditTokenPrefix, token, keys))
  if (before !== undefined && !Number.isSafeInteger(before)) throw new MqError('invalid-page-token')
  const rows = audit.rows(max, before)
  const last = rows.at(-1)
  const next = last && last.sequence > 1 && rows.length === max ? String(last.sequence) : undefined
  exchange.json(200, {
    items: rows.map(({ at, ...row }) => ({ ...row, at: timeText(at) })),
    ...(next !== undefined && {
      nextPageToken: sealToken(auditTokenPrefix, Buffer.from(next), keys),
    }),
  })
}
