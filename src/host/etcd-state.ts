// Shared state in etcd. The leader is who made the key `<prefix>/leader`, which goes with its
// lease; every change is one transaction that compares that key's create revision and the mod
// revision of the value. So a leader that was paused writes nothing once another one leads.
//
// Whatever goes wrong ends the leadership: the lease is given back and everything read anew. The
// lease counts from before it was asked for, by the monotonic clock, so this side believes in it
// for less time than etcd does.

import { Etcd3, type ILeaseKeepAliveResponse, type IOptions, type Lease } from 'etcd3'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { SharedState, SharedStateEvents } from '../base/shared-state.ts'

export type EtcdStateOptions = {
  readonly hosts: readonly string[]
  /** Before every key, without a final slash. */
  readonly prefix: string
  /** What the others are told of this process while it leads. */
  readonly name: string
  /** Whole seconds; etcd makes it at least 2. */
  readonly ttlSec: number
  readonly user?: { readonly username: string; readonly password: string }
  /** PEM. */
  readonly ca?: Buffer
}

type Term = { readonly revision: string; readonly lease: Lease }

const callMs = 1500
const retryMs = 500

export class EtcdState implements SharedState {
  readonly #options: EtcdStateOptions
  readonly #clock: Clock
  readonly #log: Log
  readonly #client: Etcd3
  readonly #revisions = new Map<string, string>()
  readonly #stopping = new AbortController()
  #events: SharedStateEvents = { lead() {}, follow() {} }
  #term: Term | undefined
  #leadsUntil = 0
  /** Ends a wait: the leader's key is gone, or the leadership is. */
  #wake: () => void = () => {}
  #running: Promise<void> | undefined
  #isFailing = false

  constructor(options: EtcdStateOptions, clock: Clock, log: Log) {
    this.#options = options
    this.#clock = clock
    this.#log = log
    this.#client = new Etcd3(clientOptions(options))
  }

  get leadsUntil(): number {
    return this.#term ? this.#leadsUntil : 0
  }

