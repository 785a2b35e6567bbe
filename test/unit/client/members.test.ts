// Consumers behind one client, as brokers and their tools see them.

import test from 'ava'
import type { MqError } from '../../../src/base/errors.ts'
import type { GroupMember } from '../../../src/client/types.ts'
import { mqCluster } from '../../support/mq-cluster.ts'

const member = (clientId: string, given: Partial<GroupMember> = {}): GroupMember => ({
  group: 'billing',
  clientId,
  version: '5.2.1',
  isPush: true,
  since: 7,
  subscriptions: [{ topic: 't', filter: { type: 'TAG', expression: 'paid' } }],
  verify: async () => ({ result: 'consumed', spentMs: 3 }),
  stackTrace: async () => `stacks of ${clientId}`,
  ...given,
})

async function members(t: Parameters<typeof mqCluster>[0]) {
  const { cluster, client } = await mqCluster(t)
  const topic = { name: 't', readQueues: 1, writeQueues: 1, perm: 6, order: false }
  await cluster.during(client.createTopic({ ...topic, attributes: new Map() }))
  const listed = async (group = 'billing') => {
    await cluster.clock.advance(10)
    const found = await cluster.during(client.inspection.clients(group))
    return found.map(({ clientId }) => clientId).sort()
  }
  return { cluster, client, listed }
}

test('several members of one group are listed, and go one by one', async (t) => {
  const { cluster, client, listed } = await members(t)
  const leave = ['a', 'b', 'c'].map((id) => client.joinGroup(member(id)))
  client.joinGroup(member('d', { group: 'other' }))
  t.deepEqual(await listed(), ['a', 'b', 'c'])
  t.deepEqual(await listed('other'), ['d'])
  leave[1]?.()
  leave[1]?.()
  t.deepEqual(await listed(), ['a', 'c'])
  client.joinGroup(member('e'))
  t.deepEqual(await listed(), ['a', 'c', 'e'], 'a place that is free is taken again')
  for (let n = 0; n < 10; n++) await cluster.clock.advance(30_000)
  t.deepEqual(await listed(), ['a', 'c', 'e'], 'heartbeats keep them known')
})

test('what a tool asks of a member comes to that one, and its answer back', async (t) => {
  const { cluster, client, listed } = await members(t)
  for (const id of ['a', 'b']) client.joinGroup(member(id))
  t.deepEqual(await listed(), ['a', 'b'])
  const { inspection } = client
  const info = await cluster.during(inspection.runningInfo('billing', 'b', true))
  t.is(info.stacks, 'stacks of b')
  t.is(info.properties.get('PROP_CONSUME_TYPE'), 'CONSUME_PASSIVELY')
  const brief = await cluster.during(inspection.runningInfo('billing', 'a', false))
  t.is(brief.stacks, undefined)
})

test('a message is consumed on trial, by its place', async (t) => {
  const { cluster, client, listed } = await members(t)
  const bodies: string[] = []
  const results: Awaited<ReturnType<GroupMember['verify']>>['result'][] = ['failed', 'corrupted']
  client.joinGroup(
    member('a', {
      async verify({ body }, broker) {
        bodies.push(`${Buffer.from(body)} of ${broker}`)
        return { result: results.shift() ?? 'consumed', spentMs: 3 }
      },
    }),
  )
  t.deepEqual(await listed(), ['a'])
  const sent = { topic: 't', body: Buffer.from('seven'), properties: new Map<string, string>() }
  const { offsetMessageId, broker } = await cluster.during(client.send(sent))
  const asked = { group: 'billing', clientId: 'a', broker, topic: 't', offsetMessageId }
  const answers: string[] = []
  for (let n = 0; n < 3; n++) {
    answers.push(await cluster.during(client.inspection.consumeDirectly(asked)))
  }
  t.deepEqual(answers, ['CR_LATER', 'CR_RETURN_NULL', 'CR_SUCCESS'])
  t.deepEqual(new Set(bodies), new Set(['seven of a']))
})

test('a member that cannot answer is an error of the tool', async (t) => {
  const { cluster, client, listed } = await members(t)
  const stackTrace = () => Promise.reject(new Error('it knows no stacks'))
  const leave = client.joinGroup(member('a', { stackTrace }))
  t.deepEqual(await listed(), ['a'])
  const { inspection } = client
  const refused = await t.throwsAsync<MqError>(
    cluster.during(inspection.runningInfo('billing', 'a', true)),
  )
  t.is(refused?.failure, 'broker-error')
  leave()
  await t.throwsAsync(cluster.during(inspection.runningInfo('billing', 'a', false)))
})
