// Who may connect to the port for slaves. Apache's protocol there says nothing of who one is, so a
// slave introduces itself on the remoting port, where requests are signed if credentials exist: it
// is given a token, and shows it on its next connection here. The token is good for one connection
// from the address that asked for it, for a minute. Apache's slaves, which have none, are listed.
//
// Without credentials anybody who reaches the port is let in, as in Apache.

import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { tokenSize } from '../../store/replication/token.ts'

const admittedMs = 60_000
const tokensMax = 256

export type AdmissionParts = {
  readonly clock: Clock
  readonly random: Pick<Random, 'bytes'>
  /** Whether a peer has to be known. */
  readonly isRequired: boolean
  /** Addresses that are let in without a word. */
  readonly listed: readonly string[]
}

/** What a slave said of itself. */
export type Introduction = { readonly zone: string }

type Known = Introduction & { readonly host: string; readonly untilMs: number }

export class Admission {
  readonly #parts: AdmissionParts
  readonly #known = new Map<string, Known>()

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /** A peer on the remoting port, trusted there, says that it is a slave; answers its token. */
  introduce(host: string, introduction: Introduction): string {
    const { clock, random } = this.#parts
    const [oldest] = this.#known.keys()
    if (this.#known.size >= tokensMax && oldest !== undefined) this.#known.delete(oldest)
    const token = Buffer.from(random.bytes(tokenSize)).toString('hex')
    this.#known.set(token, { ...introduction, host, untilMs: clock.monotonic() + admittedMs })
    return token
  }

  /** Before a byte is read: whether a slave may come from there. */
  admits(host: string): boolean {
    if (this.#needsNoToken(host)) return true
    const now = this.#parts.clock.monotonic()
    return [...this.#known.values()].some((one) => one.host === host && one.untilMs >= now)
  }

  /** What the peer that showed `token` said of itself; undefined: it is not let in. */
  open(host: string, token: string | undefined): Introduction | undefined {
    if (token === undefined) return this.#needsNoToken(host) ? { zone: '' } : undefined
    const known = this.#known.get(token)
    if (!known || known.host !== host) return undefined
    this.#known.delete(token)
    return known.untilMs >= this.#parts.clock.monotonic() ? known : undefined
  }

  #needsNoToken(host: string): boolean {
    return !this.#parts.isRequired || this.#parts.listed.includes(host)
  }
}
