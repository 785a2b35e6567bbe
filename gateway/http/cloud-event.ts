// CloudEvents over HTTP, both modes: structured (the body is the event) and binary (attributes in
// `ce-*` headers, the body is the data). Source: CloudEvents HTTP binding 1.0.2 section 3.

import { binaryCloudEvent, cloudEventType, parseCloudEvent } from '../core/cloud-events.ts'
import type { SendInput } from '../core/core.ts'
import { isObject, malformed } from '../core/envelope.ts'
import { mediaType } from './accept.ts'
import { parseJson } from './body.ts'
import type { Exchange } from './exchange.ts'

const headerPrefix = 'ce-'

export type EventMode = 'structured' | 'binary' | undefined

/** How a request says that it is an event; undefined when it is none. */
export function eventModeOf({ req: { headers } }: Exchange): EventMode {
  if (mediaType(headers['content-type']) === cloudEventType) return 'structured'
  return headers['ce-specversion'] === undefined ? undefined : 'binary'
}

export function parseEvent(
  exchange: Exchange,
  mode: 'structured' | 'binary',
  topic: string,
  body: Buffer,
): SendInput {
  if (mode === 'structured') {
    const event = parseJson(body)
    if (!isObject(event)) malformed('', 'must be a JSON object')
    return withKey(parseCloudEvent(event, topic), exchange)
  }
  const attributes: Record<string, string> = {}
  for (const name of Object.keys(exchange.req.headers)) {
    if (!name.startsWith(headerPrefix)) continue
    attributes[name.slice(headerPrefix.length)] = decoded(exchange.header(name) ?? '')
  }
  const contentType = exchange.header('content-type')
  return withKey(binaryCloudEvent(attributes, topic, contentType, body), exchange)
}

const withKey = (input: SendInput, exchange: Exchange): SendInput => ({
  ...input,
  idempotencyKey: exchange.header('idempotency-key'),
})

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    // The binding asks for percent-encoding; a bare percent sign is taken as it is.
    return value
  }
}
