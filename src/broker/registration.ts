// Tells every name server that this broker is there and what topics it has: at the start, on
// each change of a topic at once, every 30 s as a sign of life, and that it leaves.
//
// Name servers know nothing of each other, so each is told on its own and one that does not
// answer keeps nobody waiting. To one name server registrations go one after the other: an older
// table never overtakes a newer one. A name server that failed is tried again sooner.
//
// Not served: the compressed form, data-version queries.
// Source: BrokerOuterAPI.registerBrokerAll, BrokerController.registerIncrementBrokerData.

import type { Clock, Timer } from '../base/clock.ts'
import { crc32 } from '../base/crc32.ts'
import type { Log } from '../base/log.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { RequestSpec } from '../protocol/request.ts'
import { registerBroker, unregisterBroker } from '../protocol/requests/registration.ts'
import type { Self, TopicConfig, Topics } from './ports.ts'

/** Asks another process; src/remoting/client.ts is one. Rejects with the failure answered. */
export type Caller = {
  call<H extends Fields, R extends Fields>(
    address: string,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    options: { readonly body?: Uint8Array; readonly timeoutMs: number },
  ): Promise<{ readonly header: HeaderOf<R> }>
  /** Ends the connection to it: calls that wait fail, the next one dials anew. */
  drop(address: string): void
}

type Options = {
  readonly caller: Caller
  readonly clock: Clock
  readonly log: Log
  readonly self: Self
  readonly topics: Pick<Topics, 'all' | 'dataVersion'> & {
    onChange(listener: (changed: TopicConfig | undefined) => void): void
    renewVersion(): void
  }
  /** `host:port` of each. */
  readonly nameServers: readonly string[]
  /** The master's epoch: of two that say they are master, name servers believe the later one. */
  epoch(): number
  /** False: it is not settled what this broker is, so nobody is told of it. */
  isShown(): boolean
  /** `host:port` for slaves. */
  haAddress(): string
  /** Who the name servers say is master; for slaves. */
  onMaster?(masterAddress: string | undefined, haAddress: string | undefined): void
  readonly periodMs: number
  readonly timeoutMs: number
  /** Most topics of one request; undefined: all of them. Source: splitRegistrationSize. */
  readonly topicsPerRequest: number | undefined
  /** Where this broker stands; '' is not said. Source: DynamicalExtFieldRPCHook. */
  readonly zoneName: string
  /** What the broker as a whole permits now: 4 read, 2 write. */
  permission(): number
}

const retryMs = 1000
/**
 * A change of the role that is not told by then goes over a new connection: in one over a line
 * that was cut it may be sent again half a minute later, and sends go to the old master so long.
 */
const roleMs = 2000
const roleRetryMs = 100
const leaveTimeoutMs = 3000

/** The registration as a service: the last to start and the first to stop. */
export class Registration {
  readonly name = 'registration'
  readonly #options: Options
  readonly #nameServers: NameServer[]
  #timer: Timer | undefined
  #isOn = false

