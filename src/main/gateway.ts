// `rocketway gateway`.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { type GatewayConfig, gatewaySettings } from '../../gateway/config.ts'
import { createGateway, type Gateway } from '../../gateway/gateway.ts'
import { consolePages } from '../../gateway/http/console.ts'
import type { Pages } from '../../gateway/http/pages.ts'
import type { KeysFile } from '../../gateway/identity/key-store.ts'
import { MqError } from '../base/errors.ts'
import { Lifecycle, type Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { TlsClient } from '../base/network.ts'
import { Client } from '../client/client.ts'
import { AppendFile } from '../host/append-file.ts'
import { CertificateFiles } from '../host/certificate-files.ts'
import { listenByFirstByte } from '../host/first-byte.ts'
import { collectSeldom } from '../host/heap.ts'
import { nodeFiles } from '../host/node-files.ts'
import { type CollectedMetrics, otelMetrics } from '../host/otel-metrics.ts'
import type { OtelTracing } from '../host/otel-tracing.ts'
import type { RedisState } from '../host/redis-state.ts'
import { systemClock } from '../host/system-clock.ts'
import { systemRandom } from '../host/system-random.ts'
import { tcp } from '../host/tcp.ts'
import { replaceSecret } from './key-file.ts'
import { logOf, type ProgramOptions, readSettings, runProgram, settingsOf } from './program.ts'

const schema = z.strictObject({
  gateway: gatewaySettings.prefault({}),
  namesrv: z.looseObject({}).optional(),
  broker: z.looseObject({}).optional(),
  controller: z.looseObject({}).optional(),
  management: z.looseObject({}).optional(),
})

export async function gateway(options: ProgramOptions): Promise<void> {
  collectSeldom()
  const log = logOf(options)
  const flags = {
    'gateway.namesrv': options.namesrv?.replaceAll(';', ','),
    ...listenFlags(options),
  }
  const settings = await settingsOf(schema, options, { flags }, log)
  const metrics = otelMetrics()
  const reread = async () => (await readSettings(schema, options, { flags }, log)).gateway
  const running = await makeGateway(settings.gateway, { log, metrics, reread })
  const counted: Service = { name: 'metrics', start() {}, stop: () => metrics.stop() }
  const all = new Lifecycle([counted, running.service])
  const service = { name: 'gateway', start: () => all.start(), stop: () => all.stop() }
  await runProgram(service, log, () => ({ listen: running.listen() }))
}

/** Where the fronts bind, by the options that every program with a gateway takes. */
export function listenFlags(options: ProgramOptions): Record<string, string | undefined> {
  if (options.ports === undefined && options.gatewayHost === undefined) return {}
  const host = options.gatewayHost ?? '127.0.0.1'
  const port = (usual: number) => options.ports ?? String(usual)
  return {
    'gateway.http.listen': `${host}:${port(8080)}`,
    'gateway.grpc.listen': `${host}:${port(8081)}`,
    'gateway.management.listen': `127.0.0.1:${port(9090)}`,
  }
}

export type RunningGateway = {
  readonly service: Service
  /** Its addresses by name, once started. */
  listen(): Record<'http' | 'grpc' | 'management', string>
}

type GatewayHost = {
  readonly log: Log
  /** Its caller's, who may count more in them and ends them. */
  readonly metrics: CollectedMetrics
  /** The settings as they are in the file now. */
  reread(): Promise<GatewayConfig>
}

/** A gateway and the client that it stands on, over this machine's network. */
export async function makeGateway(
  config: GatewayConfig,
  { log, metrics, reread }: GatewayHost,
): Promise<RunningGateway> {
  const client = new Client({
    nameServers: config.namesrv,
    zone: config.zone,
    credentials: config.brokerCredentials,
    tls: tlsOf(config.brokerTls),
    network: tcp,
    clock: systemClock,
    random: systemRandom,
    log,
  })
  const { tls } = config.grpc
  const certificate = tls && new CertificateFiles(tls, systemClock, log)
  const httpTls = httpTlsOf(config, log)
  const tracing = await tracingOf(config)
  const { auditFile } = config.auth
  const auditSink = auditFile === undefined ? undefined : new AppendFile(auditFile)
  const state = await stateOf(config, log)
  const made: Gateway = createGateway({
    config,
    client,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
    state,
    ...keysOf(config),
    keysFile: keysFileOf(config),
    reread: () => rereadParts(reread, config),
    tracer: tracing,
    auditSink,
    httpTls: httpTls?.tls,
    grpcTls: certificate && { certificate, listen: listenByFirstByte },
    pages: pagesOfThisBuild(),
    prometheus: () => metrics.prometheus(),
  })
  const parts = [certificate, httpTls?.files, state, auditSink].filter((part) => part !== undefined)
  const onHangUp = (): void => {
    made.reload().catch((error: unknown) => log.error('reload-failed', { error }))
    for (const files of [certificate, httpTls?.files]) files?.look()
    auditSink?.reopen()
  }
  const signals: Service = {
    name: 'signals',
    start: () => void process.on('SIGHUP', onHangUp),
    stop: () => void process.off('SIGHUP', onHangUp),
  }
  const traces: Service = { name: 'tracing', start() {}, stop: () => tracing?.stop() }
  const lifecycle = new Lifecycle([traces, client, ...parts, made, signals])
  const at = (listen: string, port: number) => `${listen.slice(0, listen.lastIndexOf(':'))}:${port}`
  return {
    service: {
      name: 'gateway',
      start: () => lifecycle.start(),
      stop: () => lifecycle.stop(),
    },
    listen: () => ({
      http: at(config.http.listen, made.ports.http),
      grpc: at(config.grpc.listen, made.ports.grpc),
      management: at(config.management.listen, made.ports.management),
    }),
  }
}

const keysOf = ({ handles, auth }: GatewayConfig) => ({
  handleKeys: textOf(handles.keysFile),
  apiKeys: textOf(auth.keysFile),
})

function keysFileOf({ auth: { keysFile: path } }: GatewayConfig): KeysFile | undefined {
  if (path === undefined) return undefined
  return {
    read: () => readFileSync(path, 'utf8'),
    replace: (text) => replaceSecret(path, text),
  }
}

/** The files are those of the start, whatever the settings say now: others need a restart. */
async function rereadParts(reread: () => Promise<GatewayConfig>, config: GatewayConfig) {
  try {
    return { config: await reread(), ...keysOf(config) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MqError('invalid-argument', reason, {}, { cause })
  }
}

/** The SDK is loaded only where there is a collector. */
async function tracingOf({
  tracing: { endpoint, ratio },
}: GatewayConfig): Promise<OtelTracing | undefined> {
  const base = process.env['OTEL_EXPORTER_OTLP_ENDPOINT']
  const url = endpoint ?? (base && `${base.replace(/\/$/, '')}/v1/traces`)
  if (url === undefined || url === '') return undefined
  const { OtelTracing: Tracing } = await import('../host/otel-tracing.ts')
  return new Tracing({ endpoint: url, ratio })
}

function httpTlsOf({ http: { tls } }: GatewayConfig, log: Log) {
  if (!tls) return undefined
  const files = new CertificateFiles(tls, systemClock, log)
  const { clientCertificates: clients } = tls
  return { files, tls: { certificate: files, clientCa: textOf(tls.clientCaFile), clients } }
}

/** What gateways share; its client is loaded only where there is a Redis. */
async function stateOf(
  { state: { redis } }: GatewayConfig,
  log: Log,
): Promise<RedisState | undefined> {
  if (redis === undefined) return undefined
  const { connectRedis, RedisState: State } = await import('../host/redis-state.ts')
  return new State(connectRedis(redis, log))
}

function tlsOf({ enabled, caFile, verify }: GatewayConfig['brokerTls']): TlsClient | undefined {
  if (!enabled) return undefined
  return { verify, ca: textOf(caFile) }
}

const textOf = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, 'utf8')

/** The console, and the contracts as JSON. */
function pagesOfThisBuild(): Pages {
  const folder = fileURLToPath(new URL('../../gateway/console', import.meta.url))
  const ofBuild = (name: string, contentType: string) => ({
    contentType,
    body: readFileSync(new URL(`../../${name}`, import.meta.url)),
  })
  const contract = (name: string) => ofBuild(`openapi/${name}`, 'application/json')
  return new Map([
    ...consolePages(nodeFiles(), folder),
    ['/openapi.json', contract('gateway.json')],
    ['/asyncapi.json', contract('asyncapi.json')],
    ['/schemas/ws-v1.json', contract('ws-v1.schema.json')],
    ['/schemas/config-v1.json', ofBuild('config-v1.schema.json', 'application/schema+json')],
    ['/docs', ofBuild('openapi/docs.html', 'text/html;charset=utf-8')],
  ])
}
