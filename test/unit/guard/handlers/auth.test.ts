// Source: AdminBrokerProcessor.

import test from 'ava'
import type { Caller } from '../../../../src/remoting/call.ts'
import { answerOf, ask, brokerParts } from '../../../support/broker.ts'

const root: Caller = { name: 'root', isSuper: true, may: () => true }
const operator: Caller = { name: 'operator', isSuper: false, may: () => true }
const bodyOf = (value: unknown) => Buffer.from(JSON.stringify(value))
const json = (bytes: Buffer): unknown => JSON.parse(bytes.toString())

const superUser = { password: 'of-root', userType: 'Super' }

async function made() {
  const { ports } = brokerParts()
  await ask(ports, 3001, { username: 'root' }, { body: bodyOf(superUser) }).answer
  await ask(ports, 3001, { username: 'alice' }, { body: bodyOf({ password: 'of-alice' }) }).answer
  return ports
}

const policies = [
  {
    policyType: 'Custom',
    entries: [{ resource: 'Topic:orders', actions: ['PUB', 'sub'], decision: 'ALLOW' }],
  },
]

test('a user that was made is answered, with what was not given', async (t) => {
  const ports = await made()
  const { code, body } = answerOf(ports, 3004, { username: 'alice' })
  t.is(code, 0)
  const alice = {
    username: 'alice',
    password: 'of-alice',
    userType: 'Normal',
    userStatus: 'enable',
  }
  t.deepEqual(json(body), alice)
  const filtered = answerOf(ports, 3005, { filter: 'ali' })
  t.deepEqual(json(filtered.body), [alice])
})

test('who is not there is answered without a body, as an empty list is', async (t) => {
  const ports = await made()
  for (const [code, ext] of [
    [3004, { username: 'none' }],
    [3005, { filter: 'none' }],
    [3009, { subject: 'User:alice' }],
    [3010, {}],
  ] as const) {
    t.deepEqual(answerOf(ports, code, ext), {
      code: 0,
      remark: undefined,
      ext: {},
      body: Buffer.alloc(0),
    })
  }
})

test('what is blank is refused with 29', async (t) => {
  const ports = await made()
  for (const code of [3001, 3002, 3003, 3004, 3006, 3007, 3008, 3009]) {
    t.is(answerOf(ports, code, {}, { body: bodyOf({ policies }) }).code, 29, `${code}`)
  }
})

test('super users are made, changed and deleted by super users', async (t) => {
  const ports = await made()
  const calls: [code: number, ext: Record<string, string>, body: unknown][] = [
    [3001, { username: 'other' }, superUser],
    [3002, { username: 'alice' }, { userType: 'Super' }],
    [3002, { username: 'root' }, { password: 'mine' }],
    [3003, { username: 'root' }, {}],
  ]
  for (const [code, ext, body] of calls) {
    const answer = answerOf(ports, code, ext, { body: bodyOf(body), caller: operator })
    t.is(answer.code, 16, `${code}`)
  }
  const [code, ext, body] = calls[0] ?? [0, {}, {}]
  t.is((await ask(ports, code, ext, { body: bodyOf(body), caller: root }).answer).code, 0)
})

test('a password is for super users', async (t) => {
  const ports = await made()
  for (const [code, ext] of [
    [3004, { username: 'root' }],
    [3005, {}],
  ] as const) {
    t.false(`${answerOf(ports, code, ext, { caller: operator }).body}`.includes('of-root'))
    t.true(`${answerOf(ports, code, ext, { caller: root }).body}`.includes('of-root'))
  }
})

test('policies are made, merged, listed and deleted', async (t) => {
  const ports = await made()
  const subject = 'User:alice'
  t.is((await ask(ports, 3006, { subject }, { body: bodyOf({ policies }) }).answer).code, 0)
  const more = [
    {
      policyType: 'Custom',
      entries: [
        { resource: 'Group:*', actions: ['All'], sourceIps: ['10.0.0.0/8'], decision: 'Deny' },
      ],
    },
  ]
  t.is((await ask(ports, 3007, { subject }, { body: bodyOf({ policies: more }) }).answer).code, 0)
  const acl = {
    subject,
    policies: [
      {
        policyType: 'Custom',
        entries: [
          { resource: 'Topic:orders', actions: ['Pub', 'Sub'], decision: 'Allow' },
          { resource: 'Group:*', actions: ['All'], sourceIps: ['10.0.0.0/8'], decision: 'Deny' },
        ],
      },
    ],
  }
  t.deepEqual(json(answerOf(ports, 3009, { subject }).body), acl)
  t.deepEqual(json(answerOf(ports, 3010, { subjectFilter: 'ali' }).body), [acl])
  const gone = { subject, policyType: 'CUSTOM', resource: 'Group:*' }
  t.is((await ask(ports, 3008, gone).answer).code, 0)
  t.is((await ask(ports, 3008, { subject, resource: 'Topic:orders' }).answer).code, 0)
  t.is(answerOf(ports, 3009, { subject }).body.length, 0)
})

test('policies of another shape are refused, and nothing of them is kept', async (t) => {
  const ports = await made()
  const subject = 'User:alice'
  for (const entry of [
    { resource: 'Topic:orders', actions: ['Pub'], decision: 'Perhaps' },
    { resource: 'Topic:orders', actions: ['Any'], decision: 'Allow' },
    { resource: 'Topic:orders', actions: [], decision: 'Allow' },
    { resource: 'Queue:orders', actions: ['Pub'], decision: 'Allow' },
    { resource: '__proto__', actions: ['Pub'], decision: 'Allow' },
    { resource: 'Topic:o', actions: ['Pub'], decision: 'Allow', sourceIps: ['x'] },
  ]) {
    const body = bodyOf({ policies: [{ policyType: 'Custom', entries: [entry] }] })
    t.true([13, 29].includes(answerOf(ports, 3006, { subject }, { body }).code))
  }
  t.is(answerOf(ports, 3006, { subject }, { body: Buffer.from('{') }).code, 13)
  t.is(answerOf(ports, 3009, { subject }).body.length, 0)
})