  constructor(options: Options) {
    this.#options = options
    this.#nameServers = options.nameServers.map((address) => new NameServer(address, options))
    options.topics.onChange((changed) => {
      if (this.#isOn) for (const one of this.#nameServers) void one.tell(changed)
    })
  }

  /** All are told at once. */
  roleChanged(): void {
    if (this.#isOn) for (const one of this.#nameServers) one.roleChanged()
  }

  /** Resolves when every name server was told once, whether or not it answered. */
  async start(): Promise<void> {
    this.#isOn = true
    this.#timer = this.#options.clock.every(this.#options.periodMs, () => {
      for (const one of this.#nameServers) void one.tell(undefined)
    })
    await Promise.all(this.#nameServers.map((one) => one.tell(undefined)))
  }

  async stop(): Promise<void> {
    this.#isOn = false
    this.#timer?.cancel()
    await Promise.all(this.#nameServers.map((one) => one.leave()))
  }
}

class NameServer {
  readonly #address: string
  readonly #options: Options
  /** What it was not told yet: all topics, or those that changed. */
  #all = false
  #changed = new Map<string, TopicConfig>()
  #telling: Promise<void> | undefined
  #retry: Timer | undefined
  /** Runs while a change of the role is not told. */
  #hurry: Timer | undefined
  #failed = false
  #left = false

  constructor(address: string, options: Options) {
    this.#address = address
    this.#options = options
  }

  /** Undefined: everything. Resolves when it was told, or did not answer. */
  tell(changed: TopicConfig | undefined): Promise<void> {
    if (changed) this.#changed.set(changed.topicName, changed)
    else this.#all = true
    this.#telling ??= this.#tellAll().finally(() => {
      this.#telling = undefined
    })
    return this.#telling
  }

  roleChanged(): void {
    this.#hurryUp()
    void this.tell(undefined)
  }

  #hurryUp(): void {
    const { clock, caller } = this.#options
    this.#hurry?.cancel()
    this.#hurry = clock.after(roleMs, () => {
      if (this.#telling) caller.drop(this.#address)
      this.#hurryUp()
    })
  }

  #hurryNoMore(): void {
    this.#hurry?.cancel()
    this.#hurry = undefined
  }

  async leave(): Promise<void> {
    this.#left = true
    this.#retry?.cancel()
    this.#hurryNoMore()
    await this.#telling
    const { caller, self, log } = this.#options
    const { brokerName, clusterName, brokerId, address } = self
    const header = { brokerName, clusterName, brokerId, brokerAddr: address }
    const timeoutMs = leaveTimeoutMs
    await caller
      .call(this.#address, unregisterBroker, header, { timeoutMs })
      .catch((error: unknown) => {
        log.debug('unregistration-failed', { nameServer: this.#address, error })
      })
  }

  async #tellAll(): Promise<void> {
    // Changes of one turn go together.
    await Promise.resolve()
    while (!this.#left && this.#options.isShown() && (this.#all || this.#changed.size > 0)) {
      const topics = this.#all ? [...this.#options.topics.all()] : [...this.#changed.values()]
      this.#all = false
      this.#changed = new Map()
      if (!(await this.#registerInParts(topics))) return
    }
    // Nothing is left to tell, or nobody is told of this broker now.
    this.#hurryNoMore()
  }

  /** Each part has a version of its own: one that is known already would be passed over. */
  async #registerInParts(topics: readonly TopicConfig[]): Promise<boolean> {
    const { topicsPerRequest: size } = this.#options
    if (size === undefined || topics.length <= size) return this.#register(topics)
    for (let at = 0; at < topics.length; at += size) {
      this.#options.topics.renewVersion()
      if (!(await this.#register(topics.slice(at, at + size)))) return false
    }
    return true
  }

  /** False: it did not take it, and is told everything again later. */
  async #register(topics: readonly TopicConfig[]): Promise<boolean> {
    const { caller, log, timeoutMs, self } = this.#options
    const body = this.#body(topics)
    const header = {
      brokerName: self.brokerName,
      brokerAddr: self.address,
      clusterName: self.clusterName,
      haServerAddr: this.#options.haAddress(),
      brokerId: self.brokerId,
      enableActingMaster: false,
      compressed: false,
      bodyCrc32: crc32(body) & 0x7fffffff,
      zoneName: this.#options.zoneName === '' ? undefined : this.#options.zoneName,
    }
    try {
      const options = { body, timeoutMs }
      const told = await caller.call(this.#address, registerBroker, header, options)
      const { masterAddr, haServerAddr } = told.header
      if (masterAddr !== self.address) this.#options.onMaster?.(masterAddr, haServerAddr)
    } catch (error) {
      if (!this.#failed) log.warn('registration-failed', { nameServer: this.#address, error })
      this.#failed = true
      this.#retryLater()
      return false
    }
    if (this.#failed) log.info('registration-restored', { nameServer: this.#address })
    this.#failed = false
    return true
  }

  #retryLater(): void {
    this.#retry?.cancel()
    if (this.#left) return
    const waitMs = this.#hurry ? roleRetryMs : retryMs
    this.#retry = this.#options.clock.after(Math.min(waitMs, this.#options.periodMs), () => {
      void this.tell(undefined)
    })
  }

  #body(topics: readonly TopicConfig[]): Uint8Array {
    const permission = this.#options.permission()
    const shown = topics.map((topic) => ({ ...topic, perm: topic.perm & (permission | inherit) }))
    const { dataVersion } = this.#options.topics
    const stateVersion = Math.max(dataVersion.stateVersion, this.#options.epoch())
    const version = { ...dataVersion, stateVersion }
    return Buffer.from(
      JSON.stringify({
        filterServerList: [],
        topicConfigSerializeWrapper: {
          dataVersion: version,
          mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: version.timestamp },
          topicConfigTable: Object.fromEntries(shown.map((topic) => [topic.topicName, topic])),
          topicQueueMappingDetailMap: {},
          topicQueueMappingInfoMap: {},
        },
      }),
    )
  }
}

const inherit = 1
