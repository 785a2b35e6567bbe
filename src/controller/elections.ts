// Holds elections: when a broker asks for one, when a tool orders one, and when a master is found
// dead. What was decided is told to every member over the connection of its heartbeats; a
// member that misses it reads it in the answer to its next heartbeat.
//
// Source: ControllerManager, RaftBrokerHeartBeatManager

import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { syncStateSet as syncStateSetBody } from '../protocol/bodies/controller.ts'
import { notifyBrokerRoleChanged } from '../protocol/requests/replication.ts'
import type { Peer } from '../remoting/call.ts'
import { type BrokerSet, memberOf } from './broker-set.ts'
import type { ControllerConfig } from './config.ts'
import { type Election, type ElectionRequest, elect } from './election.ts'
import type { Members } from './members.ts'
import type { BrokerSets } from './sets.ts'

type Asked = Pick<ElectionRequest, 'brokerId' | 'isDesignated'>

type Options = {
  readonly sets: BrokerSets
  readonly members: Members
  readonly clock: Clock
  readonly log: Log
  readonly settings: { readonly current: ControllerConfig }
}

export type Elected = { readonly result: Election['result']; readonly set: BrokerSet }

export class Elections {
  readonly #options: Options
  readonly #peers = new Map<number, Peer>()
  /** Sets whose master gets no lease any more, so that another can be elected though it lives. */
  readonly #deposing = new Map<string, number>()
  readonly #isHolding = new Set<string>()

  constructor(options: Options) {
    this.#options = options
  }

  /** For heartbeats: where a member is told. */
  reach(peer: Peer): void {
    if (this.#peers.has(peer.id)) return
    this.#peers.set(peer.id, peer)
    peer.onClose(() => {
      this.#peers.delete(peer.id)
      for (const { brokerName, id } of this.#options.members.closed(peer.id)) {
        this.#options.log.info('broker-connection-closed', { brokerName, brokerId: id })
      }
      this.scan()
    })
  }

  /** The lease of the master, ms; undefined for everybody else. */
  lease(set: BrokerSet, id: number, now: number): number | undefined {
    const { members } = this.#options
    if (set.masterBrokerId !== id || this.#deposing.has(set.brokerName)) return undefined
    if (!members.isServing(set.brokerName, id, now)) return undefined
    return members.grant(set.brokerName, id, now)
  }

  /**
   * Resolves with what came of it. Where a living master must go first, after its lease; it
   * gets no new one meanwhile.
   */
  async hold(brokerName: string, asked: Asked): Promise<Elected> {
    const { clock } = this.#options
    const isOrdered = asked.isDesignated
    if (isOrdered) this.#depose(brokerName, 1)
    try {
      for (;;) {
        const { election, set } = await this.#elect(brokerName, asked)
        if (election.result !== 'wait' || !isOrdered) return { result: election.result, set }
        await clock.sleep(Math.max(election.until - clock.monotonic(), 0) + 1)
      }
    } finally {
      if (isOrdered) this.#depose(brokerName, -1)
    }
  }

  /** Looks for dead masters, and elects where somebody can be. */
  scan(): void {
    const { sets, members, clock } = this.#options
    const now = clock.monotonic()
    for (const set of sets.all()) {
      const { brokerName, masterBrokerId: master } = set
      if (set.masterEpoch === 0 || this.#isHolding.has(brokerName)) continue
      if (master !== undefined && members.isServing(brokerName, master, now)) continue
      const { result } = elect(set, members, this.#request({ isDesignated: false }), now)
      if (result === 'elected') this.#holdLater(brokerName)
    }
  }

  #holdLater(brokerName: string): void {
    this.#isHolding.add(brokerName)
    this.#elect(brokerName, { isDesignated: false })
      .catch((error: unknown) => {
        this.#options.log.warn('election-failed', { brokerName, error })
      })
      .finally(() => this.#isHolding.delete(brokerName))
  }

  async #elect(brokerName: string, asked: Asked): Promise<{ election: Election; set: BrokerSet }> {
    const { sets, members, clock } = this.#options
    sets.get(brokerName)
    // Between the decision and its being written the old master must not get another lease.
    this.#depose(brokerName, 1)
    try {
      const decided = await sets.change(brokerName, (found) => {
        const set = found ?? sets.get(brokerName)
        const election = elect(set, members, this.#request(asked), clock.monotonic())
        const next = election.result === 'elected' ? election.next : set
        return { next, answer: { election, set: next } }
      })
      if (decided.election.result === 'elected') this.#onElected(decided.set)
      return decided
    } finally {
      this.#depose(brokerName, -1)
    }
  }

  #request(asked: Asked): ElectionRequest {
    return { ...asked, allowsUnclean: this.#options.settings.current.enableElectUncleanMaster }
  }

  #onElected(set: BrokerSet): void {
    const { members } = this.#options
    if (set.masterBrokerId !== undefined) members.elected(set.brokerName, set.masterBrokerId)
    this.tell(set)
  }

  /** Tells every member that can be reached who is master. */
  tell(set: BrokerSet): void {
    const { members, settings } = this.#options
    if (!settings.current.notifyBrokerRoleChanged) return
    const { masterBrokerId, masterEpoch, syncStateSet, syncStateSetEpoch } = set
    const masterAddress = memberOf(set, masterBrokerId)?.address
    const header = {
      ...(masterAddress !== undefined && { masterAddress }),
      ...(masterBrokerId !== undefined && { masterBrokerId }),
      masterEpoch,
      syncStateSetEpoch,
    }
    const body = syncStateSetBody.print({ syncStateSet, syncStateSetEpoch })
    for (const { id } of set.members) {
      const live = members.find(set.brokerName, id)
      const peer = live && this.#peers.get(live.peerId)
      if (peer && !peer.closed) peer.notify(notifyBrokerRoleChanged, header, body)
    }
  }

  #depose(brokerName: string, by: 1 | -1): void {
    const count = (this.#deposing.get(brokerName) ?? 0) + by
    if (count > 0) this.#deposing.set(brokerName, count)
    else this.#deposing.delete(brokerName)
  }
}
