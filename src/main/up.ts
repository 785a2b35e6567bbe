// `rocketway up`: namesrv, broker and gateway in one process, for development. The gateway
// still reaches the broker over a socket, as it does everywhere else.

import { join, resolve } from 'node:path'
import type { z } from 'zod'
import type { GatewayConfig } from '../../gateway/config.ts'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { ApiKeys } from '../../gateway/identity/api-keys.ts'
import { printAddress } from '../base/address.ts'
import { Lifecycle, type Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { Broker } from '../broker/broker.ts'
import { nodeFiles } from '../host/node-files.ts'
import { otelMetrics } from '../host/otel-metrics.ts'
import { systemClock } from '../host/system-clock.ts'
import { systemRandom } from '../host/system-random.ts'
import { tcp } from '../host/tcp.ts'
import { Namesrv } from '../namesrv/namesrv.ts'
import { allSettings } from './all-settings.ts'
import { makeBroker } from './broker.ts'
import { listenFlags, makeGateway, type RunningGateway } from './gateway.ts'
import { keepSecret } from './key-file.ts'
import { logOf, type ProgramOptions, readSettings, runProgram, settingsOf } from './program.ts'

type UpSettings = z.output<typeof allSettings>

export async function up(options: ProgramOptions): Promise<void> {
  const log = logOf({ ...options, log: options.log === 'info' ? 'warn' : options.log })
  const data = resolve(options.data)
  const adminKey = options.requireAuth ? keepApiKeys(data) : undefined
  const more = { base: baseOf(data, options) }
  const settings = await settingsOf(allSettings, options, more, log)
  const reread = async () => (await readSettings(allSettings, options, more, log)).gateway
  const all = new AllInOne(settings, log, reread)
  await runProgram(all, log, () => ({ listen: all.listen(), text: all.welcome(adminKey) }))
}

function baseOf(data: string, options: ProgramOptions) {
  const free = options.ports === '0'
  const listen = listenFlags(options)
  const part = (name: string, fallback: string) => ({
    listen: listen[`gateway.${name}.listen`] ?? fallback,
  })
  return {
    namesrv: {
      kvConfigPath: join(data, 'namesrv', 'kvConfig.json'),
      authConfigPath: join(data, 'namesrv'),
      ...(free && { listenPort: 0 }),
    },
    broker: {
      storePathRootDir: join(data, 'broker'),
      // A development machine keeps more of its disk; production has Java's 1 GiB.
      mappedFileSizeCommitLog: 64 * 1024 * 1024,
      maxHashSlotNum: 500_000,
      maxIndexNum: 2_000_000,
      ...(free && { listenPort: 0 }),
    },
    gateway: {
      http: part('http', '127.0.0.1:8080'),
      grpc: part('grpc', '127.0.0.1:8081'),
      management: part('management', '127.0.0.1:9090'),
      handles: {
        keysFile: keepSecret(join(data, 'keys', 'handles.json'), () =>
          KeyRing.generate(systemRandom),
        ).path,
      },
      ...(options.requireAuth && {
        auth: { mode: 'required', keysFile: join(data, 'keys', 'api-keys.json') },
      }),
    },
  }
}

/** The admin key when it was made just now: it is shown once and kept as a digest only. */
function keepApiKeys(data: string): string | undefined {
  const { key, file } = ApiKeys.generate(systemRandom)
  const kept = keepSecret(join(data, 'keys', 'api-keys.json'), () => file)
  return kept.isNew ? key : undefined
}

class AllInOne implements Service {
  readonly name = 'rocketway'
  readonly #settings: UpSettings
  readonly #log: Log
  readonly #reread: () => Promise<GatewayConfig>
  readonly #namesrv: Namesrv
  #broker: Broker | undefined
  #gateway: RunningGateway | undefined
  #lifecycle: Lifecycle | undefined

  constructor(settings: UpSettings, log: Log, reread: () => Promise<GatewayConfig>) {
    this.#reread = reread
    this.#settings = settings
    this.#log = log
    this.#namesrv = new Namesrv(settings.namesrv, {
      network: tcp,
      clock: systemClock,
      files: nodeFiles(),
      log: log.child({ part: 'namesrv' }),
    })
  }

  /** One after the other, as each is told where the one before listens. */
  async start(): Promise<void> {
    // One registry: the gateway's management port shows the broker's figures too.
    const metrics = otelMetrics()
    this.#lifecycle = new Lifecycle([
      { name: 'metrics', start() {}, stop: () => metrics.stop() },
      this.#namesrv,
      {
        name: 'broker',
        start: async () => {
          this.#broker = await makeBroker(
            this.#brokerSettings(),
            this.#log.child({ part: 'broker' }),
            metrics,
          )
          await this.#broker.start()
        },
        stop: () => this.#broker?.stop(),
      },
      {
        name: 'gateway',
        start: async () => {
          const log = this.#log.child({ part: 'gateway' })
          const reread = async () => this.#gatewaySettings(await this.#reread())
          this.#gateway = await makeGateway(this.#gatewaySettings(), { log, metrics, reread })
          await this.#gateway.service.start()
        },
        stop: () => this.#gateway?.service.stop(),
      },
    ])
    await this.#lifecycle.start()
  }

  async stop(): Promise<void> {
    await this.#lifecycle?.stop()
  }

  listen(): Record<string, string> {
    return {
      namesrv: printAddress(this.#namesrv.address),
      ...(this.#broker && { broker: printAddress(this.#broker.address) }),
      ...this.#gateway?.listen(),
    }
  }

  welcome(adminKey: string | undefined): string {
    const { namesrv, broker, http, grpc, management } = this.listen()
    const api = `http://${http}/v1`
    const auth = this.#settings.gateway.auth.mode === 'off' ? '' : ` -H 'authorization: Bearer KEY'`
    const json = "-H 'content-type: application/json'"
    const key =
      adminKey === undefined ? '' : `\n  admin key, shown this once:  ${adminKey}\n  (KEY below)\n`
    return `
rocketway is up. The data is in ${this.#settings.broker.storePathRootDir.replace(/\/broker$/, '')}
${key}
  page, REST, SSE, WebSocket   http://${http}/
  gRPC (RocketMQ 5 clients)    ${grpc}
  namesrv, broker (classic)    ${namesrv}  ${broker}
  health and metrics           http://${management}/readyz  /metrics

Send, receive, watch:

  curl${auth} -d '{"id":7}' ${json} ${api}/topics/orders/messages
  curl${auth} -d '{"max":1,"wait":"5s","invisible":"60s"}' ${json} ${api}/groups/billing/topics/orders/messages:receive
  curl${auth} -N -m 5 '${api}/topics/orders/events?from=earliest'

`
  }

  #brokerSettings() {
    return { ...this.#settings.broker, namesrvAddr: printAddress(this.#namesrv.address) }
  }

  #gatewaySettings(settings = this.#settings.gateway): GatewayConfig {
    return { ...settings, namesrv: [printAddress(this.#namesrv.address)] }
  }
}
