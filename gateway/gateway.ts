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
import type { Tracer } from '../src/base/tracing.ts'
import type { TransientState } from '../src/base/transient-state.ts'
import { addressOf, type GatewayConfig } from './config.ts'
import { createAdmin } from './core/admin.ts'
import { createCore } from './core/create-core.ts'
import { KeyRing } from './core/key-ring.ts'
import { type ClusterClient, defaultLimits } from './core/ports.ts'
import { limitRates } from './core/rate-limits.ts'
import { sealOf } from './core/token.ts'
import { traced } from './core/traced.ts'
import { createGrpcFront } from './grpc/grpc-front.ts'
import type { TlsParts } from './grpc/tls.ts'
import { createHttpFront } from './http/http-front.ts'
import { createManagement } from './http/management.ts'
import type { Pages } from './http/pages.ts'
import type { HttpConfig } from './http/parts.ts'
import type { ServerTls } from './http/server-of.ts'
import { ApiKeys } from './identity/api-keys.ts'
import type { AuditSink } from './identity/audit.ts'
import { checkExposure, type Exposure, mayBePlain } from './identity/authenticator.ts'
import { createIdentity, type GatewayIdentity } from './identity/create-identity.ts'
import type { KeysFile } from './identity/key-store.ts'
import { type Live, type Reloaded, reloadInto } from './reload.ts'
import { type WebSocketConfig, webSocketDefaults } from './websocket/config.ts'
import { createWebSocketFront } from './websocket/front.ts'

export type GatewayParts = {
  readonly config: GatewayConfig
  /** Connected already; the gateway does not close it. */
  readonly client: ClusterClient
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
  /** `config.auth.keysFile` itself, for keys that administrators make. */
  readonly keysFile?: KeysFile | undefined
  /** What `config.auth.auditFile` is kept in. */
  readonly auditSink?: AuditSink | undefined
  /** What `config.http.tls` needs of the host. */
  readonly httpTls?: ServerTls | undefined
  /** What `config.grpc.tls` needs of the host. */
  readonly grpcTls?: Omit<TlsParts, 'takesPlain'> | undefined
  /** What is read again when it is asked for. */
  reread?(): Promise<Pick<GatewayParts, 'config' | 'handleKeys' | 'apiKeys'>>
  /** Where traces go; nowhere without it. */
  readonly tracer?: Tracer | undefined
  /** `/openapi.json`, `/` and what else is served as it is. */
  readonly pages: Pages
  /** The figures of `metrics` in the Prometheus text format. */
  prometheus(): Promise<string>
}

export type Gateway = Service & {
  /** Where it listens once it has started. */
  readonly ports: { readonly http: number; readonly grpc: number; readonly management: number }
  /** Reads settings and keys again. Throws what is wrong with them, and nothing has changed. */
  reload(): Promise<Reloaded>
}

