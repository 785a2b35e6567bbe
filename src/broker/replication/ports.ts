// What handlers need of replication.

import type { Epochs } from '../../store/replication/epochs.ts'
import type { MasterLink } from '../../store/replication/master-link.ts'
import type { SlaveState } from '../../store/replication/slave.ts'
import type { SavedProgress } from '../timer/progress.ts'
import type { Introduction } from './admission.ts'

/** `none`: with a controller, while nobody is known to be master. */
export type Role = 'master' | 'slave' | 'none'

type Slave = Pick<
  MasterLink,
  'remote' | 'slaveId' | 'ackPosition' | 'nextPosition' | 'bytesPerSecond'
>

export type ReplicationPort = {
  readonly role: Role
  readonly maxPosition: number
  /** Replicas that have what is acknowledged, the master included. */
  readonly inSyncCount: number
  readonly slaves: readonly Slave[]
  readonly following: SlaveState
  readonly epochs: Pick<Epochs, 'entries'>
  /** `host:port` that slaves are told. */
  readonly announced: string
  isInSync(slave: Slave): boolean
  /** The token that lets the slave in at the port for slaves. */
  introduce(host: string, introduction: Introduction): string
  /** Throws `broker-unavailable` on a slave, and while no master is settled. */
  checkMaster(): void
}

/** As their files hold them. */
export type CopiedTables = {
  offsets(): unknown
  delayOffsets(): unknown
  requestModes(): unknown
  /** Undefined where no timer runs. */
  timer(): SavedProgress | undefined
}
