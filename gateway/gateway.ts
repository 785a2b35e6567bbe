// The gateway put together: one core, its fronts, and the management port. It owns nothing
// that has to survive it; what it holds is open connections, route caches and counters.

import { isLoopbackHost } from '../src/base/address.ts'
import type { Clock } from '../src/base/clock.ts'
import { MqError } from '../src/base/errors.ts'
import { Lifecycle, type Service } from '../src/base/lifecycle.ts'
import type { Log } from '../src/base/log.ts'
import { MemoryState } from '../src/base/memory-state.ts'
import type { Metrics } from '../src/base/metrics.ts'
import type { Random } from '../src/base/random.ts'
import type { TransientState } from '../src/base/transient-state.ts'
import type { MqClient } from '../src/client/types.ts'
import { addressOf, type GatewayConfig } from './config.ts'
import { createAdmin } from './core/admin.ts'
import { createCore } from './core/create-core.ts'
import { KeyRing } from './core/key-ring.ts'
import { defaultLimits } from './core/ports.ts'
import { createGrpcFront } from './grpc/grpc-front.ts'
import type { TlsParts } from './grpc/tls.ts'
import { createHttpFront } from './http/http-front.ts'
import { createManagement } from './http/management.ts'
import type { Pages } from './http/pages.ts'
import { ApiKeys } from './identity/api-keys.ts'
import { checkExposure, createAuthenticator } from './identity/authenticator.ts'
import { webSocketDefaults } from './websocket/config.ts'
import { createWebSocketFront } from './websocket/front.ts'

export type GatewayParts = {
  readonly config: GatewayConfig
  /** Connected already; the gateway does not close it. */
  readonly client: MqClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  /** What all nodes share; without it this node is taken to be the only one. */
  readonly state?: TransientState | undefined
  /** The text of `config.handles.keysFile`. */
  readonly handleKeys?: string | undefined
  /** The text of `config.auth.keysFile`. */
  readonly apiKeys?: string | undefined
  /** What `config.grpc.tls` needs of the host. */
  readonly grpcTls?: TlsParts | undefined
  /** `/openapi.json`, `/` and what else is served as it is. */
  readonly pages: Pages
  /** The figures of `metrics` in the Prometheus text format. */
  prometheus(): Promise<string>
}

export type Gateway = Service & {
  /** Where it listens once it has started. */
  readonly ports: { readonly http: number; readonly grpc: number; readonly management: number }
}

/** Throws where the settings are unsafe; listens from `start` on. */
export function createGateway(parts: GatewayParts): Gateway {
  const { config, clock, random, log, metrics, client } = parts
  const identity = createAuthenticator(apiKeysOf(parts), clock)
  for (const { listen } of [config.http, config.grpc]) {
    checkExposure(addressOf(listen).host, identity, config.insecure)
  }
  const keys = handleKeysOf(parts)
  const state = parts.state ?? new MemoryState(clock)
  const limits = limitsOf(config)
  const corePorts = { client, clock, random, log, metrics, keys, state, limits }
  const core = createCore(corePorts)
  const common = { core, identity, clock, log, metrics }
  const webSocket = createWebSocketFront({
    ...common,
    config: { ...webSocketDefaults, ...config.webSocket, origins: config.cors.origins },
  })
  const http = createHttpFront({
    ...common,
    admin: createAdmin(corePorts, core),
    keys,
    random,
    config: httpConfigOf(config),
    pages: parts.pages,
    upgrade: (req, socket, head) => webSocket.upgrade(req, socket, head),
  })
  const grpc = createGrpcFront({ ...common, config: grpcConfigOf(config), tls: parts.grpcTls })
  let isStopping = false
  const management = createManagement({
    clock,
    config: addressOf(config.management.listen),
    ready: async () => !isStopping && (await core.ready()),
    prometheus: parts.prometheus,
  })
  // Stopped in reverse: sockets are told first, and the management port answers to the end.
  const lifecycle = new Lifecycle([
    stopping('gateway-core', () => core.stop()),
    management,
    grpc,
    http,
    stopping('websocket-front', () => webSocket.stop()),
  ])
  return {
    name: 'gateway',
    get ports() {
      return { http: http.port, grpc: grpc.port, management: management.port }
    },
    start: () => lifecycle.start(),
    stop: () => {
      isStopping = true
      return lifecycle.stop()
    },
  }
}

const stopping = (name: string, stop: () => Promise<void> | void): Service => ({
  name,
  start() {},
  stop,
})

function apiKeysOf({ config, apiKeys }: GatewayParts): ApiKeys | undefined {
  if (config.auth.mode === 'off') return undefined
  if (apiKeys === undefined) {
    throw new MqError('invalid-argument', 'auth.mode is required and there is no auth.keysFile')
  }
  return ApiKeys.parse(apiKeys)
}

function handleKeysOf({ config, handleKeys, random, log }: GatewayParts): KeyRing {
  if (handleKeys !== undefined) return KeyRing.parse(handleKeys)
  const hosts = [config.http, config.grpc].map(({ listen }) => addressOf(listen).host)
  if (!hosts.every(isLoopbackHost)) {
    throw new MqError('invalid-argument', 'handles.keysFile is needed, the same on every node')
  }
  log.warn('handle-keys-random', { hint: 'handles end with this process; set handles.keysFile' })
  return KeyRing.parse(KeyRing.generate(random))
}

const limitsOf = ({ http, limits, sendOkMeans }: GatewayConfig) => ({
  ...defaultLimits,
  ...limits,
  bodyBytesMax: http.bodyBytesMax,
  sendOkMeans,
})

function httpConfigOf({ http, cors, drain }: GatewayConfig) {
  const { listen, ...limits } = http
  return { ...limits, ...addressOf(listen), origins: cors.origins, drainMsMax: drain.timeoutMs }
}

const grpcConfigOf = ({ grpc, http, limits, drain }: GatewayConfig) => ({
  ...addressOf(grpc.listen),
  advertised: grpc.advertised.map(addressOf),
  bodyBytesMax: http.bodyBytesMax,
  pollCountMax: limits.waiterCountMax,
  pollMsMax: limits.waitMsMax,
  drainMsMax: drain.timeoutMs,
})
