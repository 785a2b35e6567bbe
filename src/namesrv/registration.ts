// What brokers say of themselves, as the namesrv keeps it.

import type { TopicSettings } from './topic-table.ts'

export type DataVersion = {
  readonly stateVersion: number
  readonly timestamp: number
  readonly counter: number
}

export type BrokerIdentity = {
  readonly clusterName: string
  readonly brokerName: string
  readonly brokerAddr: string
  readonly brokerId: number
}

export type Registration = BrokerIdentity & {
  readonly haServerAddr: string
  readonly zoneName?: string | undefined
  /** Silence after which the broker counts as gone. Default 120 s. */
  readonly heartbeatTimeoutMs?: number | undefined
  /** Undefined: a broker of before 5.0. */
  readonly enableActingMaster?: boolean | undefined
  readonly dataVersion: DataVersion
  /** All topics of the broker, or those that changed; none when they are known already. */
  readonly topics: readonly TopicSettings[]
  /** Of the body, as it came. */
  readonly bodyBytes?: number | undefined
}

/** Told to a slave; both are undefined for a master and while there is none. */
export type MasterAddress = {
  readonly masterAddr?: string | undefined
  readonly haServerAddr?: string | undefined
}

/** The replicas of one broker name. */
export type BrokerSet = {
  clusterName: string
  readonly brokerName: string
  readonly addresses: Map<number, string>
  /** Where each replica stands that says so, by broker id. */
  readonly zones: Map<number, string>
  enableActingMaster: boolean
  zoneName: string | undefined
}

export const masterId = 0

export const sameVersion = (a: DataVersion, b: DataVersion): boolean =>
  a.stateVersion === b.stateVersion && a.timestamp === b.timestamp && a.counter === b.counter
