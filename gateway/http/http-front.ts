// The HTTP front: REST, streams, documents and the console on one port, and the upgrade to
// WebSocket handed on. Not served: HTTP/2, which the gRPC port has.

import { assert } from '../../src/base/assert.ts'
import type { Service } from '../../src/base/lifecycle.ts'
import { Dispatcher } from './dispatcher.ts'
import type { HttpFrontParts } from './parts.ts'
import { answerClientErrors, closed, listening } from './server.ts'
import { serverOf } from './server-of.ts'

/** `port` is where it listens once it has started. */
export type HttpFront = Service & { readonly port: number; readonly isDraining: boolean }

export function createHttpFront(parts: HttpFrontParts): HttpFront {
  const { config, clock, log } = parts
  const stopping = new AbortController()
  const dispatcher = new Dispatcher(parts, stopping.signal)
  const server = serverOf(parts.tls, (req, res) => dispatcher.handle(req, res))
  // Whether the caller may go on is known only after the checks of the operation.
  server.on('checkContinue', (req, res) => dispatcher.handle(req, res))
  if (parts.upgrade) server.on('upgrade', parts.upgrade)
  answerClientErrors(server)
  server.headersTimeout = config.headersTimeoutMs
  server.requestTimeout = config.requestTimeoutMs
  server.keepAliveTimeout = config.keepAliveMs
  server.maxConnections = config.connectionCountMax

  let port: number | undefined
  return {
    name: 'http-front',
    get port() {
      assert(port !== undefined, 'the HTTP front has started')
      return port
    },
    get isDraining() {
      return stopping.signal.aborted
    },
    async start() {
      port = await listening(server, config.host, config.port)
      log.info('http-listening', { host: config.host, port })
    },
    async stop() {
      stopping.abort()
      await closed(server, clock, config.drainMsMax)
    },
  }
}
