// The console with its WebSocket behind a plain HTTP server, over a core in memory: what a
// browser needs to be shown the page without a cluster. It can stand behind a base path, as
// behind a proxy.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ExecutionContext } from 'ava'
import { consolePages } from '../../gateway/http/console.ts'
import { webSocketDefaults } from '../../gateway/websocket/config.ts'
import { createWebSocketFront } from '../../gateway/websocket/front.ts'
import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { FakeCore } from './fake-core.ts'
import { anonymous } from './websocket-session.ts'

// As the HTTP front says it.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export type ConsoleServer = {
  readonly url: string
  readonly core: FakeCore
  /** Ends every socket as a broken network does. */
  cut(): void
}

/** Stopped when the test is over. */
export async function startConsole(t: ExecutionContext, base = '/'): Promise<ConsoleServer> {
  const core = new FakeCore(systemClock)
  const front = createWebSocketFront({
    core,
    clock: systemClock,
    log: silentLog,
    metrics: noMetrics,
    identity: { authenticate: async () => anonymous },
    config: { ...webSocketDefaults, path: `${base}v1/ws` },
  })
  const pages = consolePages(nodeFiles(), 'gateway/console')
  const server = createServer((request, response) => {
    void answer(request, response)
  })
  const answer = async ({ url = '/', method }: IncomingMessage, response: ServerResponse) => {
    const path = url.split('?', 1)[0]?.slice(base.length - 1) ?? '/'
    const page = pages.get(path)
    if (page) {
      response.setHeader('Content-Type', page.contentType)
      response.setHeader('Content-Security-Policy', policy)
      response.end(page.body)
    } else if (path === '/v1/topics' && method === 'GET') {
      const signal = new AbortController().signal
      const call = { requestId: 'r', identity: anonymous, remote: '', signal }
      const items = (await core.listTopics(call)).map((name) => ({ name }))
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ items }))
    } else {
      response.writeHead(404).end()
    }
  }
  const sockets = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    front.upgrade(request, socket, head)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    cut()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${port}${base}`, core, cut }
}
