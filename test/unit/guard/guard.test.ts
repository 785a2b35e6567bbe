// Every request of the table × {anonymous, wrong key, no grant, grant, administrator}, made from
// the table itself: a request that is added is judged here without anybody thinking of it.

import test, { type ExecutionContext } from 'ava'
import { Authority } from '../../../src/access/authority.ts'
import { Directory } from '../../../src/access/directory.ts'
import type { Action } from '../../../src/access/policy.ts'
import { type Credentials, signWith } from '../../../src/access/signature.ts'
import { silentLog } from '../../../src/base/log.ts'
import { Guard } from '../../../src/guard/guard.ts'
import type { RequestSpec } from '../../../src/protocol/request.ts'
import { request } from '../../../src/protocol/request.ts'
import { requests } from '../../../src/protocol/requests/index.ts'
import { handlerFor } from '../../../src/remoting/dispatch.ts'
import { MemoryStateFile } from '../../support/broker.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { remotingPair } from '../../support/remoting.ts'

const denied = 16
const notSupported = 3
const specs = [...requests.values()].filter(({ servedBy }) => servedBy !== 'client')
const callers = {
  anonymous: undefined,
  'wrong key': { accessKey: 'root', secretKey: 'not-of-root' },
  'no grant': { accessKey: 'nobody', secretKey: 'of-nobody' },
  grant: { accessKey: 'granted', secretKey: 'of-granted' },
  administrator: { accessKey: 'root', secretKey: 'of-root' },
} as const satisfies Record<string, Credentials | undefined>
type CallerName = keyof typeof callers

/** A door before handlers that let everything pass: the answer is 0 or the door's. */
async function door(
  t: ExecutionContext,
  settings: { authenticationEnabled: boolean; authorizationEnabled: boolean },
  { users = true } = {},
) {
  const directory = new Directory(new MemoryStateFile())
  if (users) {
    await directory.createUser({ username: 'root', password: 'of-root', userType: 'Super' })
    await directory.createUser({ username: 'nobody', password: 'of-nobody' })
    await directory.createUser({ username: 'granted', password: 'of-granted' })
  }
  const guard = new Guard({
    authority: new Authority(directory, settings),
    clock: new FakeClock(),
    log: silentLog,
    cluster: 'c',
    isReserved: (topic) => topic === 'RMQ_SYS_TRANS_HALF_TOPIC' || topic.startsWith('rmq_sys_'),
    authenticationWhitelist: '',
    authorizationWhitelist: '',
  })
  const handle = handlerFor<undefined>()
  const handlers = specs.map((spec) =>
    handle({ ...spec, reply: {}, printReply: () => ({}) }, () => ({})),
  )
  let credentials: Credentials | undefined
  const { client, address, clock } = await remotingPair(t, handlers, {
    hooks: [guard],
    sign: (ext, body) => credentials && signWith(credentials)(ext, body),
  })
  const ask = async (
    caller: CallerName,
    spec: RequestSpec,
    given = sampleOf(spec),
  ): Promise<number> => {
    credentials = callers[caller]
    const asked = client.call(address, { ...spec, parseReply: () => ({}) }, given.header, {
      timeoutMs: 1000,
      accept: [0, denied, notSupported],
      body: given.body,
    })
    await clock.advance(0)
    return (await asked).code
  }
  return { directory, ask }
}

const bodies: Readonly<Record<number, unknown>> = {
  34: {
    clientID: 'c',
    consumerDataSet: [{ groupName: 'billing', subscriptionDataSet: [{ topic: 'orders' }] }],
  },
  46: { clientId: 'c', group: 'billing', subscriptionData: { topic: 'orders' } },
  41: { clientId: 'c', consumerGroup: 'billing', mqSet: [queue()] },
  42: { clientId: 'c', consumerGroup: 'billing', mqSet: [queue()] },
  200: { groupName: 'billing' },
  400: { clientId: 'c', consumerGroup: 'billing', topic: 'orders' },
  200151: {
    brokerName: 'b',
    acks: [{ b: 'AQ==', c: 'billing', it: 1, pt: 1, q: 0, r: '0', rq: 0, so: 0, t: 'orders' }],
  },
}

function queue() {
  return { brokerName: 'b', topic: 'orders', queueId: 0 }
}

/** Fields that fit: the topic is `orders`, every group is `billing`. */
function sampleOf(spec: RequestSpec) {
  const header = Object.fromEntries(
    Object.entries(spec.header).map(([key, field]) => {
      for (const text of [key === 'topic' ? 'orders' : 'billing', '0', 'false']) {
        try {
          const value = field.parse(text)
          if (field.print(value) === text) return [key, value]
        } catch {
          // Another kind of field.
        }
      }
      throw new Error(`no sample for ${spec.name}.${key}`)
    }),
  )
  return { header, body: Buffer.from(JSON.stringify(bodies[spec.code] ?? {})) }
}

