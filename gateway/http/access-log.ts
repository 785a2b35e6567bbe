// One line for each request when it is over. No header is in it, and of the address nothing that
// opens a door: tickets and whatever looks like a token are masked (security test S20).

import type { Log } from '../../src/base/log.ts'
import type { Exchange } from './exchange.ts'

const secretParameter = /([?&](?:ticket|token|access_token|key|secret|password|signature)=)[^&#]*/gi
const urlCharsMax = 1024

export const scrubbed = (url: string): string =>
  url.slice(0, urlCharsMax).replace(secretParameter, '$1***')

export function logAccess(log: Log, exchange: Exchange, operation: string, ms: number): void {
  const { req, res, requestId, identity, source } = exchange
  log.info('access', {
    method: req.method,
    url: scrubbed(req.url ?? ''),
    status: res.statusCode,
    ms: Math.round(ms * 10) / 10,
    operation,
    subject: identity.subject,
    namespace: identity.namespace,
    source,
    requestId,
  })
}
