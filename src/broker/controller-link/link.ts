// A broker's link to its controllers: an id, heartbeats, who is master, and the lease.
//
//   find who leads → an id of our own → register → heartbeats for ever
//
// What a heartbeat's answer says is compared with what this broker is: a newer epoch or in-sync
// set is fetched and taken on; a lease is passed to the replication, counted from when the
// heartbeat was sent. Until it is told its role a broker has none: nothing is appended.
//
// A process never resumes as master in an epoch that began before it registered: its log may
// have lost what that epoch acknowledged. It is elected anew, or follows who has more.
// Source: ReplicasManager

import type { Clock, Timer } from '../../base/clock.ts'
import { MqError } from '../../base/errors.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { Random } from '../../base/random.ts'
import type { Self } from '../ports.ts'
import type { Controllers, HeartbeatReply, MasterInfo } from './controllers.ts'
import type { IdentityFile } from './identity-file.ts'

/** What carries the role out; replication/replication.ts is one. */
export type RoleSwitch = {
  readonly role: 'master' | 'slave' | 'none'
  readonly epoch: number
  readonly lastEpoch: number
  readonly inSyncEpoch: number
  readonly maxPosition: number
  readonly confirmPosition: number
  becomeMaster(as: {
    brokerId: number
    epoch: number
    inSync: ReadonlySet<number>
    inSyncEpoch: number
  }): Promise<void>
  becomeSlave(of: {
    brokerId: number
    masterId: number
    masterAddress: string
    epoch: number
  }): Promise<void>
  setInSync(ids: ReadonlySet<number>, inSyncEpoch: number): void
  /** Until then (monotonic ms) a master may acknowledge. */
  lease(until: number): void
  alter(wanted: ReadonlySet<number>): Promise<Altered | undefined>
}

type Altered = { readonly ids: Iterable<number>; readonly inSyncEpoch: number }

type Options = {
  readonly controllers: Controllers
  readonly identity: IdentityFile
  readonly roles: RoleSwitch
  readonly self: Self
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly heartbeatMs: number
  /** What the controller is told: without a heartbeat for so long this broker is dead. */
  readonly timeoutMs: number
  /** How often Apache's controllers, whose heartbeat answers say nothing, are asked. */
  readonly pollMs: number
  readonly priority: number
}

export class ControllerLink implements Service {
  readonly name = 'controller-link'
  readonly #options: Options
  #timer: Timer | undefined
  #id: number | undefined
  /** The newest epoch at the time this process registered. */
  #epochBefore = Number.POSITIVE_INFINITY
  #isWorking = false
  #worksAgain = false
  #polledAt = 0
  readonly #stopping = new AbortController()
  #working: Promise<void> = Promise.resolve()
  #trouble: string | undefined

  constructor(options: Options) {
    this.#options = options
    options.roles.alter = (wanted) => this.#alter(wanted)
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted
  }

  /** Does not wait for a controller. */
  start(): void {
    const { clock, heartbeatMs, roles } = this.#options
    roles.lease(clock.monotonic())
    this.#timer = clock.every(heartbeatMs, () => this.#tick())
    this.#work()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#timer?.cancel()
    await this.#working
  }

  /** Somebody says that roles changed. It is only a hint: the controller is asked. */
  hint(epoch: number | undefined): void {
    if (epoch === undefined || epoch > this.#options.roles.epoch) this.#work()
  }

  #tick(): void {
    if (this.#id === undefined) {
      this.#work()
      return
    }
    this.#beat()
    const { roles, clock, controllers, pollMs } = this.#options
    const isPollDue = !controllers.givesLeases && clock.monotonic() >= this.#polledAt + pollMs
    if (roles.role === 'none' || controllers.leader === undefined || isPollDue) this.#work()
  }