  /** Resolves after the first try, whatever came of it. */
  async start(events: SharedStateEvents): Promise<void> {
    this.#events = events
    await new Promise<void>((resolve) => {
      this.#running = this.#run(resolve)
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#running
    await this.#giveUp()
    this.#client.close()
  }

  async put(key: string, value: string | undefined): Promise<boolean> {
    const term = this.#term
    if (!term || this.#clock.monotonic() >= this.#leadsUntil) return false
    const path = this.#path(key)
    const change =
      value === undefined ? this.#client.delete().key(path) : this.#client.put(path).value(value)
    try {
      const { succeeded, header } = await this.#client
        .if(this.#leaderPath, 'Create', '==', term.revision)
        .and(path, 'Mod', '==', this.#revisions.get(key) ?? '0')
        .options(deadline())
        .then(change)
        .commit()
      if (succeeded && this.#term === term) {
        if (value === undefined) this.#revisions.delete(key)
        else this.#revisions.set(key, header.revision)
        return true
      }
    } catch (error) {
      this.#log.warn('etcd-write-failed', { error: message(error) })
    }
    this.#lose(term)
    return false
  }

  get #leaderPath(): string {
    return this.#path('leader')
  }

  #path(key: string): string {
    return `${this.#options.prefix}/${key}`
  }

  async #run(tried: () => void): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const term = await this.#campaign(tried)
        this.#isFailing = false
        tried()
        if (term) await this.#keep(term)
      } catch (error) {
        if (!this.#isFailing) this.#log.warn('etcd-unreachable', { error: message(error) })
        this.#isFailing = true
        tried()
        await this.#pause(retryMs)
      }
      await this.#giveUp()
    }
  }

  /** Undefined: another one led, and it was waited until its key went. */
  async #campaign(tried: () => void): Promise<Term | undefined> {
    const { name, ttlSec } = this.#options
    const askedAt = this.#clock.monotonic()
    const lease = this.#client.lease(ttlSec, { autoKeepAlive: false, ...deadline() })
    const id = await lease.grant()
    const { succeeded, header } = await this.#client
      .if(this.#leaderPath, 'Create', '==', 0)
      .options(deadline())
      .then(this.#client.put(this.#leaderPath).value(name).lease(id))
      .commit()
    if (!succeeded) {
      await lease.revoke(deadline()).catch(() => {})
      await this.#waitForEnd(tried)
      return undefined
    }
    const term = { revision: header.revision, lease }
    this.#leadsUntil = askedAt + ttlSec * 1000
    const values = await this.#load()
    this.#term = term
    this.#events.lead(values)
    return term
  }

  async #load(): Promise<Map<string, string>> {
    const { kvs } = await this.#client.getAll().prefix(this.#path('')).options(deadline()).exec()
    const values = new Map<string, string>()
    this.#revisions.clear()
    for (const { key, value, mod_revision: revision } of kvs) {
      const name = key.toString().slice(this.#path('').length)
      if (name === 'leader') continue
      values.set(name, value.toString())
      this.#revisions.set(name, revision)
    }
    return values
  }

  /** Another one leads: waits until its key goes, and looks by itself from time to time. */
  async #waitForEnd(tried: () => void): Promise<void> {
    const { kvs } = await this.#client.getAll().prefix(this.#leaderPath).options(deadline()).exec()
    const [leader] = kvs
    if (!leader) return
    this.#events.follow(leader.value.toString())
    tried()
    const watcher = this.#client
      .watch()
      .key(this.#leaderPath)
      .startRevision(`${BigInt(leader.mod_revision) + 1n}`)
      .watcher()
    try {
      // A watch that fails only makes the next look later.
      watcher.on('error', () => {}).on('delete', () => this.#wake())
      await this.#pause(this.#options.ttlSec * 1000)
    } finally {
      await watcher.cancel().catch(() => {})
    }
  }

  /** Renews the lease until it fails, is lost, or the process stops. */
  async #keep(term: Term): Promise<void> {
    const everyMs = (this.#options.ttlSec * 1000) / 4
    while (this.#term === term && !this.#stopping.signal.aborted) {
      await this.#pause(everyMs)
      if (this.#term !== term || this.#stopping.signal.aborted) return
      const askedAt = this.#clock.monotonic()
      try {
        const answer = await this.#withinLease(term.lease.keepaliveOnce(deadline()))
        this.#leadsUntil = askedAt + Number(answer.TTL) * 1000
      } catch (error) {
        this.#log.warn('etcd-lease-not-renewed', { error: message(error) })
        if (this.#clock.monotonic() >= this.#leadsUntil || term.lease.revoked()) this.#lose(term)
      }
    }
  }

  #withinLease(answer: Promise<ILeaseKeepAliveResponse>): Promise<ILeaseKeepAliveResponse> {
    return new Promise((resolve, reject) => {
      const leftMs = Math.max(this.#leadsUntil - this.#clock.monotonic(), 0)
      const timer = this.#clock.after(leftMs, () => reject(new Error('the lease is over')))
      answer.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  #lose(term: Term): void {
    if (this.#term !== term) return
    this.#term = undefined
    this.#leadsUntil = 0
    this.#events.follow(undefined)
    void this.#giveUpLease(term)
    this.#wake()
  }

  async #giveUp(): Promise<void> {
    const term = this.#term
    if (!term) return
    this.#term = undefined
    this.#leadsUntil = 0
    this.#events.follow(undefined)
    await this.#giveUpLease(term)
  }

  async #giveUpLease(term: Term): Promise<void> {
    // What is not given back ends by itself.
    await term.lease.revoke(deadline()).catch(() => {})
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(ms, () => this.#wake())
      this.#wake = () => {
        timer.cancel()
        this.#wake = () => {}
        resolve()
      }
      if (this.#stopping.signal.aborted) this.#wake()
    })
  }
}

const clientOptions = ({ hosts, user, ca }: EtcdStateOptions): IOptions => ({
  hosts: [...hosts],
  dialTimeout: callMs,
  // gRPC's own wait between tries grows to two minutes: longer than anybody may go without.
  grpcOptions: {
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.min_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 1000,
  },
  ...(user && { auth: { ...user } }),
  ...(ca && { credentials: { rootCertificate: ca } }),
})

const deadline = () => ({ deadline: Date.now() + callMs })

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))
