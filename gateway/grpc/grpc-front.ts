// The gRPC front: apache.rocketmq.v2 on one port, in plain text and, with a certificate, over
// TLS. It keeps what is open and nothing else; every call can be answered by any node.

import type { Http2Server, ServerHttp2Stream } from 'node:http2'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { assert } from '../../src/base/assert.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { FirstByteListener } from '../../src/base/first-byte.ts'
import type { Service } from '../../src/base/lifecycle.ts'
import type { Log } from '../../src/base/log.ts'
import type { Metrics } from '../../src/base/metrics.ts'
import type { Admin } from '../core/admin-views.ts'
import type { Core } from '../core/core.ts'
import { adminImplementation } from './admin.ts'
import type { GrpcIdentity } from './credentials.ts'
import { shortenDeadlines } from './deadlines.ts'
import { defaultGrpcConfig, type Front, type GrpcConfig } from './front.ts'
import { Health, healthService } from './health.ts'
import { Polls } from './receive-message.ts'
import { ServerCalls } from './server-calls.ts'
import { servedCalls } from './service.ts'
import { adminService, messagingService } from './service-definition.ts'
import { Sessions } from './telemetry.ts'
import { listenForBoth, type TlsParts } from './tls.ts'
import { Uploads } from './uploads.ts'

export type GrpcFrontParts = {
  readonly core: Core
  readonly identity: GrpcIdentity
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** Without it there is no service for administrators. */
  readonly admin?: Admin | undefined
  readonly config?: Partial<GrpcConfig>
  /** Without it the port is plain text only. */
  readonly tls?: TlsParts | undefined
}

/** `port` is where it listens once it has started. */
export type GrpcFront = Service & { readonly port: number }

/** A front that listens from `start` on. `start` rejects when the port cannot be bound. */
export function createGrpcFront(parts: GrpcFrontParts): GrpcFront {
  const config = { ...defaultGrpcConfig, ...parts.config }
  const front = frontOf(parts, config)
  const polls = new Polls(front)
  const sessions = new Sessions(front)
  const uploads = new Uploads(parts.clock, config)
  measure(parts.metrics, { polls, sessions, uploads })
  const server = new Server(optionsOf(config))
  const { Telemetry } = messagingService
  server.addService({ Telemetry }, { Telemetry: sessions.serve })
  if (parts.admin) server.addService(adminService, adminImplementation(front, parts.admin))
  const calls = new ServerCalls(servedCalls(front, polls), {
    clock: parts.clock,
    bytesMax: requestBytesMax(config),
    onStream: (stream) => inner(server).onStreamOpened(stream),
  })
  const health = new Health(front)
  server.addService(healthService, health.implementation)

  let listener: FirstByteListener | undefined
  let port: number | undefined
  return {
    name: 'grpc-front',
    get port() {
      assert(port !== undefined, 'the gRPC front has started')
      return port
    },
    async start() {
      if (parts.tls) listener = await listenForBoth(server, config, parts.tls)
      port = listener?.port ?? (await bound(server, addressOf(config)))
      for (const http2 of inner(server).http2Servers.keys()) {
        shortenDeadlines(http2)
        calls.takeFrom(http2)
        uploads.watch(http2)
      }
      front.log.info('grpc-listening', { host: config.host, port })
    },
    async stop() {
      await listener?.close()
      await stopped(server, () => drain(polls, sessions, health), front)
      uploads.stop()
      calls.stop()
    },
  }
}

function frontOf(
  { core, identity, clock, log, metrics }: GrpcFrontParts,
  config: GrpcConfig,
): Front {
  const answers = metrics.counter('rocketway_grpc_answers_total', 'gRPC answers by call and code')
  return { core, identity, clock, log, config, answers }
}

type Measured = { readonly polls: Polls; readonly sessions: Sessions; readonly uploads: Uploads }

function measure(metrics: Metrics, { polls, sessions, uploads }: Measured): void {
  metrics.gauge('rocketway_grpc_polls', 'Receives that wait', (set) => set(polls.size))
  metrics.gauge('rocketway_grpc_sessions', 'Telemetry streams', (set) => set(sessions.size))
  metrics.gauge('rocketway_grpc_connections', 'Connections', (set) => set(uploads.connections))
  metrics.gauge('rocketway_grpc_upload_bytes', 'Of requests that are not whole', (set) =>
    set(uploads.bytes),
  )
}

/** What grpc-js 1.14 keeps to itself. */
type Inner = {
  /** What it is bound to by now. */
  readonly http2Servers: ReadonlyMap<Http2Server, unknown>
  /** Counts the streams of each connection: one without any is idle. */
  onStreamOpened(stream: ServerHttp2Stream): void
}

const inner = (server: Server): Inner => server as unknown as Inner

const requestBytesMax = ({ bodyBytesMax, headroomBytes }: GrpcConfig): number =>
  bodyBytesMax + headroomBytes

const optionsOf = (config: GrpcConfig) => ({
  'grpc.max_receive_message_length': requestBytesMax(config),
  'grpc.max_send_message_length': -1,
  'grpc.max_concurrent_streams': config.streamCountMax,
  // A peer that is gone without a word is found out by a ping; clients' own pings are free.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.max_connection_idle_ms': config.idleMsMax,
  'grpc.enable_channelz': 0,
})

const addressOf = ({ host, port }: GrpcConfig): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

function bound(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    )
  })
}

function drain(polls: Polls, sessions: Sessions, health: Health): void {
  health.drain()
  polls.drain()
  sessions.drain()
}

/** New calls go elsewhere, waits end, what runs may finish for a while. */
function stopped(server: Server, drain: () => void, { clock, config, log }: Front): Promise<void> {
  return new Promise((resolve) => {
    const force = clock.after(config.drainMsMax, () => {
      log.warn('grpc-drain-cut', { afterMs: config.drainMsMax })
      server.forceShutdown()
      // A connection that takes nothing may keep its end to itself: it is not waited for.
      resolve()
    })
    server.tryShutdown(() => {
      force.cancel()
      resolve()
    })
    drain()
  })
}
