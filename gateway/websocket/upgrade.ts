// What is checked before a socket exists, so that a page that may not come in has no effect at
// all: path, credentials in the wrong place, Host, Origin, subprotocol. Pure.

import { MqError } from '../../src/base/errors.ts'
import { isHostAllowed, isOriginAllowed } from '../identity/origin.ts'
import type { WebSocketConfig } from './config.ts'
import { type Format, formats } from './format.ts'

export type UpgradeRequest = {
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly localAddress: string | undefined
}

const bearerPrefix = 'base64url.bearer.authorization.rocketway.'

export type Admission = {
  /**
   * The `Authorization` value, from the header or, as browsers cannot set one, from a second
   * subprotocol.
   */
  readonly authorization: string | undefined
  readonly ticket: string | undefined
  readonly namespace: string | undefined
  readonly origin: string | undefined
  readonly host: string | undefined
  readonly format: Format
  readonly query: URLSearchParams
}

/** Throws why the request is refused. */
export function checkUpgrade(
  request: UpgradeRequest,
  config: Pick<WebSocketConfig, 'path' | 'origins'>,
): Admission {
  const { headers } = request
  const [path, query = ''] = request.url.split('?', 2)
  if (path !== config.path) throw new MqError('not-found')
  const seen = {
    origin: one(headers['origin']),
    host: one(headers['host']),
    localAddress: request.localAddress,
  }
  if (!isHostAllowed(seen, config) || !isOriginAllowed(seen, config)) {
    throw new MqError('origin-not-allowed')
  }
  const parameters = new URLSearchParams(query)
  refuseSecretsIn(parameters)
  const offered = (one(headers['sec-websocket-protocol']) ?? '').split(',').map((s) => s.trim())
  const format = formats.find(({ subprotocol }) => offered.includes(subprotocol))
  if (!format) {
    const names = formats.map(({ subprotocol }) => subprotocol).join(', ')
    throw new MqError('invalid-argument', `offer one of the subprotocols ${names}`, {
      pointer: 'Sec-WebSocket-Protocol',
    })
  }
  return {
    authorization: one(headers['authorization']) ?? bearerOf(offered),
    ticket: parameters.get('ticket') ?? undefined,
    namespace: one(headers['mq-namespace']) ?? parameters.get('namespace') ?? undefined,
    origin: seen.origin,
    host: seen.host,
    format,
    query: parameters,
  }
}

/** Whatever is in a URL ends up in logs. */
function refuseSecretsIn(query: URLSearchParams): void {
  for (const name of ['token', 'access_token']) {
    if (query.has(name)) {
      throw new MqError('invalid-argument', 'a token does not belong in the URL', { pointer: name })
    }
  }
}

function bearerOf(offered: readonly string[]): string | undefined {
  const item = offered.find((name) => name.startsWith(bearerPrefix))
  if (item === undefined) return undefined
  return `Bearer ${Buffer.from(item.slice(bearerPrefix.length), 'base64url').toString('utf8')}`
}

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(', ') : value
