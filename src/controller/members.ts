// Who is alive, how far each has come, and who holds a lease: in memory only, told by heartbeats.
//
// A master may acknowledge only while its lease runs. It gets one with the answer to each
// heartbeat and counts it from when it sent the heartbeat; the controller counts it from when
// the answer is given, which is later. So nobody else is elected before `leaseEnd`, whatever
// the master's state: dead, paused, cut off, or alive and deposed.
//
// A controller that begins to lead knows nothing of leases its predecessor gave: everybody counts
// as seen, and every master as holding a lease, at the moment it began.
// All times are monotonic ms.

export type Report = {
  readonly address: string
  /** The last epoch in the broker's epoch file. */
  readonly epoch: number
  readonly maxPosition: number
  readonly confirmPosition: number
  /** Smaller is preferred. */
  readonly priority: number
  /** Without a heartbeat for so long it is taken for dead. */
  readonly timeoutMs: number
}

export type Live = {
  report: Report | undefined
  seenAt: number
  /** Its connection closed: it is dead until it is heard of again. */
  isGone: boolean
  /** It started again: what it was before, it is not any more. */
  isNew: boolean
  leaseEnd: number
  /** Of the heartbeats, to tell a closed connection from one that was replaced. */
  peerId: number
}

export type LeaseTimes = {
  readonly leaseMs: number
  /** Added by the controller, for clocks that do not run at one speed. */
  readonly marginMs: number
}

/** A controller that does not lead cannot tell who is registered, but who is too many. */
const countMax = 100_000

export class Members {
  #count = 0
  readonly #sets = new Map<string, Map<number, Live>>()
  readonly #times: () => LeaseTimes
  #leadsSince = 0

  constructor(times: () => LeaseTimes) {
    this.#times = times
  }

  /** This controller leads from now on. */
  lead(now: number): void {
    this.#leadsSince = now
  }

  heard(brokerName: string, id: number, report: Report, now: number, peerId: number): void {
    if (this.#count >= countMax && !this.find(brokerName, id)) return
    const live = this.#live(brokerName, id)
    live.report = report
    live.seenAt = now
    live.isGone = false
    live.peerId = peerId
  }

  /** The process of this broker is a new one; it has not said yet how far its log goes. */
  started(brokerName: string, id: number): void {
    const live = this.#live(brokerName, id)
    live.isNew = true
    live.report = undefined
  }

  /** The connection is closed. Answers who was heard over it. */
  closed(peerId: number): { brokerName: string; id: number }[] {
    const gone: { brokerName: string; id: number }[] = []
    for (const [brokerName, set] of this.#sets) {
      for (const [id, live] of set) {
        if (live.peerId !== peerId || live.isGone) continue
        live.isGone = true
        gone.push({ brokerName, id })
      }
    }
    return gone
  }

  find(brokerName: string, id: number): Live | undefined {
    return this.#sets.get(brokerName)?.get(id)
  }

  forget(brokerName: string, id: number): void {
    if (this.#sets.get(brokerName)?.delete(id)) this.#count -= 1
    if (this.#sets.get(brokerName)?.size === 0) this.#sets.delete(brokerName)
  }

  /** Whether it is heard of. One that never was counts as heard when this one began to lead. */
  isAlive(brokerName: string, id: number, now: number): boolean {
    const live = this.find(brokerName, id)
    if (live?.isGone) return false
    const timeoutMs = live?.report?.timeoutMs ?? this.#times().leaseMs
    return now <= Math.max(live?.seenAt ?? 0, this.#leadsSince) + timeoutMs
  }

  /** Whether it can be elected: alive, and it has said how far its log goes. */
  isReady(brokerName: string, id: number, now: number): boolean {
    return this.find(brokerName, id)?.report !== undefined && this.isAlive(brokerName, id, now)
  }

  /** Whether it still is the process that was elected. */
  isServing(brokerName: string, id: number, now: number): boolean {
    return this.isAlive(brokerName, id, now) && this.find(brokerName, id)?.isNew !== true
  }

  grant(brokerName: string, id: number, now: number): number {
    const { leaseMs, marginMs } = this.#times()
    this.#live(brokerName, id).leaseEnd = now + leaseMs + marginMs
    return leaseMs
  }

  /** When nobody believes any more that this broker is master. */
  leaseEnd(brokerName: string, id: number): number {
    const { leaseMs, marginMs } = this.#times()
    const ofOthers = this.#leadsSince + leaseMs + marginMs
    return Math.max(this.find(brokerName, id)?.leaseEnd ?? 0, ofOthers)
  }

  /** It was elected: it is what it was elected to be. */
  elected(brokerName: string, id: number): void {
    this.#live(brokerName, id).isNew = false
  }

  #live(brokerName: string, id: number): Live {
    const set = this.#sets.get(brokerName) ?? new Map<number, Live>()
    this.#sets.set(brokerName, set)
    let live = set.get(id)
    if (!live) {
      this.#count += 1
      live = {
        report: undefined,
        seenAt: 0,
        isGone: false,
        isNew: false,
        leaseEnd: 0,
        peerId: 0,
      }
      set.set(id, live)
    }
    return live
  }
}
