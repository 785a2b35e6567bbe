// The port for what several gateways must agree on for a short time: which idempotent send is
// under way, how much a caller has used of its rate, which ticket was used. Values go after
// their time; nothing here is the only place of anything that matters longer.
// Redis in src/host, memory beside this file.

/** Rejects with `state-unavailable` when the other side cannot be reached. */
export type TransientState = {
  /** Sets a value that is not there yet; false when one is. */
  add(key: string, value: string, ttlMs: number): Promise<boolean>
  set(key: string, value: string, ttlMs: number): Promise<void>
  get(key: string): Promise<string | undefined>
  remove(key: string): Promise<void>
  /** Adds to a counter that goes `ttlMs` after its first addition; answers the new count. */
  increase(key: string, by: number, ttlMs: number): Promise<number>
}