const first = (actions: Action | readonly Action[]): Action =>
  typeof actions === 'string' ? actions : (actions[0] ?? 'Get')

/** The least that has to be allowed for the request to pass. */
function grantsFor({ access }: RequestSpec): { resource: string; action: Action }[] {
  if (typeof access === 'string') return []
  const { topic, group, cluster } = access
  return [
    ...(topic ? [{ resource: 'Topic:orders', action: first(topic) }] : []),
    ...(group ? [{ resource: 'Group:billing', action: first(group) }] : []),
    ...(cluster ? [{ resource: 'Cluster:c', action: first(cluster) }] : []),
  ]
}

for (const spec of specs) {
  test(`${spec.code} ${spec.name}: nobody but those who may`, async (t) => {
    const { directory, ask } = await door(t, {
      authenticationEnabled: true,
      authorizationEnabled: true,
    })
    t.is(await ask('anonymous', spec), denied, 'anonymous')
    t.is(await ask('wrong key', spec), denied, 'wrong key')
    t.is(await ask('no grant', spec), spec.access === 'open' ? 0 : denied, 'no grant')
    t.is(await ask('administrator', spec), 0, 'administrator')

    const grants = grantsFor(spec)
    const entries = grants.map(({ resource, action }) => ({
      resource,
      actions: [action],
      sourceIps: [],
      decision: 'Allow' as const,
    }))
    for (const left of entries) {
      const others = entries.filter((one) => one !== left)
      await grant(directory, others)
      t.is(await ask('grant', spec), denied, `without ${left.resource}`)
    }
    await grant(directory, entries)
    t.is(await ask('grant', spec), spec.access === 'peer' ? denied : 0, 'grant')
    const far = entries.map((entry) => ({ ...entry, sourceIps: ['203.0.113.0/24'] }))
    await grant(directory, far)
    t.is(await ask('grant', spec), spec.access === 'open' ? 0 : denied, 'from elsewhere')
  })
}

type Entry = Parameters<Directory['mergeAcl']>[0]['policies'][number]['entries'][number]

async function grant(directory: Directory, entries: Entry[]): Promise<void> {
  if (directory.acl('User:granted')) await directory.deleteAcl('User:granted')
  if (entries.length === 0) return
  const policies = [{ policyType: 'Custom' as const, entries }]
  await directory.mergeAcl({ subject: 'User:granted', policies })
}

test('what is not in the table is not served, and nobody without a name learns even that', async (t) => {
  const { ask } = await door(t, { authenticationEnabled: true, authorizationEnabled: true })
  const codes = [...Array(2100).keys(), ...Array.from({ length: 200 }, (_, i) => 200_000 + i)]
  for (const code of codes.filter((one) => !requests.has(one))) {
    const spec = request({
      code,
      name: 'UNKNOWN',
      servedBy: 'broker',
      access: 'open',
      source: '',
      header: {},
    })
    t.is(await ask('anonymous', spec), denied, `${code}`)
    t.is(await ask('administrator', spec), notSupported, `${code}`)
  }
})

test('a wrong header is not told to those who may not ask', async (t) => {
  const { ask } = await door(t, { authenticationEnabled: true, authorizationEnabled: true })
  for (const spec of specs) {
    const header = Object.keys(spec.header).length > 0
    if (!header) continue
    const nothing = { ...spec, printHeader: () => ({}) }
    t.is(await ask('anonymous', nothing as RequestSpec), denied, spec.name)
  }
})

test('as soon as a credential exists, all but everyday work needs an administrator', async (t) => {
  const { ask } = await door(t, { authenticationEnabled: false, authorizationEnabled: false })
  for (const spec of specs) {
    const grants = grantsFor(spec)
    const everyday =
      spec.access === 'open' ||
      (spec.access !== 'peer' && grants.every(({ action }) => action === 'Pub' || action === 'Sub'))
    t.is(await ask('anonymous', spec), everyday ? 0 : denied, spec.name)
    t.is(await ask('administrator', spec), 0, spec.name)
    t.is(await ask('wrong key', spec), denied, spec.name)
  }
})

test('without any credential everything is open', async (t) => {
  const settings = { authenticationEnabled: false, authorizationEnabled: false }
  const { ask } = await door(t, settings, { users: false })
  for (const spec of specs) t.is(await ask('anonymous', spec), 0, spec.name)
})

