// Resources, and patterns of them: what a policy is about. `Topic:orders` is one topic,
// `Topic:or*` those that begin so, `Topic:*` all of them, `*` everything.
//
// Source: Resource, ResourceType, ResourcePattern (org.apache.rocketmq.auth).

import { MqError } from '../base/errors.ts'

type ResourceType = 'Cluster' | 'Namespace' | 'Topic' | 'Group'

/** One thing that a request touches. */
export type Resource = { readonly type: ResourceType; readonly name: string }

export type ResourcePattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'every' | 'prefix' | 'literal'; readonly type: ResourceType; name: string }

const types: readonly ResourceType[] = ['Cluster', 'Namespace', 'Topic', 'Group']
const nameLengthMax = 255
const legal = /^[%|\w.-]+$/

/** Reads the text of a policy. Throws `invalid-argument`. */
export function parsePattern(text: string): ResourcePattern {
  if (text === '*') return { kind: 'any' }
  const colon = text.indexOf(':')
  const word = text.slice(0, Math.max(colon, 0)).toLowerCase()
  const type = types.find((one) => one.toLowerCase() === word)
  const name = text.slice(colon + 1)
  if (type === undefined || name === '' || name.length > nameLengthMax) throw wrong(text)
  if (name === '*') return { kind: 'every', type, name: '' }
  const isPrefix = name.endsWith('*')
  const plain = isPrefix ? name.slice(0, -1) : name
  if (!legal.test(plain)) throw wrong(text)
  return { kind: isPrefix ? 'prefix' : 'literal', type, name: plain }
}

/** The form that {@link parsePattern} reads; one text for each pattern. */
export function printPattern(pattern: ResourcePattern): string {
  if (pattern.kind === 'any') return '*'
  return `${pattern.type}:${pattern.name}${pattern.kind === 'literal' ? '' : '*'}`
}

export function matches(pattern: ResourcePattern, { type, name }: Resource): boolean {
  if (pattern.kind === 'any') return true
  if (pattern.type !== type) return false
  if (pattern.kind === 'every') return true
  return pattern.kind === 'literal' ? pattern.name === name : name.startsWith(pattern.name)
}

const ranks = { literal: 0, prefix: 1, every: 2, any: 3 } as const

/** Negative: `a` says more exactly what it means than `b`. Longer prefixes do. */
export function compareExactness(a: ResourcePattern, b: ResourcePattern): number {
  if (a.kind === 'prefix' && b.kind === 'prefix') return b.name.length - a.name.length
  return ranks[a.kind] - ranks[b.kind]
}

const wrong = (resource: string): MqError =>
  new MqError('invalid-argument', 'not a resource like Topic:name, Topic:pre*, Topic:* or *', {
    resource: resource.slice(0, 64),
  })
