// Where messages are: brokers, the queues that they have of a topic, one of these.

export type QueueAddress = {
  readonly topic: string
  readonly broker: string
  readonly queueId: number
}

export type BrokerRoute = {
  readonly name: string
  readonly cluster: string
  /** `host:port` by broker id; 0 is the master. */
  readonly addresses: ReadonlyMap<number, string>
  /** Of replicas that say where they stand, by broker id; our name servers tell. */
  readonly zones?: ReadonlyMap<number, string> | undefined
}

export type QueueRoute = {
  readonly broker: string
  readonly readQueues: number
  readonly writeQueues: number
  /** 4 read, 2 write, 1 inherit. */
  readonly perm: number
}

export type TopicRoute = {
  readonly topic: string
  readonly brokers: readonly BrokerRoute[]
  readonly queues: readonly QueueRoute[]
}
