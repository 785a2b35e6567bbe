// The controllers as a broker calls them: which one leads, and what is asked of it.
//
// Source: BrokerOuterAPI, ReplicasManager

import { MqError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { electedMaster, syncStateSet } from '../../protocol/bodies/controller.ts'
import type { Fields, HeaderOf } from '../../protocol/field.ts'
import type { RequestSpec } from '../../protocol/request.ts'
import {
  controllerAlterSyncStateSet,
  controllerApplyBrokerId,
  controllerElectMaster,
  controllerGetMetadataInfo,
  controllerGetNextBrokerId,
  controllerGetReplicaInfo,
  controllerRegisterBroker,
} from '../../protocol/requests/controller.ts'
import { brokerHeartbeat } from '../../protocol/requests/registration.ts'
import type { RemotingClient } from '../../remoting/client.ts'
import type { Self } from '../ports.ts'

/** Who is master, as the controller that leads says. */
export type MasterInfo = {
  readonly masterBrokerId: number | undefined
  readonly masterAddress: string | undefined
  readonly masterEpoch: number
  readonly syncStateSet: readonly number[]
  readonly syncStateSetEpoch: number
}

export type HeartbeatHeader = HeaderOf<(typeof brokerHeartbeat)['header']>
export type HeartbeatReply = HeaderOf<(typeof brokerHeartbeat)['reply']>

const callMs = 3000
/** A controller that does not answer must not keep the next heartbeat waiting. */
const shortMs = 1000
/**
 * Heartbeats without an answer after which the connection is given up. What a line that was cut
 * swallowed is sent again later and later: a new connection is there within 3 s of healing.
 */
const unansweredMax = 3
const masterStillExists = 2011

export class Controllers {
  readonly #client: Pick<RemotingClient, 'call' | 'drop'>
  readonly #addresses: readonly string[]
  readonly #self: Pick<Self, 'clusterName' | 'brokerName' | 'address'>
  readonly #log: Log
  #leader: string | undefined
  /** Heartbeats in a row that a controller did not answer in time. */
  readonly #unanswered = new Map<string, number>()
  /** Why none was found, as it was last said. */
  #told = ''
  /** Whether the leader gives leases; Apache's do not. */
  givesLeases = false

  constructor(
    client: Pick<RemotingClient, 'call' | 'drop'>,
    addresses: readonly string[],
    self: Pick<Self, 'clusterName' | 'brokerName' | 'address'>,
    log: Log,
  ) {
    this.#client = client
    this.#addresses = addresses
    this.#self = self
    this.#log = log
  }

  get leader(): string | undefined {
    return this.#leader
  }

  /** It does not lead any more, or does not answer. */
  forgetLeader(): void {
    this.#leader = undefined
  }

  /** Asks all of them; the first that says it leads is it. */
  async findLeader(): Promise<void> {
    const asked = this.#addresses.map(async (address) => {
      const { header } = await this.#client.call(
        address,
        controllerGetMetadataInfo,
        {},
        {
          timeoutMs: shortMs,
        },
      )
      if (header.isLeader !== true) throw new Error('it does not lead')
      return { address, givesLeases: header.rwLeaseMs !== undefined }
    })
    try {
      const { address, givesLeases } = await Promise.any(asked)
      if (this.#leader !== address) this.#log.info('controller-found', { address, givesLeases })
      this.#leader = address
      this.givesLeases = givesLeases
      this.#told = ''
    } catch (error) {
      this.#leader = undefined
      const [first] = error instanceof AggregateError ? error.errors : [error]
      const reason = first instanceof Error ? first.message : String(first)
      if (reason !== this.#told) this.#log.warn('no-controller-found', { reason })
      this.#told = reason
    }
  }

  /** One heartbeat to each. `answer` gets the leader's only. */
  heartbeat(header: HeartbeatHeader, answer: (reply: HeartbeatReply) => void): void {
    for (const address of this.#addresses) {
      this.#client.call(address, brokerHeartbeat, header, { timeoutMs: shortMs }).then(
        (reply) => {
          this.#unanswered.delete(address)
          if (reply.header.rwMasterEpoch === undefined) return
          this.#leader = address
          answer(reply.header)
        },
        (error: unknown) => {
          if (address === this.#leader) this.forgetLeader()
          this.#log.debug('controller-heartbeat-failed', { address, error })
          if (error instanceof MqError && error.failure === 'broker-timeout') this.#late(address)
        },
      )
    }
  }

  #late(address: string): void {
    const count = (this.#unanswered.get(address) ?? 0) + 1
    this.#unanswered.set(address, count % unansweredMax)
    if (count >= unansweredMax) this.#client.drop(address)
  }

  async nextBrokerId(): Promise<number> {
    const { header } = await this.#ask(controllerGetNextBrokerId, this.#set)
    return header.nextBrokerId ?? 1
  }

  async applyBrokerId(id: number, checkCode: string): Promise<void> {
    const header = { ...this.#set, appliedBrokerId: id, registerCheckCode: checkCode }
    await this.#ask(controllerApplyBrokerId, header)
  }

  async register(brokerId: number): Promise<void> {
    const header = { ...this.#set, brokerId, brokerAddress: this.#self.address }
    await this.#ask(controllerRegisterBroker, header)
  }

  async masterInfo(): Promise<MasterInfo> {
    const asked = { brokerName: this.#self.brokerName }
    const { header, body } = await this.#ask(controllerGetReplicaInfo, asked)
    return {
      masterBrokerId: header.masterBrokerId,
      masterAddress: header.masterAddress,
      masterEpoch: header.masterEpoch ?? 0,
      ...syncStateSet.parse(body),
    }
  }

  async elect(brokerId: number): Promise<MasterInfo> {
    const asked = { ...this.#set, brokerId, designateElect: false }
    const { header, body } = await this.#ask(controllerElectMaster, asked, {
      accept: [0, masterStillExists],
    })
    return {
      masterBrokerId: header.masterBrokerId,
      masterAddress: header.masterAddress,
      masterEpoch: header.masterEpoch ?? 0,
      syncStateSet: electedMaster.parse(body).syncStateSet,
      syncStateSetEpoch: header.syncStateSetEpoch ?? 0,
    }
  }

  async alter(
    master: { readonly id: number; readonly epoch: number },
    wanted: Iterable<number>,
    inSyncEpoch: number,
  ): Promise<{ ids: ReadonlySet<number>; inSyncEpoch: number }> {
    const header = {
      brokerName: this.#self.brokerName,
      masterBrokerId: master.id,
      masterEpoch: master.epoch,
    }
    const set = { syncStateSet: [...wanted], syncStateSetEpoch: inSyncEpoch }
    const { body } = await this.#ask(controllerAlterSyncStateSet, header, {
      body: syncStateSet.print(set),
    })
    const now = syncStateSet.parse(body)
    return { ids: new Set(now.syncStateSet), inSyncEpoch: now.syncStateSetEpoch }
  }

  get #set() {
    const { clusterName, brokerName } = this.#self
    return { clusterName, brokerName }
  }

  async #ask<H extends Fields, R extends Fields>(
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    more: { readonly body?: Uint8Array; readonly accept?: readonly number[] } = {},
  ) {
    if (this.#leader === undefined) await this.findLeader()
    const leader = this.#leader
    if (leader === undefined) throw new MqError('not-the-leader', 'no controller leads')
    try {
      return await this.#client.call(leader, spec, header, { timeoutMs: callMs, ...more })
    } catch (error) {
      const failure = error instanceof MqError ? error.failure : undefined
      if (failure === undefined || leaderFailures.has(failure)) this.forgetLeader()
      throw error
    }
  }
}

const leaderFailures: ReadonlySet<string> = new Set([
  'not-the-leader',
  'broker-unavailable',
  'broker-timeout',
])
