// Pings a peer and notices when nothing at all comes back.

import type { Clock, Timer } from '../../src/base/clock.ts'

export class Heartbeat {
  readonly #clock: Clock
  readonly #times: { readonly pingEveryMs: number; readonly silenceMs: number }
  readonly #on: { ping(): void; silent(): void }
  #heardAt: number
  #timer: Timer

  constructor(
    clock: Clock,
    times: { readonly pingEveryMs: number; readonly silenceMs: number },
    on: { ping(): void; silent(): void },
  ) {
    this.#clock = clock
    this.#times = times
    this.#on = on
    this.#heardAt = clock.monotonic()
    this.#timer = clock.after(times.pingEveryMs, () => this.#tick())
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic()
  }

  stop(): void {
    this.#timer.cancel()
  }

  #tick(): void {
    const { pingEveryMs, silenceMs } = this.#times
    const leftMs = this.#heardAt + silenceMs - this.#clock.monotonic()
    if (leftMs <= 0) {
      this.#on.silent()
      return
    }
    this.#timer = this.#clock.after(Math.min(pingEveryMs, leftMs), () => this.#tick())
    this.#on.ping()
  }
}
