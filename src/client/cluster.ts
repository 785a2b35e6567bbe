// Who there is to call: name servers, which are asked until one answers, and brokers by name,
// whose addresses come from routes and may change at a failover.

import { MqError } from '../base/errors.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { RequestSpec } from '../protocol/request.ts'
import type { Answer, ClientCallOptions, RemotingClient } from '../remoting/client.ts'
import type { BrokerRoute } from './topic-route.ts'

export type Remoting = Pick<RemotingClient, 'call' | 'notify'>

type Options = Omit<ClientCallOptions, 'timeoutMs'> & { readonly timeoutMs?: number | undefined }

/** Where the address of a broker comes from. */
export type Addresses = {
  broker(name: string): Promise<BrokerRoute>
  /** What is known of brokers did not work: it is looked up anew before it is used again. */
  doubtBrokers(): void
}

export const masterId = 0
/** SERVICE_NOT_AVAILABLE: nothing was stored. */
const notServing = 14

/** The master's, when it is wanted; else that of a slave: of `zone`, `wanted`, the first. */
function readAddress({ addresses, zones }: BrokerRoute, wanted: number, zone: string) {
  const ids = [...addresses.keys()].toSorted((a, b) => a - b)
  const isNear = (id: number) => zone !== '' && id !== masterId && zones?.get(id) === zone
  const id =
    wanted === masterId && addresses.has(masterId)
      ? masterId
      : (ids.find(isNear) ?? ids.find((one) => one === wanted) ?? ids[0])
  return id === undefined ? undefined : addresses.get(id)
}

export const masterAddress = ({ addresses }: BrokerRoute): string | undefined =>
  addresses.get(masterId)

export class NameServers {
  readonly #remoting: Remoting
  readonly #addresses: readonly string[]
  readonly #timeoutMs: number
  #chosen: number

  /** `first` is an index: clients should not all choose the same server. */
  constructor(
    remoting: Remoting,
    given: { addresses: readonly string[]; timeoutMs: number; first: number },
  ) {
    this.#remoting = remoting
    this.#addresses = given.addresses
    this.#timeoutMs = given.timeoutMs
    this.#chosen = given.first
  }

  /**
   * Asks the name server that answered last; another one when it cannot be reached. Rejects as
   * a call does, with the error of the last one asked.
   */
  async call<H extends Fields, R extends Fields>(
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    options: Options = {},
  ): Promise<Answer<R>> {
    let failed: unknown
    for (let tried = 0; tried < this.#addresses.length; tried++) {
      const at = (this.#chosen + tried) % this.#addresses.length
      try {
        const answer = await this.at(this.#addresses[at] ?? '', spec, header, options)
        this.#chosen = at
        return answer
      } catch (error) {
        if (!isTransport(error)) throw error
        failed = error
      }
    }
    const detail = { written: false }
    throw new MqError('broker-unavailable', 'no name server answers', detail, { cause: failed })
  }

  /** Asks the one at `address`, for what each keeps for itself. */
  at<H extends Fields, R extends Fields>(
    address: string,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    options: Options = {},
  ): Promise<Answer<R>> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs
    return this.#remoting.call(address, spec, header, { ...options, timeoutMs })
  }

  /** Asks every one. Rejects with the first failure when all have been asked. */
  async each<H extends Fields>(spec: RequestSpec<H>, header: HeaderOf<H>): Promise<void> {
    const asked = this.#addresses.map((address) => this.at(address, spec, header))
    for (const result of await Promise.allSettled(asked)) {
      if (result.status === 'rejected') throw result.reason
    }
  }
}

/** Calls to brokers by name. */
export class Brokers {
  readonly #remoting: Remoting
  readonly #addresses: Addresses
  readonly #timeoutMs: number
  readonly #zone: string

  /** `zone`: where this client is, '' when it does not matter. */
  constructor(remoting: Remoting, addresses: Addresses, timeoutMs: number, zone = '') {
    this.#remoting = remoting
    this.#addresses = addresses
    this.#timeoutMs = timeoutMs
    this.#zone = zone
  }

  /**
   * Asks the master of `broker`. A master that cannot be reached may have moved: when another
   * one is known after a look, it is asked, as long as no byte has gone to the first.
   */
  async master<H extends Fields, R extends Fields>(
    broker: string,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    options: Options = {},
  ): Promise<Answer<R>> {
    return this.#call(broker, masterAddress, spec, header, options)
  }

  /**
   * As {@link master}, but a slave will do while there is no master: for reads. With another
   * `brokerId` a slave is asked: one of the own zone rather than that one.
   */
  async any<H extends Fields, R extends Fields>(
    broker: string,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    { brokerId = masterId, ...options }: Options & { readonly brokerId?: number } = {},
  ): Promise<Answer<R>> {
    const choose = (route: BrokerRoute) => readAddress(route, brokerId, this.#zone)
    return this.#call(broker, choose, spec, header, options)
  }

  /** Asks one broker at its own address, whatever it is. */
  at<H extends Fields, R extends Fields>(
    address: string,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    { timeoutMs = this.#timeoutMs, ...options }: Options = {},
  ): Promise<Answer<R>> {
    return this.#remoting.call(address, spec, header, { ...options, timeoutMs })
  }

  /** Sends to the master and does not wait for an answer: there is none. */
  async notifyMaster<H extends Fields>(
    broker: string,
    spec: RequestSpec<H>,
    header: HeaderOf<H>,
    options: Pick<Options, 'body' | 'timeoutMs'>,
  ): Promise<void> {
    const address = await this.#addressOf(broker, masterAddress)
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs
    await this.#remoting.notify(address, spec, header, { ...options, timeoutMs })
  }

  async #call<H extends Fields, R extends Fields>(
    broker: string,
    choose: (route: BrokerRoute) => string | undefined,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    given: Options,
  ): Promise<Answer<R>> {
    const options = { ...given, timeoutMs: given.timeoutMs ?? this.#timeoutMs }
    const address = await this.#addressOf(broker, choose)
    try {
      return await this.#remoting.call(address, spec, header, options)
    } catch (error) {
      // A broker that does not serve may not be the master any more.
      const isRefused = error instanceof MqError && error.detail['code'] === notServing
      if (!isTransport(error) && !isRefused) throw error
      this.#addresses.doubtBrokers()
      if (wasWritten(error) && !isRefused) throw error
      const moved = await this.#addressOf(broker, choose).catch(() => address)
      if (moved === address) throw error
      return this.#remoting.call(moved, spec, header, options)
    }
  }

  async #addressOf(
    broker: string,
    choose: (route: BrokerRoute) => string | undefined,
  ): Promise<string> {
    const route = await this.#addresses.broker(broker).catch((error: unknown) => {
      throw notSent(error, broker)
    })
    const address = choose(route)
    if (address !== undefined) return address
    // Another one is elected at any moment.
    this.#addresses.doubtBrokers()
    throw new MqError('broker-unavailable', 'the broker has no master', { broker, written: false })
  }
}

/** A failure to find the broker is not a word of the broker. */
function notSent(error: unknown, broker: string): unknown {
  if (!(error instanceof MqError)) return error
  return new MqError(error.failure, error.message, { broker, written: false }, { cause: error })
}

/** Whether the call failed on its way, not by the word of the one who was asked. */
export const isTransport = (error: unknown): boolean =>
  error instanceof MqError && error.detail['code'] === undefined

/** Whether a byte of the failed call may have reached the other side. */
export const wasWritten = (error: unknown): boolean =>
  !(error instanceof MqError) || error.detail['written'] !== false
