// The port for state that several processes share and one of them at a time may change: etcd in
// src/host, a file for a process that is alone, a simulated one in tests.

export type SharedStateEvents = {
  /** This process leads from now on; `values` are all that is kept, by key. */
  lead(values: ReadonlyMap<string, string>): void
  /** This process does not lead. `leader`: the name of who does, if that is known. */
  follow(leader: string | undefined): void
}

/**
 * Values by key, and one leader. Every change is one compare-and-swap: it happens only while
 * this process still leads and the value still is what this process last knew of it.
 */
export type SharedState = {
  /** Begins to compete to lead; goes on until `stop`, whatever fails meanwhile. */
  start(events: SharedStateEvents): Promise<void>
  /** Gives the leadership up. */
  stop(): Promise<void>
  /** Until when nobody else can lead, by {@link Clock.monotonic}; 0 when this one does not. */
  readonly leadsUntil: number
  /**
   * Sets or, with undefined, removes a value. True: it is durable. False: this process does not
   * lead any more, or what became of the change is not known; `follow` was called, and `lead`
   * will be, with the values as they then are. One change of a key at a time.
   */
  put(key: string, value: string | undefined): Promise<boolean>
}
