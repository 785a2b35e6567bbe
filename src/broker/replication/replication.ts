// The role of a broker in its set, and what follows from it: who may append, what an
// acknowledgement waits for, which slaves are served or which master is followed.
//
//   classic:     the role is a setting and stays
//   controller:  none ──► master (epoch) ⇄ slave; the link to the controller says which
//
// A change of role is one after the other: what the old role did has ended before the new begins.
// Source: ReplicasManager.changeToMaster, changeToSlave; BrokerController.changeToSlave.

import { MqError } from '../../base/errors.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Address } from '../../base/network.ts'
import type { Epochs } from '../../store/replication/epochs.ts'
import type { ReplicationMaster } from '../../store/replication/master.ts'
import type { ReplicationSlave, SlaveState } from '../../store/replication/slave.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { Admission, type Introduction } from './admission.ts'
import { GuardedAppender } from './guarded-appender.ts'
import { type Alter, InSync } from './in-sync.ts'
import { makeMaster, makeSlave, type ReplicationParts } from './links.ts'
import type { MetadataSync } from './metadata-sync.ts'
import type { ReplicationPort, Role } from './ports.ts'
import { inSyncSettings, isControlled, isSyncMaster, startRole } from './settings.ts'

/** What hangs on the role; each waits for the one before. */
export type RoleParts = {
  /** What only a master does. */
  readonly services: { begin(): Promise<void>; end(isFinal: boolean): Promise<void> }
  readonly sync: Pick<MetadataSync, 'start' | 'stop'>
}

export class Replication implements Service, ReplicationPort {
  readonly name = 'replication'
  readonly appender: GuardedAppender
  readonly #parts: ReplicationParts
  readonly #acknowledgements: Acknowledgements
  readonly #inSync: InSync
  readonly #admission: Admission
  readonly #master: ReplicationMaster
  readonly #slave: ReplicationSlave
  readonly #isControlled: boolean
  readonly #listeners: ((role: Role) => void)[] = []
  #roleParts: RoleParts | undefined
  #role: Role
  #epoch = 0
  #leaseUntilMs = Number.POSITIVE_INFINITY
  #confirmed = 0
  /** What only a master does has begun. */
  #isReady = false
  #changing: Promise<void> = Promise.resolve()