/** Throws where the settings are unsafe; listens from `start` on. */
export function createGateway(parts: GatewayParts): Gateway {
  const { config, clock, random, log, metrics, client } = parts
  const keys = handleKeysOf(parts)
  const state = parts.state ?? new MemoryState(clock)
  const who = identityOf(parts, keys, state)
  const { identity } = who
  const limits = limitsOf(config)
  const corePorts = { client, clock, random, log, metrics, keys, state, limits }
  const live: Live = { config }
  const used = traced(createCore(corePorts), parts.tracer)
  const core = limitRates(used, {
    ...{ clock, metrics },
    limits: () => live.config.limits,
    refusalsPerSecond: () => live.config.limits.refusalsPerSecond,
    // Counters come and go by the thousand: they must not push out what else is remembered.
    state: parts.state ?? new MemoryState(clock),
  })
  const common = { core, identity, clock, log, metrics }
  const webSocket = createWebSocketFront({
    ...common,
    config: webSocketConfigOf(live),
  })
  const admin = createAdmin(corePorts, core)
  const http = createHttpFront({
    ...common,
    admin,
    tickets: who.tickets,
    audit: who.audit,
    apiKeys: who.apiKeys,
    tls: parts.httpTls,
    keys,
    random,
    config: httpConfigOf(live),
    pages: parts.pages,
    upgrade: (req, socket, head) => webSocket.upgrade(req, socket, head),
  })
  const grpc = createGrpcFront({
    ...common,
    admin,
    config: grpcConfigOf(config),
    tls: parts.grpcTls && {
      ...parts.grpcTls,
      takesPlain: mayBePlain(exposureOf(config.grpc, config)),
    },
  })
  const reload = async (): Promise<Reloaded> => {
    const next = await parts.reread?.()
    if (!next) throw new MqError('not-implemented', 'there is nothing to read again')
    // All of it is read before any of it counts.
    const keyRing = next.handleKeys === undefined ? undefined : KeyRing.parse(next.handleKeys)
    const given = { ...parts, config: { ...next.config, auth: config.auth }, apiKeys: next.apiKeys }
    const apiKeys = apiKeysOf(given)
    if (keyRing) keys.replace(keyRing)
    if (apiKeys) who.reload(apiKeys)
    const reloaded = reloadInto(live, next.config)
    log.info('reloaded', reloaded)
    return reloaded
  }
  let isStopping = false
  const management = createManagement({
    clock,
    config: addressOf(config.management.listen),
    ready: async () => !isStopping && (await core.ready()),
    prometheus: parts.prometheus,
    reload: { identity, run: reload },
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
    reload,
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

function identityOf(parts: GatewayParts, keys: KeyRing, state: TransientState): GatewayIdentity {
  const { config, clock, random, log, metrics, auditSink } = parts
  const who = createIdentity({
    ...{ clock, random, log, metrics, state, auditSink },
    apiKeys: apiKeysOf(parts),
    keysFile: parts.keysFile,
    issuers: config.auth.jwt.issuers,
    seal: sealOf('mqt1', keys),
    failuresPerMinute: config.limits.authFailuresPerMinute,
  })
  for (const front of [config.http, config.grpc]) {
    checkExposure(exposureOf(front, config), who.identity)
  }
  return who
}

const exposureOf = (
  { listen, tls }: GatewayConfig['http'] | GatewayConfig['grpc'],
  { insecure, plainText }: GatewayConfig,
): Exposure => ({
  ...{ host: addressOf(listen).host, hasTls: tls !== undefined },
  ...{ insecure, plainText },
})

function apiKeysOf({ config, apiKeys }: GatewayParts): ApiKeys | undefined {
  const { mode, jwt } = config.auth
  if (mode === 'off') return undefined
  if (apiKeys !== undefined) return ApiKeys.parse(apiKeys)
  if (jwt.issuers.length > 0) return ApiKeys.none()
  throw new MqError(
    'invalid-argument',
    'auth.mode is required and there is no auth.keysFile and no issuer',
  )
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
  waitMsMax: limits.waitMsMax,
  waiterCountMax: limits.waiterCountMax,
  bodyBytesMax: http.bodyBytesMax,
  sendOkMeans,
})

function httpConfigOf(live: Live): HttpConfig {
  const { http, drain } = live.config
  const { listen, tls: _, ...limits } = http
  return {
    ...limits,
    ...addressOf(listen),
    drainMsMax: drain.timeoutMs,
    get origins() {
      return live.config.cors.origins
    },
    get trustedProxies() {
      return live.config.http.trustedProxies
    },
    get accessLog() {
      return live.config.http.accessLog
    },
  }
}

const webSocketConfigOf = (live: Live): WebSocketConfig => ({
  ...webSocketDefaults,
  ...live.config.webSocket,
  get origins() {
    return live.config.cors.origins
  },
  get trustedProxies() {
    return live.config.http.trustedProxies
  },
  get socketsPerKeyMax() {
    return live.config.limits.perKey.socketCountMax ?? Number.POSITIVE_INFINITY
  },
})

const grpcConfigOf = ({ grpc, http, limits, drain }: GatewayConfig) => ({
  ...addressOf(grpc.listen),
  advertised: grpc.advertised.map(addressOf),
  bodyBytesMax: http.bodyBytesMax,
  pollCountMax: limits.waiterCountMax,
  pollMsMax: limits.waitMsMax,
  uploadBytesMax: grpc.uploadBytesMax,
  uploadMsMax: grpc.uploadTimeoutMs,
  connectionCountMax: grpc.connectionCountMax,
  drainMsMax: drain.timeoutMs,
})
