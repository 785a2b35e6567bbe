// Who asks, and may they: the one judge of broker and namesrv.
//
//   no credential exists       everything is open; what listens elsewhere than on loopback does
//                              not start so
//   credentials exist          what changes or looks at the cluster needs an administrator
//   authenticationEnabled      everything needs a signature that is right
//   authorizationEnabled       and what is done to topics and groups needs a policy that allows it
//
// Super users may do everything. Source: AuthenticationEvaluator, AuthorizationEvaluator,
// UserAuthorizationHandler, AclAuthorizationHandler.

import { MqError } from '../base/errors.ts'
import type { Directory, User } from './directory.ts'
import { decide, type Need } from './policy.ts'
import { accessKeyField, isSigned } from './signature.ts'

export type AuthoritySettings = {
  readonly authenticationEnabled: boolean
  readonly authorizationEnabled: boolean
}

/** A request as it came. */
export type SignedRequest = {
  readonly ext: Readonly<Record<string, string>> | undefined
  readonly body: Uint8Array
  /** Of the client, as the header tells it. */
  readonly version: number
}

/** What it needs to be allowed: nothing of its own, an administrator, or actions on resources. */
export type Needs = 'nothing' | 'administrator' | readonly Need[]

/** Takes as long as a known user's, and matches nothing. */
const nobodysSecret = 'a user who is not there'

export class Authority {
  readonly #directory: Directory
  readonly #settings: AuthoritySettings

  constructor(directory: Directory, settings: AuthoritySettings) {
    this.#directory = directory
    this.#settings = settings
  }

  /** No credential exists and none is asked for: whoever reaches the port may do everything. */
  get isOpen(): boolean {
    return this.#directory.isEmpty && !this.#settings.authenticationEnabled
  }

  /**
   * The user who signed the request; undefined where nobody did and nobody has to. Throws
   * `unauthenticated`, which never says what was wrong.
   */
  authenticate({ ext, body, version }: SignedRequest): User | undefined {
    if (this.isOpen) return undefined
    const name = ext?.[accessKeyField]
    if (ext === undefined || name === undefined || name === '') {
      if (this.#settings.authenticationEnabled) throw new MqError('unauthenticated')
      return undefined
    }
    const user = this.#directory.user(name)
    const isRight = isSigned(ext, body, user?.password ?? nobodysSecret, version)
    if (!user || !isRight || user.userStatus !== 'enable') throw new MqError('unauthenticated')
    return user
  }

  /** Throws `permission-denied`, or `unauthenticated` where nobody has signed. */
  authorize(user: User | undefined, needs: Needs, sourceIp: string): void {
    if (this.isOpen || needs === 'nothing' || user?.userType === 'Super') return
    const isAllowed =
      needs !== 'administrator' && needs.every((need) => this.#allows(user, need, sourceIp))
    if (isAllowed) return
    if (!user) throw new MqError('unauthenticated')
    throw new MqError('permission-denied')
  }

  #allows(user: User | undefined, need: Need, sourceIp: string): boolean {
    if (!this.#settings.authorizationEnabled && isEverydays(need)) return true
    return user !== undefined && this.allows(user.username, need, sourceIp)
  }

  /** Whether a policy of the user allows it. */
  allows(username: string, need: Need, sourceIp: string): boolean {
    return decide(this.#directory.policies(username), need, sourceIp) === 'Allow'
  }
}

/** What producers and consumers do all day, as against what administrators do. */
const isEverydays = ({ resource: { type }, anyOf }: Need): boolean =>
  (type === 'Topic' || type === 'Group') && anyOf.some((one) => one === 'Pub' || one === 'Sub')
