// What the owner of a credential may do to topics and groups, by the policy engine that broker
// and namesrv use too. A credential names its roles; one that names none may use everything of
// its namespace, as an administrator may everything everywhere.
//
// Names are the caller's, without the namespace: a role means the same in each of them.

import * as z from 'zod'
import { type Action, decide, type Policy } from '../../src/access/policy.ts'
import { policiesOf, roleEntries } from '../../src/access/shapes.ts'
import type { Grants, Rights } from './principal.ts'

/** `{"billing": [{"resource": "Topic:orders", "actions": ["Sub"], "decision": "Allow"}]}` */
export const rolesSchema = z.record(z.string().regex(/^[\w.:-]{1,64}$/), roleEntries)

const rolesOfOneMax = 64

/** Names of roles, as a credential has them. */
export const roleNames = z.array(z.string()).max(rolesOfOneMax)

const fromAnywhere = ''

export class Roles {
  readonly #policies: ReadonlyMap<string, readonly Policy[]>

  /** Throws `invalid-argument` for a resource that is none. */
  constructor(roles: z.output<typeof rolesSchema>) {
    this.#policies = new Map(
      Object.entries(roles).map(([name, given]) => {
        const entries = given.map((entry) => ({ ...entry, sourceIps: [] }))
        return [name, policiesOf({ policies: [{ policyType: 'Custom', entries }] })]
      }),
    )
  }

  /** Of the grants together. A name that no role has allows nothing. */
  rightsOf({ roles, topics = [], groups = [] }: Grants): Rights {
    const policies = [
      ...roles.flatMap((name) => this.#policies.get(name) ?? []),
      ...granted('Topic', topics, ['Pub', 'Sub']),
      ...granted('Group', groups, ['Sub']),
    ]
    return (anyOf, type, name) =>
      decide(policies, { resource: { type, name }, anyOf }, fromAnywhere) === 'Allow'
  }
}

const grantable = /^[%|\w-]{0,127}\*?$/

/** Names that could not be a resource grant nothing: they come from outside. */
function granted(
  type: 'Topic' | 'Group',
  names: readonly string[],
  allowed: readonly Action[],
): Policy[] {
  const entries = names
    .filter((name) => name !== '' && grantable.test(name))
    .map((name) => ({
      resource: `${type}:${name}`,
      actions: [...allowed],
      sourceIps: [],
      decision: 'Allow' as const,
    }))
  return policiesOf({ policies: [{ policyType: 'Custom', entries }] })
}
