// What a request needs to be allowed, from its entry in the table: actions on the topics and
// groups that it names, on the cluster, or an administrator.
//
// The topics %RETRY%group and %DLQ%group are the group's own: whoever may consume for the group
// may read and write them, and nobody else. Popped messages come again in %RETRY%group_topic: who
// may consume that topic for the group that the request names. Source: DefaultAuthorizationContextBuilder.

import type { Needs } from '../access/authority.ts'
import type { Need } from '../access/policy.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { Action, RequestSpec } from '../protocol/request.ts'

export type NeedsOptions = {
  readonly cluster: string
  /** Topics of the system, which are an administrator's whatever policies say. */
  isReserved(topic: string): boolean
}

const groupFields = ['consumerGroup', 'group', 'groupName', 'srcGroup', 'destGroup', 'compareGroup']
const ownedByGroup = /^%(?:RETRY|DLQ)%(.+)$/

export function needsOf(
  { access }: Pick<RequestSpec, 'access'>,
  header: HeaderOf<Fields>,
  body: Uint8Array,
  options: NeedsOptions,
): Needs {
  if (access === 'open') return 'nothing'
  if (access === 'peer') return 'administrator'
  const needs: Need[] = []
  const inBody = access.namesIn?.(body)
  if (access.cluster !== undefined) {
    const resource = { type: 'Cluster', name: options.cluster } as const
    needs.push({ resource, anyOf: listOf(access.cluster) })
  }
  const groups = inBody ? (inBody.groups ?? []) : namesIn(header, groupFields)
  if (access.topic !== undefined) {
    const topics = inBody ? (inBody.topics ?? []) : namesIn(header, ['topic'])
    if (topics.length === 0 && !access.mayNameNone) return 'administrator'
    for (const topic of topics) {
      if (topic === access.butFor) continue
      if (options.isReserved(topic)) return 'administrator'
      needs.push(...needsOfTopic(topic, listOf(access.topic), groups))
    }
  }
  if (access.group !== undefined) {
    if (groups.length === 0 && !access.mayNameNone) return 'administrator'
    for (const name of groups) {
      needs.push({ resource: { type: 'Group', name }, anyOf: listOf(access.group) })
    }
  }
  return needs
}

export function needsOfTopic(
  topic: string,
  anyOf: readonly Action[],
  groups: readonly string[] = [],
): readonly Need[] {
  const owner = ownedByGroup.exec(topic)?.[1]
  if (owner === undefined) return [{ resource: { type: 'Topic', name: topic }, anyOf }]
  const ofGroup = anyOf.map((action) => (action === 'Pub' ? 'Sub' : action))
  const group = groups.find((one) => owner.startsWith(`${one}_`) || owner.startsWith(`${one}+`))
  if (group === undefined) return [{ resource: { type: 'Group', name: owner }, anyOf: ofGroup }]
  // The name may as well be that of another group's retry topic: who has only `group` is not enough.
  const normal = owner.slice(group.length + 1)
  return [
    { resource: { type: 'Group', name: group }, anyOf: ofGroup },
    { resource: { type: 'Topic', name: normal }, anyOf: ofGroup },
  ]
}

const listOf = (actions: Action | readonly Action[]): readonly Action[] =>
  typeof actions === 'string' ? [actions] : actions

function namesIn(header: HeaderOf<Fields>, fields: readonly string[]): string[] {
  const values = header as Readonly<Record<string, unknown>>
  return fields
    .map((field) => values[field])
    .filter((value): value is string => typeof value === 'string' && value !== '')
}
