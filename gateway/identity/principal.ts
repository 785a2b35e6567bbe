// Who a credential belongs to, and what that lets them do.

import type { Action } from '../../src/access/policy.ts'
import { MqError } from '../../src/base/errors.ts'

/** Whether one of the actions is allowed. */
export type Rights = (
  anyOf: readonly Action[],
  type: 'Topic' | 'Group' | 'Cluster',
  name: string,
) => boolean

/** What rights were made of: small enough to travel in a ticket. */
export type Grants = {
  /** Names of roles. */
  readonly roles: readonly string[]
  /** Topics and groups beyond the roles, `name` or `prefix*`: of a token's own claims. */
  readonly topics?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
}

/** The shape of the core's Identity. */
export type Principal = {
  readonly subject: string
  readonly namespace: string
  readonly isAdmin: boolean
  /** Absent: everything of the namespace. */
  readonly may?: Rights | undefined
  readonly grants?: Grants | undefined
  /** Those it may choose from in each request; absent: its own only. */
  readonly namespaces?: readonly string[] | undefined
  /** From then on the credential opens nothing, ms since 1970. */
  readonly expiresAt?: number | undefined
}

export const namespacePattern = /^[\w-]{0,64}$/
export const subjectPattern = /^[\w.@:/=, -]{1,128}$/

/**
 * The caller within the namespace that it asks for; its own without one. Throws
 * `permission-denied` for one that is not the credential's.
 */
export function chooseNamespace(
  principal: Principal,
  namespace: string | readonly string[] | undefined,
): Principal {
  if (namespace === undefined || namespace === principal.namespace) return principal
  const isOwn =
    typeof namespace === 'string' &&
    namespace !== '' &&
    namespacePattern.test(namespace) &&
    (principal.isAdmin || principal.namespaces?.includes(namespace))
  if (isOwn) return { ...principal, namespace }
  throw new MqError('permission-denied', 'the credential is not of this namespace')
}