const topicCases: [topic: string, grant: string, action: Action, code: number][] = [
  ['%RETRY%billing', 'Group:billing', 'Sub', 0],
  ['%RETRY%billing', 'Topic:*', 'Pub', denied],
  ['%DLQ%billing', 'Group:billing', 'Sub', 0],
  ['%DLQ%other', 'Group:billing', 'Sub', denied],
  ['rmq_sys_wheel_timer', '*', 'Pub', denied],
]
for (const [topic, resource, action, code] of topicCases) {
  test(`a send to ${topic} with ${action} on ${resource} is answered ${code}`, async (t) => {
    const { directory, ask } = await door(t, {
      authenticationEnabled: true,
      authorizationEnabled: true,
    })
    await grant(directory, [{ resource, actions: [action], sourceIps: [], decision: 'Allow' }])
    const spec = requests.get(310)
    if (!spec) throw new Error('no send')
    const sample = sampleOf(spec)
    t.is(await ask('grant', spec, { ...sample, header: { ...sample.header, topic } }), code)
  })
}

test('each group and topic of a heartbeat has to be allowed', async (t) => {
  const { directory, ask } = await door(t, {
    authenticationEnabled: true,
    authorizationEnabled: true,
  })
  const entry = (resource: string): Entry => ({
    resource,
    actions: ['Sub'],
    sourceIps: [],
    decision: 'Allow',
  })
  await grant(directory, [entry('Group:billing'), entry('Topic:orders')])
  const spec = requests.get(34)
  if (!spec) throw new Error('no heartbeat')
  const of = (groupName: string, topic: string) => ({
    groupName,
    subscriptionDataSet: [{ topic }, { topic: `%RETRY%${groupName}` }],
  })
  const beat = (...consumerDataSet: unknown[]) => ({
    header: {},
    body: Buffer.from(JSON.stringify({ clientID: 'c', consumerDataSet })),
  })
  t.is(await ask('grant', spec, beat(of('billing', 'orders'))), 0)
  t.is(await ask('grant', spec, beat(of('billing', 'bills'))), denied)
  t.is(await ask('grant', spec, beat(of('billing', 'orders'), of('other', 'orders'))), denied)
  t.is(await ask('grant', spec, beat()), 0, 'a producer names none')
})

const poppedAgain: [grants: readonly string[], code: number][] = [
  [['Group:billing', 'Topic:orders'], 0],
  [['Group:billing'], denied],
  [['Topic:orders'], denied],
  [['Group:billing_orders', 'Topic:%RETRY%billing_orders'], denied],
]
for (const [grants, code] of poppedAgain) {
  test(`what was popped again is acknowledged with ${grants.join(' and ')}: ${code}`, async (t) => {
    const { directory, ask } = await door(t, {
      authenticationEnabled: true,
      authorizationEnabled: true,
    })
    const entry = (resource: string): Entry => ({
      ...{ resource, actions: ['Sub'], sourceIps: [], decision: 'Allow' },
    })
    await grant(directory, grants.map(entry))
    for (const topic of ['%RETRY%billing_orders', '%RETRY%billing+orders']) {
      for (const asked of [200051, 200053]) {
        const spec = requests.get(asked)
        if (!spec) throw new Error('no such request')
        const sample = sampleOf(spec)
        const header = { ...sample.header, topic, consumerGroup: 'billing' }
        t.is(await ask('grant', spec, { ...sample, header }), code, `${asked} ${topic}`)
      }
    }
  })
}

test('a handler may not open what is an administrator’s alone', async (t) => {
  const directory = new Directory(new MemoryStateFile())
  await directory.createUser({ username: 'root', password: 'of-root', userType: 'Super' })
  await directory.createUser({ username: 'granted', password: 'of-granted' })
  await grant(directory, [{ resource: '*', actions: ['All'], sourceIps: [], decision: 'Allow' }])
  const settings = { authenticationEnabled: true, authorizationEnabled: true }
  const guard = new Guard({
    authority: new Authority(directory, settings),
    clock: new FakeClock(),
    log: silentLog,
    cluster: 'c',
    isReserved: (topic) => topic.startsWith('rmq_sys_'),
    authenticationWhitelist: '',
    authorizationWhitelist: '',
  })
  const seen: boolean[] = []
  const spec = requests.get(33)
  if (!spec) throw new Error('no such request')
  const look = handlerFor<undefined>()({ ...spec, reply: {} }, (_, __, { caller }) => {
    for (const topic of ['orders', 'rmq_sys_REVIVE_LOG_c']) {
      seen.push(caller?.may('Sub', 'topic', topic) ?? true)
    }
    return {}
  })
  for (const credentials of [callers.grant, callers.administrator]) {
    const { client, address, clock } = await remotingPair(t, [look], {
      hooks: [guard],
      sign: signWith(credentials),
    })
    const asked = client.call(address, spec, { topic: 'orders', offset: 0 }, { timeoutMs: 1000 })
    await clock.advance(0)
    await asked
  }
  t.deepEqual(seen, [true, false, true, true])
})
