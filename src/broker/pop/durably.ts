import type { Appender, DurableWaiter } from '../ports.ts'

/**
 * `reply`, once what was appended up to `endPosition` is as durable as this store promises; a
 * promise only where that takes time. How the wait ended does not matter: Java hands messages
 * out and counts acknowledgements however slow its flush or its slave.
 */
export function durably<T>(appender: Appender, endPosition: number, reply: T): T | Promise<T> {
  if (endPosition === 0) return reply
  const wait = new Wait()
  return appender.isDurable(endPosition, wait) ? reply : wait.ended().then(() => reply)
}

class Wait implements DurableWaiter {
  #isReleased = false
  #resolve: (() => void) | undefined

  release(): void {
    this.#isReleased = true
    this.#resolve?.()
  }

  ended(): Promise<void> {
    if (this.#isReleased) return Promise.resolve()
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }
}
