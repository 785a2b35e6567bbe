// The console as the gateway serves it, over a core in memory: what a browser needs to be shown
// the page without a cluster. It can stand behind a proxy with a path of its own.

import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ExecutionContext } from 'ava'
import type { Admin } from '../../gateway/core/admin-views.ts'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { sealOf } from '../../gateway/core/token.ts'
import { consolePages } from '../../gateway/http/console.ts'
import { createHttpFront } from '../../gateway/http/http-front.ts'
import { createIdentity } from '../../gateway/identity/create-identity.ts'
import { webSocketDefaults } from '../../gateway/websocket/config.ts'
import { createWebSocketFront } from '../../gateway/websocket/front.ts'
import { silentLog } from '../../src/base/log.ts'
import { MemoryState } from '../../src/base/memory-state.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { FakeCore } from './fake-core.ts'
import { seeded } from './gateway-core.ts'

export type ConsoleServer = {
  readonly url: string
  readonly core: FakeCore
  /** Ends every socket as a broken network does. */
  cut(): void
}

const config = {
  host: '127.0.0.1',
  port: 0,
  origins: [],
  trustedProxies: [],
  accessLog: false,
  bodyBytesMax: 1024 * 1024,
  batchBytesMax: 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveMs: 65_000,
  connectionCountMax: 100,
  drainMsMax: 1000,
}

/** Stopped when the test is over. */
export async function startConsole(t: ExecutionContext, base = '/'): Promise<ConsoleServer> {
  const core = new FakeCore(systemClock)
  const parts = {
    core,
    clock: systemClock,
    log: silentLog,
    metrics: noMetrics,
  }
  const sockets = new Set<Duplex>()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const random = seeded(2)
  const keys = KeyRing.parse(KeyRing.generate(random))
  const who = createIdentity({
    ...parts,
    random,
    apiKeys: undefined,
    state: new MemoryState(systemClock),
    seal: sealOf('mqt1', keys),
  })
  const { identity } = who
  const webSocket = createWebSocketFront({ ...parts, identity, config: webSocketDefaults })
  const http = createHttpFront({
    ...parts,
    ...who,
    // The console's tests look at no administration.
    admin: {} as Admin,
    config,
    random,
    keys,
    pages: consolePages(nodeFiles(), 'gateway/console'),
    upgrade: (req, socket, head) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      webSocket.upgrade(req, socket, head)
    },
  })
  await http.start()
  t.teardown(async () => {
    cut()
    await http.stop()
  })
  const port = base === '/' ? http.port : await startProxy(t, base, http.port)
  return { url: `http://127.0.0.1:${port}${base}`, core, cut }
}

/** A proxy that takes `base` off the path, as people put in front of tools. */
async function startProxy(t: ExecutionContext, base: string, port: number): Promise<number> {
  const pathOf = (url = '/'): string => url.slice(base.length - 1)
  const proxy = createServer(({ method, url, headers }, response) => {
    const options = { host: '127.0.0.1', port, method, path: pathOf(url), headers, agent: false }
    request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    }).end()
  })
  proxy.on('upgrade', ({ url, rawHeaders }, socket) => {
    const upstream = connect(port, '127.0.0.1')
    const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`))
    upstream.write(`GET ${pathOf(url)} HTTP/1.1\r\n${lines.join('')}\r\n`)
    socket.pipe(upstream).pipe(socket)
    socket.on('error', () => upstream.destroy())
    upstream.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return (proxy.address() as AddressInfo).port
}
