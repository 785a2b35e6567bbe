// Who may connect to the port for slaves. Apache's protocol there says nothing of who one is, so a
// slave introduces itself on the remoting port, where requests are signed if credentials exist,
// and its address is let in for a time. Apache's slaves, which cannot, are listed.
//
// Without credentials anybody who reaches the port is let in, as in Apache.

import type { Clock } from '../../base/clock.ts'

const admittedMs = 60_000
const hostsMax = 256

export type AdmissionParts = {
  readonly clock: Clock
  /** Whether a peer has to be known. */
  readonly isRequired: boolean
  /** Addresses that are let in without a word. */
  readonly listed: readonly string[]
}

/** What a slave said of itself. */
export type Introduction = { readonly zone: string }

export class Admission {
  readonly #parts: AdmissionParts
  readonly #known = new Map<string, Introduction & { readonly untilMs: number }>()

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /** A peer on the remoting port, trusted there, says that it is a slave. */
  introduce(host: string, introduction: Introduction): void {
    this.#known.delete(host)
    if (this.#known.size >= hostsMax) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    const untilMs = this.#parts.clock.monotonic() + admittedMs
    this.#known.set(host, { ...introduction, untilMs })
  }

  admits(host: string): boolean {
    const { isRequired, listed, clock } = this.#parts
    if (listed.includes(host)) return true
    if (!isRequired) return true
    const known = this.#known.get(host)
    return known !== undefined && known.untilMs >= clock.monotonic()
  }

  /** The zone that a slave at this host named; '' when none did. */
  zoneOf(host: string): string {
    return this.#known.get(host)?.zone ?? ''
  }
}
