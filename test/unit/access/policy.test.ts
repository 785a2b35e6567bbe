// Source: AclAuthorizationHandler.

import test from 'ava'
import { type Action, decide, type Policy } from '../../../src/access/policy.ts'
import { parsePattern, printPattern, type Resource } from '../../../src/access/resource.ts'

type Row = [
  resource: string,
  decision: 'Allow' | 'Deny',
  actions?: (Action | 'All')[],
  sourceIps?: string[],
]

const policy = (rows: readonly Row[], policyType: 'Custom' | 'Default' = 'Custom'): Policy => ({
  policyType,
  entries: rows.map(([resource, decision, actions = ['All'], sourceIps = []]) => ({
    resource: parsePattern(resource),
    decision,
    actions,
    sourceIps,
  })),
})

const topic = (name: string): Resource => ({ type: 'Topic', name })
const ask = (policies: readonly Policy[], resource: Resource, ...anyOf: Action[]) =>
  decide(policies, { resource, anyOf }, '10.1.2.3')

test('what nothing is said about is not decided', (t) => {
  t.is(ask([], topic('orders'), 'Pub'), undefined)
  t.is(ask([policy([['Topic:bills', 'Allow']])], topic('orders'), 'Pub'), undefined)
  t.is(ask([policy([['Group:orders', 'Allow']])], topic('orders'), 'Pub'), undefined)
  t.is(ask([policy([['Topic:orders', 'Allow', ['Sub']]])], topic('orders'), 'Pub'), undefined)
})

test('one of the actions that would do is enough', (t) => {
  const policies = [policy([['Topic:orders', 'Allow', ['Get']]])]
  t.is(ask(policies, topic('orders'), 'Pub', 'Sub', 'Get'), 'Allow')
})

const moreExact: [less: string, more: string][] = [
  ['*', 'Topic:*'],
  ['Topic:*', 'Topic:o*'],
  ['Topic:o*', 'Topic:ord*'],
  ['Topic:ord*', 'Topic:orders'],
  ['*', 'Topic:orders'],
]
for (const [less, more] of moreExact) {
  test(`${more} counts before ${less}`, (t) => {
    for (const rows of [
      [
        [less, 'Deny'],
        [more, 'Allow'],
      ],
      [
        [more, 'Allow'],
        [less, 'Deny'],
      ],
    ] as Row[][]) {
      t.is(ask([policy(rows)], topic('orders'), 'Pub'), 'Allow')
    }
  })
}

test('of equally exact entries a Deny counts', (t) => {
  const rows: Row[] = [
    ['Topic:orders', 'Allow', ['Pub']],
    ['Topic:orders', 'Deny', ['Pub', 'Sub']],
  ]
  t.is(ask([policy(rows)], topic('orders'), 'Pub'), 'Deny')
  t.is(ask([policy(rows.toReversed())], topic('orders'), 'Pub'), 'Deny')
})

test('default policies count where no custom one says anything', (t) => {
  const policies = [
    policy([['Topic:orders', 'Deny']], 'Default'),
    policy([['Topic:*', 'Allow', ['Pub']]]),
  ]
  t.is(ask(policies, topic('orders'), 'Pub'), 'Allow')
  t.is(ask(policies, topic('orders'), 'Sub'), 'Deny')
})

test('an address narrows an entry, and never grants by itself', (t) => {
  const near: Row = ['Topic:orders', 'Allow', ['Pub'], ['10.0.0.0/8']]
  t.is(ask([policy([near])], topic('orders'), 'Pub'), 'Allow')
  t.is(ask([policy([near])], topic('orders'), 'Sub'), undefined)
  const far: Row = ['Topic:orders', 'Allow', ['Pub'], ['172.16.0.0/12']]
  t.is(ask([policy([far])], topic('orders'), 'Pub'), undefined)
  const others: Row[] = [
    ['Topic:orders', 'Deny', ['All'], ['172.16.0.0/12']],
    ['Topic:*', 'Allow'],
  ]
  t.is(ask([policy(others)], topic('orders'), 'Pub'), 'Allow')
})

test('a prefix does not reach into another type', (t) => {
  t.is(ask([policy([['Group:*', 'Allow']])], topic('orders'), 'Sub'), undefined)
})

for (const text of ['*', 'Topic:orders', 'Topic:or*', 'Topic:*', 'Group:%RETRY%g', 'Cluster:c-1']) {
  test(`${text} is printed as it was read`, (t) => {
    t.is(printPattern(parsePattern(text)), text)
  })
}

for (const text of ['', 'orders', 'Topic:', 'Queue:a', 'Topic:a b', 'Topic:a*b', 'Topic:../x']) {
  test(`'${text}' is no resource`, (t) => {
    t.throws(() => parsePattern(text), { message: /not a resource/ })
  })
}
