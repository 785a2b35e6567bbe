// Policies, and what they decide. The most exact entry that matches resource, action and source
// address counts; of equally exact ones a Deny. Custom policies come before Default ones, and
// what nothing matches is denied.
//
// Source: AclAuthorizationHandler, Policy, PolicyEntry, Environment (org.apache.rocketmq.auth).

import { compareExactness, matches, type Resource, type ResourcePattern } from './resource.ts'
import { isWithin } from './source-ip.ts'

/** `All` stands for every one. `Any` is what a request asks for: it is in no policy. */
export type Action = 'Pub' | 'Sub' | 'Create' | 'Update' | 'Delete' | 'Get' | 'List'

export const actions: readonly Action[] = [
  'Pub',
  'Sub',
  'Create',
  'Update',
  'Delete',
  'Get',
  'List',
]

export type Decision = 'Allow' | 'Deny'

export type PolicyType = 'Custom' | 'Default'

export type PolicyEntry = {
  readonly resource: ResourcePattern
  readonly actions: readonly (Action | 'All')[]
  /** Empty: from anywhere. Else the entry says nothing about callers from elsewhere. */
  readonly sourceIps: readonly string[]
  readonly decision: Decision
}

export type Policy = { readonly policyType: PolicyType; readonly entries: readonly PolicyEntry[] }

/** What a request needs: one of these actions on this resource. */
export type Need = { readonly resource: Resource; readonly anyOf: readonly Action[] }

/** Undefined: nothing is said about it. */
export function decide(
  policies: readonly Policy[],
  need: Need,
  sourceIp: string,
): Decision | undefined {
  for (const type of ['Custom', 'Default'] as const) {
    const found = policies
      .filter(({ policyType }) => policyType === type)
      .flatMap(({ entries }) => entries.filter((entry) => isAbout(entry, need, sourceIp)))
    const [first] = found.sort(compareEntries)
    if (first) return first.decision
  }
  return undefined
}

function isAbout(entry: PolicyEntry, { resource, anyOf }: Need, sourceIp: string): boolean {
  if (!matches(entry.resource, resource)) return false
  if (!entry.actions.includes('All') && !anyOf.some((one) => entry.actions.includes(one))) {
    return false
  }
  return entry.sourceIps.length === 0 || isWithin(sourceIp, entry.sourceIps)
}

function compareEntries(a: PolicyEntry, b: PolicyEntry): number {
  const exactness = compareExactness(a.resource, b.resource)
  if (exactness !== 0) return exactness
  return (a.decision === 'Deny' ? 0 : 1) - (b.decision === 'Deny' ? 0 : 1)
}
