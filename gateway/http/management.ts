// The management port: whether this process lives, whether it can serve, and its figures. It
// has no secrets and changes nothing, binds to loopback by default and needs no credential.
// Not served: reload.

import { createServer } from 'node:http'
import { assert } from '../../src/base/assert.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { Service } from '../../src/base/lifecycle.ts'
import { isHostAllowed } from '../identity/origin.ts'
import { answerClientErrors, closed, listening } from './server.ts'

export type ManagementParts = {
  readonly clock: Clock
  readonly config: { readonly host: string; readonly port: number }
  /** Whether requests can be served now. */
  ready(): Promise<boolean>
  /** The Prometheus text format. */
  prometheus(): Promise<string>
}

const prometheusType = 'text/plain; version=0.0.4; charset=utf-8'
const drainMsMax = 1000
const noOrigins = { origins: [] }

/** `port` is where it listens once it has started. */
export function createManagement(parts: ManagementParts): Service & { readonly port: number } {
  const server = createServer((req, res) => {
    const answer = (status: number, text: string, type = 'text/plain;charset=utf-8'): void => {
      res.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text)
    }
    const { origin, host } = req.headers
    const localAddress = req.socket.localAddress
    if (!isHostAllowed({ origin, host, localAddress }, noOrigins)) {
      answer(403, 'the host is not a loopback name\n')
      return
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD')
      answer(405, 'only GET\n')
      return
    }
    const respond = async (): Promise<void> => {
      switch ((req.url ?? '').split('?', 1)[0]) {
        case '/livez':
          return answer(200, 'alive\n')
        case '/readyz':
          return (await parts.ready()) ? answer(200, 'ready\n') : answer(503, 'not ready\n')
        case '/metrics':
          return answer(200, await parts.prometheus(), prometheusType)
        default:
          return answer(404, 'there are /livez, /readyz and /metrics\n')
      }
    }
    respond().catch(() => answer(500, 'something went wrong\n'))
  })
  answerClientErrors(server)

  let port: number | undefined
  return {
    name: 'management',
    get port() {
      assert(port !== undefined, 'the management server has started')
      return port
    },
    async start() {
      port = await listening(server, parts.config.host, parts.config.port)
    },
    stop: () => closed(server, parts.clock, drainMsMax),
  }
}
