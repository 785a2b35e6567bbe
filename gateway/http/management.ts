// The management port: whether this process lives, whether it can serve, its figures, and
// reading settings and keys again. It has no secrets, binds to loopback by default, and needs no
// credential to look at; to reload needs an administrator's where there are credentials.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { assert } from '../../src/base/assert.ts'
import type { Clock } from '../../src/base/clock.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Service } from '../../src/base/lifecycle.ts'
import { problemOf } from '../core/problem.ts'
import type { Authenticator } from '../identity/authenticator.ts'
import { isHostAllowed } from '../identity/origin.ts'
import { answerClientErrors, closed, listening } from './server.ts'

export type ManagementParts = {
  readonly clock: Clock
  readonly config: { readonly host: string; readonly port: number }
  /** Whether requests can be served now. */
  ready(): Promise<boolean>
  /** The Prometheus text format. */
  prometheus(): Promise<string>
  /** Settings and keys are read again; without it there is nothing to. */
  readonly reload?: {
    readonly identity: Pick<Authenticator, 'authenticate'>
    /** What it did. Throws what is wrong with what was read. */
    run(): Promise<object>
  }
}

const plain = 'text/plain;charset=utf-8'
const json = 'application/json'
const prometheusType = 'text/plain; version=0.0.4; charset=utf-8'
const reloadPath = '/-/reload'
const drainMsMax = 1000
const noOrigins = { origins: [] }

/** `port` is where it listens once it has started. */
export function createManagement(parts: ManagementParts): Service & { readonly port: number } {
  const server = createServer((req, res) => {
    respond(req, parts).then(
      (answer) => send(res, answer),
      (error: unknown) => {
        const problem = problemOf(error)
        const text = `${JSON.stringify(problem)}\n`
        send(res, { status: problem.status, text, type: 'application/problem+json' })
      },
    )
    req.resume()
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

type Answer = {
  readonly status: number
  readonly text: string
  readonly type?: string
  readonly allow?: string
}

function send(res: ServerResponse, { status, text, type = plain, allow }: Answer): void {
  res.writeHead(status, {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    ...(allow !== undefined && { Allow: allow }),
  })
  res.end(text)
}

async function respond(req: IncomingMessage, parts: ManagementParts): Promise<Answer> {
  const { origin, host, authorization } = req.headers
  const localAddress = req.socket.localAddress
  if (!isHostAllowed({ origin, host, localAddress }, noOrigins)) {
    return { status: 403, text: 'the host is not a loopback name\n' }
  }
  const [path = ''] = (req.url ?? '').split('?', 1)
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  if (path === reloadPath && parts.reload) {
    if (req.method !== 'POST') return { status: 405, text: 'only POST\n', allow: 'POST' }
    // A page that somebody visits must not do it.
    if (origin !== undefined) throw new MqError('origin-not-allowed')
    const { isAdmin } = await parts.reload.identity.authenticate(authorization)
    if (!isAdmin) throw new MqError('permission-denied', 'this is for administrators')
    return { status: 200, text: `${JSON.stringify(await parts.reload.run())}\n`, type: json }
  }
  if (!isRead) return { status: 405, text: 'only GET\n', allow: 'GET, HEAD' }
  switch (path) {
    case '/livez':
      return { status: 200, text: 'alive\n' }
    case '/readyz':
      return (await parts.ready())
        ? { status: 200, text: 'ready\n' }
        : { status: 503, text: 'not ready\n' }
    case '/metrics':
      return { status: 200, text: await parts.prometheus(), type: prometheusType }
    default:
      return { status: 404, text: 'there are /livez, /readyz and /metrics\n' }
  }
}
