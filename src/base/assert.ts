// Programmer errors. What a caller, a peer or a disk can cause is an MqError instead.

/** Fails the request (inside the store's writer: the store) when our own code is wrong. */
export function assert(condition: unknown, expected: string): asserts condition {
  if (!condition) throw new AssertionError(expected)
}

class AssertionError extends Error {
  override readonly name = 'AssertionError'
  constructor(expected: string) {
    super(`expected ${expected}`)
  }
}