  #beat(): void {
    const { controllers, roles, self, clock, timeoutMs, priority } = this.#options
    const id = this.#id
    if (id === undefined || this.#isStopped) return
    const sentAt = clock.monotonic()
    const header = {
      brokerName: self.brokerName,
      brokerAddr: self.address,
      clusterName: self.clusterName,
      brokerId: id,
      epoch: Math.max(roles.epoch, roles.lastEpoch, 0),
      maxOffset: roles.maxPosition,
      confirmOffset: roles.confirmPosition,
      heartbeatTimeoutMills: timeoutMs,
      electionPriority: priority,
    }
    controllers.heartbeat(header, (reply) => this.#onReply(reply, sentAt))
  }

  #onReply(reply: HeartbeatReply, sentAt: number): void {
    const { roles } = this.#options
    const { rwMasterEpoch: epoch = 0, rwLeaseMs: leaseMs, rwMasterBrokerId: master } = reply
    if (this.#isStopped) return
    if (epoch === roles.epoch && roles.role === 'master' && master === this.#id) {
      if (leaseMs !== undefined) roles.lease(sentAt + leaseMs)
    }
    const isSame = epoch === roles.epoch && reply.rwSyncStateSetEpoch === roles.inSyncEpoch
    if (roles.role === 'none' || epoch > roles.epoch || (roles.role === 'master' && !isSame)) {
      this.#work()
    }
  }

  /** One at a time; what comes meanwhile makes one more. */
  #work(): void {
    if (this.#isStopped) return
    if (this.#isWorking) {
      this.#worksAgain = true
      return
    }
    this.#isWorking = true
    this.#working = this.#doWork().finally(() => {
      this.#isWorking = false
    })
  }

  async #doWork(): Promise<void> {
    try {
      do {
        this.#worksAgain = false
        this.#id ??= await this.#registered()
        await this.#follow(await this.#options.controllers.masterInfo())
      } while (this.#worksAgain && !this.#isStopped)
      this.#trouble = undefined
    } catch (error) {
      this.#onTrouble(error)
    }
  }

  #onTrouble(error: unknown): void {
    const failure = error instanceof MqError ? error.failure : 'internal'
    // The controller forgot this broker, or never knew it: from the start, at the next tick.
    if (failure === 'broker-set-not-found' || failure === 'broker-not-registered') {
      this.#id = undefined
    }
    if (this.#trouble !== failure) this.#options.log.warn('controller-trouble', { failure, error })
    this.#trouble = failure
  }

  async #registered(): Promise<number> {
    const { controllers, identity, log } = this.#options
    const id = identity.id() ?? (await this.#applied())
    await controllers.register(id)
    const { masterEpoch } = await controllers.masterInfo()
    this.#epochBefore = masterEpoch
    log.info('controller-registered', { brokerId: id, masterEpoch })
    return id
  }

  /** An id of our own. One that is taken meanwhile is asked for anew. */
  async #applied(): Promise<number> {
    const { controllers, identity, random, self, clock } = this.#options
    const wanted = identity.wanted() ?? {
      id: await controllers.nextBrokerId(),
      checkCode: `${self.address};${clock.now()}${random.below(1_000_000)}`,
    }
    identity.want(wanted)
    try {
      await controllers.applyBrokerId(wanted.id, wanted.checkCode)
    } catch (error) {
      if (error instanceof MqError && error.failure === 'broker-id-taken') identity.giveUp()
      throw error
    }
    identity.keep(wanted.id)
    return wanted.id
  }

  async #follow(info: MasterInfo): Promise<void> {
    const { roles, clock } = this.#options
    this.#polledAt = clock.monotonic()
    if (info.masterEpoch < roles.epoch) return
    if (this.#isOurs(info)) return this.#lead(info)
    if (info.masterBrokerId === undefined || info.masterBrokerId === this.#id) {
      return this.#stand(info)
    }
    return this.#obey(info)
  }

  /** Master is this broker, by an election of its own life. */
  #isOurs({ masterBrokerId, masterEpoch }: MasterInfo): boolean {
    const { roles } = this.#options
    if (masterBrokerId !== this.#id) return false
    const isAlready = roles.role === 'master' && roles.epoch === masterEpoch
    return isAlready || masterEpoch > Math.max(this.#epochBefore, roles.lastEpoch)
  }

  /** Asks to be elected. The controller must know first how far this log goes. */
  async #stand(info: MasterInfo): Promise<void> {
    const { controllers, log } = this.#options
    const id = this.#id
    if (id === undefined) return
    this.#beat()
    const elected = await controllers.elect(id)
    if (elected.masterEpoch > info.masterEpoch) {
      if (this.#isOurs(elected)) return this.#lead(elected)
      return this.#obey(elected)
    }
    // A controller that leads only now does not know that this process is a new one.
    if (elected.masterBrokerId === id) {
      log.info('controller-registered-again', { brokerId: id })
      await controllers.register(id)
    } else await this.#obey(elected)
  }

  async #lead(info: MasterInfo): Promise<void> {
    const { roles, controllers, clock, log } = this.#options
    const id = this.#id
    if (id === undefined) return
    const inSync = new Set(info.syncStateSet)
    if (roles.role === 'master' && roles.epoch === info.masterEpoch) {
      if (info.syncStateSetEpoch > roles.inSyncEpoch) {
        roles.setInSync(inSync, info.syncStateSetEpoch)
      }
      return
    }
    roles.lease(clock.monotonic())
    log.info('role-changes', { role: 'master', epoch: info.masterEpoch })
    await roles.becomeMaster({
      brokerId: id,
      epoch: info.masterEpoch,
      inSync,
      inSyncEpoch: info.syncStateSetEpoch,
    })
    if (controllers.givesLeases) this.#beat()
    else roles.lease(Number.POSITIVE_INFINITY)
  }

  async #obey({ masterBrokerId, masterAddress, masterEpoch }: MasterInfo): Promise<void> {
    const { roles, log } = this.#options
    const id = this.#id
    if (id === undefined || masterBrokerId === undefined || !masterAddress) return
    if (roles.role === 'slave' && roles.epoch === masterEpoch) return
    log.info('role-changes', { role: 'slave', masterBrokerId, epoch: masterEpoch })
    await roles.becomeSlave({
      brokerId: id,
      masterId: masterBrokerId,
      masterAddress,
      epoch: masterEpoch,
    })
  }

  /**
   * Pending until the outcome is known: a change that may have been made counts as made. Asked
   * again with the same epoch of the set, it is made once, or refused as made already.
   */
  async #alter(wanted: ReadonlySet<number>): Promise<Altered | undefined> {
    const { controllers, roles, log, clock, heartbeatMs } = this.#options
    const { epoch, inSyncEpoch } = roles
    const id = this.#id
    const isStill = () => !this.#isStopped && roles.role === 'master' && roles.epoch === epoch
    while (id !== undefined && isStill()) {
      try {
        return await controllers.alter({ id, epoch }, wanted, inSyncEpoch)
      } catch (error) {
        const failure = error instanceof MqError ? error.failure : 'internal'
        if (failure === 'sync-set-epoch-fenced') return this.#currentSet(epoch, isStill)
        if (!isUnknown(failure)) {
          log.info('in-sync-set-not-changed', { wanted: [...wanted], failure })
          this.#work()
          return undefined
        }
        await clock.sleep(heartbeatMs, this.#stopping.signal).catch(() => {})
      }
    }
    return undefined
  }

  /** The set as the controller has it, which is not as this broker thought. */
  async #currentSet(epoch: number, isStill: () => boolean): Promise<Altered | undefined> {
    const { controllers, clock, heartbeatMs } = this.#options
    while (isStill()) {
      try {
        const info = await controllers.masterInfo()
        if (info.masterEpoch !== epoch) {
          this.#work()
          return undefined
        }
        return { ids: new Set(info.syncStateSet), inSyncEpoch: info.syncStateSetEpoch }
      } catch {
        await clock.sleep(heartbeatMs, this.#stopping.signal).catch(() => {})
      }
    }
    return undefined
  }
}

/** Whether a change may have been made in spite of this failure. */
const isUnknown = (failure: string): boolean =>
  ['broker-unavailable', 'broker-timeout', 'not-the-leader', 'broker-busy', 'internal'].includes(
    failure,
  )