  constructor(parts: ReplicationParts) {
    const { clock, config, epochs, log, store } = parts
    const { replica } = store
    this.#parts = parts
    this.#isControlled = isControlled(config)
    this.#role = startRole(config)
    this.#admission = new Admission({
      clock,
      random: parts.random,
      isRequired: config.haPeerAuthentication || config.authenticationEnabled,
      listed: config.haSlaveAddresses.split(';').filter((one) => one !== ''),
    })
    this.#inSync = new InSync({
      clock,
      log,
      settings: inSyncSettings(config),
      slaves: () => this.#master.slaves,
      maxPosition: () => replica.maxPosition,
      epochStart: () => epochs.entries.at(-1)?.startPosition ?? 0,
      onChange: () => this.#moved(),
    })
    this.#acknowledgements = this.#makeAcknowledgements()
    this.appender = new GuardedAppender({
      store,
      acknowledgements: this.#acknowledgements,
      refusal: () => this.refusal,
      lack: () => this.#inSync.refusal,
      appended: (endPosition) => this.#master.appended(endPosition),
      isAlone: () => !this.#isControlled && !this.#inSync.waitsForSlaves,
    })
    this.#master = makeMaster(parts, {
      admits: (host) => this.#admission.admits(host),
      open: (host, token) => this.#admission.open(host, token)?.zone,
      confirmed: () => this.confirmPosition,
      onAck: (link) => {
        this.#inSync.acknowledged(link)
        this.#moved()
      },
      onClose: () => {
        if (this.#role !== 'master') return
        this.#acknowledgements.slaveGone()
        if (this.#isControlled) this.#inSync.shrink()
      },
    })
    this.#slave = makeSlave(parts, {
      slaveId: () => this.#inSync.selfId,
      onConfirmed: (position) => this.#onConfirmed(position),
    })
    replica.onAppended(() => {
      if (this.#role === 'master') this.#master.push()
    })
    epochs.truncate(replica.maxPosition + 1)
    this.#confirmed = replica.maxPosition
    if (this.#isControlled) replica.limitReads(() => this.confirmPosition)
  }

  /** The parts that depend on the role, before `start`. */
  attach(roleParts: RoleParts): void {
    this.#roleParts = roleParts
  }

  get role(): Role {
    return this.#role
  }

  /** Of the master, as the controller counts; 0 in classic mode. */
  get epoch(): number {
    return this.#epoch
  }

  get lastEpoch(): number {
    return this.#parts.epochs.last
  }

  get epochs(): Epochs {
    return this.#parts.epochs
  }

  get inSyncSet(): ReadonlySet<number> {
    return this.#inSync.ids
  }

  get inSyncEpoch(): number {
    return this.#inSync.epoch
  }

  /** Replicas that have what is acknowledged, this one included. */
  get inSyncCount(): number {
    return this.#inSync.count
  }

  get maxPosition(): number {
    return this.#parts.store.replica.maxPosition
  }

  /** Up to where the set has the log. */
  get confirmPosition(): number {
    if (this.#role === 'master') return this.#inSync.confirmedPosition
    return Math.min(this.#confirmed, this.maxPosition)
  }

  /** Where slaves connect, once started. */
  get haAddress(): Address {
    return this.#master.address
  }

  get announced(): string {
    return `${this.#parts.announcedHost}:${this.haAddress.port}`
  }

  isInSync({ slaveId, ackPosition }: { slaveId: number; ackPosition: number }): boolean {
    if (this.#isControlled) return this.#inSync.ids.has(slaveId)
    return this.maxPosition - ackPosition <= this.#parts.config.haMaxGapNotInSync
  }

  /** See ReplicationPort. */
  checkMaster(): void {
    const refusal = this.refusal ?? (this.#isReady ? undefined : 'this master is starting')
    if (refusal !== undefined) throw new MqError('broker-unavailable', refusal)
  }

  /** The slaves that follow this master. */
  get slaves() {
    return this.#master.slaves
  }

  get following(): SlaveState {
    return this.#slave.state
  }

  /** The master's address for requests; undefined on a master or when none is known. */
  get masterAddress(): string | undefined {
    return this.#role === 'slave' ? this.#parts.finder.master : undefined
  }

  /** Asks the controller to change the in-sync set; set by the link to it. */
  set alter(alter: Alter) {
    this.#inSync.alter = alter
  }

  /** Why this broker takes no messages; undefined when its role lets it. */
  get refusal(): string | undefined {
    if (this.#role === 'slave') return 'this broker is a slave'
    if (this.#role === 'none') return 'it is not settled who is master'
    return this.#mayAct() ? undefined : 'the lease of this master is over'
  }

  /** Called after each change of role. */
  onRole(listener: (role: Role) => void): void {
    this.#listeners.push(listener)
  }

  /** A slave says who it is, on the remoting port. */
  introduce(host: string, introduction: Introduction): string {
    return this.#admission.introduce(host, introduction)
  }

  async start(): Promise<void> {
    await this.#master.start()
    if (this.#role === 'master') await this.#serve()
    if (this.#role === 'slave') this.#follow()
  }

  async stop(): Promise<void> {
    await this.#changing
    this.#isReady = false
    await this.#roleParts?.sync.stop()
    await this.#slave.stop()
    await this.#roleParts?.services.end(true)
    this.#inSync.end()
    await this.#master.stop()
    this.#acknowledgements.stop()
  }

  /** The name servers, or somebody as good, say who the master is. For slaves in classic mode. */
  masterIs(master: string | undefined, haAddress: string | undefined): void {
    if (this.#role !== 'slave' || this.#isControlled) return
    if (master === undefined && haAddress === undefined) return
    if (this.#parts.finder.isAt(master, haAddress)) void this.#change(() => this.#followAnew())
  }

  /** As the controller decided. Rejects when this log knows of a later master. */
  becomeMaster(given: {
    readonly brokerId: number
    readonly epoch: number
    readonly inSync: Iterable<number>
    readonly inSyncEpoch: number
  }): Promise<void> {
    return this.#change(async () => {
      const { epoch, brokerId, inSync, inSyncEpoch } = given
      if (epoch < this.#parts.epochs.last || epoch < this.#epoch)
        throw new Error('a later epoch is known')
      if (this.#role === 'master' && epoch === this.#epoch) {
        return this.#inSync.set(inSync, inSyncEpoch)
      }
      const wasMaster = this.#role === 'master'
      if (!wasMaster) await this.#leave()
      await this.#reign(epoch, brokerId, inSync, inSyncEpoch, wasMaster)
    })
  }

  /** As the controller decided: `masterAddress` is for requests, `host:port`. */
  becomeSlave(given: {
    readonly brokerId: number
    readonly masterAddress: string
    readonly epoch: number
  }): Promise<void> {
    return this.#change(async () => {
      const { brokerId, epoch, masterAddress } = given
      if (epoch < this.#epoch) throw new Error('a later epoch is known')
      this.#epoch = epoch
      this.#inSync.selfId = brokerId
      const isNew = this.#parts.finder.isAt(masterAddress)
      if (this.#role === 'slave' && !isNew) return
      await this.#leave()
      this.#parts.identity.is(brokerId)
      this.#role = 'slave'
      this.#follow()
      this.#tell()
    })
  }

  /** Nobody is known to be master. Reads go on. */
  becomeNothing(): Promise<void> {
    return this.#change(async () => {
      if (this.#role === 'none') return
      await this.#leave()
      this.#tell()
    })
  }

  /** The set has changed, the master has not. */
  setInSync(ids: Iterable<number>, inSyncEpoch: number): void {
    if (inSyncEpoch >= this.#inSync.epoch) this.#inSync.set(ids, inSyncEpoch)
  }

  /** Until then, by the monotonic clock, no other can be master. */
  lease(untilMs: number): void {
    this.#leaseUntilMs = untilMs
  }

  /** Slaves stay connected to a master that is elected again. */
  async #reign(
    epoch: number,
    selfId: number,
    inSync: Iterable<number>,
    inSyncEpoch: number,
    wasMaster: boolean,
  ): Promise<void> {
    const { epochs, identity, store } = this.#parts
    store.replica.seal()
    const startPosition = store.replica.maxPosition
    epochs.truncate(startPosition + 1)
    epochs.append({ epoch, startPosition })
    this.#epoch = epoch
    this.#inSync.begin(selfId, inSync, inSyncEpoch, this.#confirmed)
    this.#role = 'master'
    identity.is(0)
    store.replica.dispatch()
    await new Promise<void>((go) => this.#parts.clock.endOfTurn(go))
    if (!wasMaster) await this.#serve()
    this.#tell()
  }

  async #serve(): Promise<void> {
    await this.#roleParts?.services.begin()
    this.#isReady = true
    this.#master.serve(true)
  }

  #follow(): void {
    this.#slave.start()
    this.#roleParts?.sync.start()
  }

  async #followAnew(): Promise<void> {
    await this.#slave.stop()
    if (this.#role === 'slave') this.#follow()
  }

  /** Ends what the role did; nothing is appended or acknowledged any more. */
  async #leave(): Promise<void> {
    const was = this.#role
    if (was === 'master') this.#confirmed = this.#inSync.confirmedPosition
    this.#role = 'none'
    this.#isReady = false
    this.#master.serve(false)
    this.#acknowledgements.fail('flush-slave-timeout')
    this.#inSync.end()
    await this.#roleParts?.sync.stop()
    await this.#slave.stop()
    await this.#roleParts?.services.end(false)
  }

  #tell(): void {
    const { log, identity } = this.#parts
    log.info('role', { role: this.#role, epoch: this.#epoch, brokerId: identity.brokerId })
    for (const listener of this.#listeners) listener(this.#role)
  }

  #change(run: () => Promise<void> | void): Promise<void> {
    const changed = this.#changing.then(run)
    this.#changing = changed.catch((error: unknown) => {
      this.#parts.log.warn('role-not-changed', { error })
    })
    return changed
  }

  #moved(): void {
    this.#acknowledgements.moved()
    if (!this.#isControlled || this.#role !== 'master') return
    const before = this.#confirmed
    this.#confirmed = this.confirmPosition
    if (this.#confirmed === before) return
    this.#parts.store.replica.dispatch()
    this.#master.confirm()
  }

  #onConfirmed(position: number): void {
    this.#confirmed = Math.max(this.#confirmed, position)
    this.#parts.store.replica.dispatch()
  }

  #mayAct(): boolean {
    return this.#parts.clock.monotonic() < this.#leaseUntilMs
  }

  #makeAcknowledgements(): Acknowledgements {
    const { clock, config, store } = this.#parts
    return new Acknowledgements({
      clock,
      timeoutMs: config.slaveTimeout,
      isFlushed: (endPosition, waiter) => store.isDurable(endPosition, waiter),
      waitsForSlaves: () => isSyncMaster(config) && this.#inSync.waitsForSlaves,
      replicatedPosition: () => this.#inSync.replicatedPosition,
      hopeless: () => (this.#inSync.isHopeless ? 'slave-not-available' : undefined),
      mayAcknowledge: () => this.#role === 'master' && this.#mayAct(),
    })
  }
}
