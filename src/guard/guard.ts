// The door of a broker and a namesrv: every request passes it, those that are not served too.
// First who asks, before anything of the header is read; then whether they may.
//
// Source: AuthenticationPipeline, AuthorizationPipeline.

import type { Authority } from '../access/authority.ts'
import type { User } from '../access/directory.ts'
import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { Action, RequestSpec } from '../protocol/request.ts'
import type { Call, Caller } from '../remoting/call.ts'
import type { Hook } from '../remoting/dispatcher.ts'
import { type NeedsOptions, needsOf, needsOfTopic } from './needs.ts'

export type GuardOptions = NeedsOptions & {
  readonly authority: Authority
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  /** Codes that nobody has to sign, and that need no policy, joined by commas. */
  readonly authenticationWhitelist: string
  readonly authorizationWhitelist: string
}

type Refusal = {
  readonly user: string
  readonly request: string | undefined
  readonly remote: string
  readonly failure: string
}

const tellAgainMs = 600_000
const toldMax = 1000

export class Guard implements Hook {
  readonly #options: GuardOptions
  readonly #unsigned: ReadonlySet<number>
  readonly #unjudged: ReadonlySet<number>
  /** Refusals that have had their line, and when. */
  readonly #told = new Map<string, number>()

  constructor(options: GuardOptions) {
    this.#options = options
    this.#unsigned = codesOf(options.authenticationWhitelist)
    this.#unjudged = codesOf(options.authorizationWhitelist)
  }

  /** Throws `unauthenticated`. */
  admit(spec: RequestSpec | undefined, call: Call): Caller | undefined {
    const { authority } = this.#options
    if (authority.isOpen) return undefined
    if (spec && this.#unsigned.has(spec.code)) return undefined
    try {
      return new GuardedCaller(this.#options, authority.authenticate(call), call.peer.remote.host)
    } catch (error) {
      this.#note(spec, call, '', error)
      throw error
    }
  }

  /** Throws `permission-denied` or, where nobody has signed, `unauthenticated`. */
  before(spec: RequestSpec, header: HeaderOf<Fields>, call: Call): void {
    const { caller } = call
    if (!(caller instanceof GuardedCaller) || this.#unjudged.has(spec.code)) return
    if (caller.isSuper) return
    try {
      caller.check(spec, header, call.body)
    } catch (error) {
      this.#note(spec, call, caller.name, error)
      throw error
    }
  }

  /** Refused administration is worth a line; a client without rights would fill the log. */
  #note(spec: RequestSpec | undefined, call: Call, user: string, error: unknown): void {
    if (!(error instanceof MqError)) return
    const { host } = call.peer.remote
    const fields = { user, request: spec?.name, remote: host, failure: error.failure }
    if (!isAdministration(spec)) this.#options.log.debug('request-refused', fields)
    else if (this.#isNews(fields)) this.#options.log.warn('administration-refused', fields)
  }

  /** A broker with a wrong key asks for many things every second, for ever: it gets one line. */
  #isNews({ user, request, remote, failure }: Refusal): boolean {
    const refusal = [remote, failure, user, user === '' ? '' : request].join(' ')
    const now = this.#options.clock.monotonic()
    const toldMs = this.#told.get(refusal)
    if (toldMs !== undefined && now - toldMs < tellAgainMs) return false
    const [oldest] = this.#told.keys()
    if (this.#told.size >= toldMax && oldest !== undefined) this.#told.delete(oldest)
    this.#told.delete(refusal)
    this.#told.set(refusal, now)
    return true
  }
}

class GuardedCaller implements Caller {
  readonly name: string
  readonly isSuper: boolean
  readonly #options: GuardOptions
  readonly #user: User | undefined
  readonly #sourceIp: string

  constructor(options: GuardOptions, user: User | undefined, sourceIp: string) {
    this.#options = options
    this.#user = user
    this.#sourceIp = sourceIp
    this.name = user?.username ?? ''
    this.isSuper = user?.userType === 'Super'
  }

  check(spec: RequestSpec, header: HeaderOf<Fields>, body: Uint8Array): void {
    const needs = needsOf(spec, header, body, this.#options)
    this.#options.authority.authorize(this.#user, needs, this.#sourceIp)
  }

  may(action: Action, type: 'topic' | 'group', name: string): boolean {
    if (type === 'topic' && this.#options.isReserved(name)) return this.isSuper
    const needs =
      type === 'topic'
        ? needsOfTopic(name, [action])
        : [{ resource: { type: 'Group' as const, name }, anyOf: [action] }]
    try {
      this.#options.authority.authorize(this.#user, needs, this.#sourceIp)
      return true
    } catch (error) {
      if (error instanceof MqError) return false
      throw error
    }
  }
}

function isAdministration(spec: RequestSpec | undefined): boolean {
  if (!spec || spec.access === 'open') return false
  return spec.access === 'peer' || spec.access.cluster !== undefined
}

const codesOf = (text: string): ReadonlySet<number> =>
  new Set(
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => /^\d+$/.test(one))
      .map(Number),
  )
