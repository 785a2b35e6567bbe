// The port for randomness. `uint32` and `below` may be predictable; `bytes` may not.

export type Random = {
  /** A whole number in [0, bound). Not for secrets. */
  below(bound: number): number
  /** Unpredictable bytes, fit for keys and identifiers. */
  bytes(size: number): Uint8Array
}
