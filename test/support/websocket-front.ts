// The WebSocket front behind a real HTTP server on loopback, and ws as its client. The clock is
// the test's.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { type ClientOptions, WebSocket } from 'ws'
import { type WebSocketConfig, webSocketDefaults } from '../../gateway/websocket/config.ts'
import { createWebSocketFront, type WebSocketFront } from '../../gateway/websocket/front.ts'
import type { Authenticator } from '../../gateway/websocket/session.ts'
import { silentLog } from '../../src/base/log.ts'
import { type Metrics, noMetrics } from '../../src/base/metrics.ts'
import { deferred, FakeClock } from './fake-clock.ts'
import { FakeCore } from './fake-core.ts'
import { anonymous, type Frame } from './websocket-session.ts'

export type TestFront = {
  readonly port: number
  readonly clock: FakeClock
  readonly core: FakeCore
  readonly front: WebSocketFront
  connect(protocols?: string | string[], options?: ClientOptions & { path?: string }): TestClient
}

/** Stopped when the test is over. */
export async function startFront(
  t: ExecutionContext,
  given: { config?: Partial<WebSocketConfig>; identity?: Authenticator; metrics?: Metrics } = {},
): Promise<TestFront> {
  const clock = new FakeClock()
  const core = new FakeCore(clock)
  const front = createWebSocketFront({
    core,
    clock,
    log: silentLog,
    metrics: given.metrics ?? noMetrics,
    identity: given.identity ?? { authenticate: async () => anonymous },
    config: { ...webSocketDefaults, ...given.config },
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => front.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  t.teardown(() => server.close())
  return {
    port,
    clock,
    core,
    front,
    connect: (protocols = 'rocketway.v1.json', { path = '/v1/ws', ...options } = {}) => {
      const client = new TestClient(
        new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options),
      )
      t.teardown(() => client.socket.terminate())
      return client
    },
  }
}

/** Text frames as objects, in order, whenever the test gets to them. */
class TestClient {
  readonly socket: WebSocket
  readonly #frames: Frame[] = []
  readonly #waiting: ((frame: Frame) => void)[] = []
  /** Resolves with code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>
  /** Resolves when open, rejects with the status of a refusal. */
  readonly opened: Promise<void>

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data, isBinary) => {
      if (isBinary) return
      const frame: Frame = JSON.parse(String(data))
      const next = this.#waiting.shift()
      if (next) next(frame)
      else this.#frames.push(frame)
    })
    const closed = deferred<{ code: number; reason: string }>()
    this.closed = closed.promise
    socket.on('close', (code, reason) => closed.resolve({ code, reason: reason.toString() }))
    this.opened = new Promise((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    this.opened.catch(() => {})
    socket.on('error', () => {})
  }

  say(...frames: readonly Frame[]): void {
    for (const frame of frames) this.socket.send(JSON.stringify(frame))
  }

  next(): Promise<Frame> {
    const frame = this.#frames.shift()
    return frame ? Promise.resolve(frame) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  async take(count: number): Promise<Frame[]> {
    const frames: Frame[] = []
    while (frames.length < count) frames.push(await this.next())
    return frames
  }

  /** Opens and says hello. */
  async hello(): Promise<this> {
    await this.opened
    this.say({ op: 'hello' })
    await this.next()
    return this
  }
}
