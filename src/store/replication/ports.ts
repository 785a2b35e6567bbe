// The log as master and slave need it; src/store/replica-log.ts fits both by shape.

/** How a wait for the slave's own disk ended. */
type ReportWaiter = { release(status: 'ok' | 'flush-disk-timeout'): void }

export type ReplicaSource = {
  readonly minPosition: number
  readonly maxPosition: number
  readonly segmentSize: number
  /** Bytes of one file from `position` on, at most `size`; empty when they are not there. */
  bytesAt(position: number, size: number): Uint8Array
}

export type ReplicaSink = {
  readonly maxPosition: number
  /** Throws when the bytes do not fit the log or are no records. */
  append(position: number, bytes: Uint8Array): void
  /** As MessageStore.isDurable in the broker's ports. */
  isDurable(endPosition: number, waiter: ReportWaiter): boolean
  /** Ends the log behind its last whole record. */
  seal(): void
  /** Cuts the log; durable when it resolves. */
  truncate(position: number): Promise<void>
}
