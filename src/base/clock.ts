// The port for time. Nothing outside src/host reads a clock or starts a timer itself.

export type Timer = { cancel(): void }

export type Clock = {
  /** Wall clock, ms since 1970. For what people and Apache's formats see; it may jump. */
  now(): number
  /** Monotonic ms from an arbitrary start. For time-outs, leases and durations. */
  monotonic(): number
  /** Calls `run` once after `ms`. The timer alone does not keep the process alive. */
  after(ms: number, run: () => void): Timer
  /** Calls `run` every `ms`, first after `ms`. Does not keep the process alive. */
  every(ms: number, run: () => void): Timer
  /** Calls `run` at the end of this turn of the event loop, after the sockets were read. */
  endOfTurn(run: () => void): void
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
