// A controller behind its port, with brokers that are remoting clients.

import test, { type ExecutionContext } from 'ava'
import { type Failure, MqError } from '../../../src/base/errors.ts'
import { handlers } from '../../../src/controller/handlers.ts'
import { brokerReplicas, syncStateSet } from '../../../src/protocol/bodies/controller.ts'
import {
  cleanBrokerData,
  controllerAlterSyncStateSet,
  controllerApplyBrokerId,
  controllerGetMetadataInfo,
  controllerGetNextBrokerId,
  controllerGetReplicaInfo,
  controllerGetSyncStateData,
  getControllerConfig,
  updateControllerConfig,
} from '../../../src/protocol/requests/controller.ts'
import { requests } from '../../../src/protocol/requests/index.ts'
import { type FakeBroker, startController } from '../../support/controller.ts'

const timeoutMs = 3000

const alter = (address: string, broker: FakeBroker, epoch: number, set: number[], at: number) =>
  broker.client.call(
    address,
    controllerAlterSyncStateSet,
    { brokerName: 'b', masterBrokerId: broker.id, masterEpoch: epoch },
    { timeoutMs, body: syncStateSet.print({ syncStateSet: set, syncStateSetEpoch: at }) },
  )

async function refused(t: ExecutionContext, failure: Failure, call: Promise<unknown>) {
  const error = await t.throwsAsync(call, { instanceOf: MqError })
  t.is(error?.failure, failure)
}

test('every request that the table gives to a controller has one handler', (t) => {
  const declared = [...requests.values()].filter(({ servedBy }) => servedBy === 'controller')
  const served = handlers.map(({ spec }) => spec.code).filter((code) => code !== 904)
  t.deepEqual(
    served.toSorted((a, b) => a - b),
    declared.map(({ code }) => code),
  )
})

test('the first broker that asks becomes master, with a lease from its next heartbeat', async (t) => {
  const { join } = await startController(t)
  const one = await join(1)
  const { header } = await one.elect()
  t.like(header, { masterBrokerId: 1, masterEpoch: 1, masterAddress: '10.0.0.1:10911' })
  t.like(await one.beat(), { rwMasterBrokerId: 1, rwMasterEpoch: 1, rwLeaseMs: 2000 })
  const two = await join(2)
  t.is((await two.elect()).code, 2011)
  t.like(await two.beat(), { rwMasterBrokerId: 1, rwLeaseMs: undefined })
})

test('a dead master is replaced, but not while its lease may run', async (t) => {
  const { join, clock, address } = await startController(t)
  const one = await join(1)
  const two = await join(2)
  await one.elect()
  await one.beat()
  await two.beat()
  await alter(address, one, 1, [1, 2], 1)
  await one.client.close()
  await clock.advance(1900)
  t.like(await two.beat(), { rwMasterBrokerId: 1, rwMasterEpoch: 1 })
  await clock.advance(500)
  t.like(await two.beat(), { rwMasterBrokerId: 2, rwMasterEpoch: 2, rwLeaseMs: 2000 })
  const told = two.told.filter(({ code }) => code === 1008)
  t.like(told.at(-1)?.ext, { masterBrokerId: '2', masterEpoch: '2' })
})

test('a silent master is replaced after its time-out', async (t) => {
  const { join, clock, address } = await startController(t)
  const one = await join(1)
  const two = await join(2)
  await one.elect()
  await one.beat()
  await alter(address, one, 1, [1, 2], 1)
  for (let at = 0; at < 3000; at += 500) {
    t.like(await two.beat(), { rwMasterEpoch: 1 })
    await clock.advance(500)
  }
  await clock.advance(500)
  t.like(await two.beat(), { rwMasterBrokerId: 2, rwMasterEpoch: 2 })
  // The old one is told that it is not the master any more, and gets no lease.
  t.like(await one.beat(), { rwMasterBrokerId: 2, rwLeaseMs: undefined })
  await refused(t, 'not-the-master', alter(address, one, 1, [1], 2))
})

test('nobody who was not in sync is elected, unless that is allowed', async (t) => {
  const { join, clock, address } = await startController(t)
  const one = await join(1)
  const two = await join(2)
  await one.elect()
  await one.client.close()
  await clock.advance(5000)
  t.like(await two.beat(), { rwMasterBrokerId: 1, rwMasterEpoch: 1 })
  await refused(t, 'election-failed', two.elect())
  await two.client.call(
    address,
    updateControllerConfig,
    {},
    { timeoutMs, body: Buffer.from('enableElectUncleanMaster=true') },
  )
  await clock.advance(500)
  t.like(await two.beat(), { rwMasterBrokerId: 2, rwMasterEpoch: 2 })
})

test('of those in sync, the longest log of the newest epoch is elected', async (t) => {
  const { join, clock, address } = await startController(t)
  const [one, two, three] = [await join(1), await join(2), await join(3)]
  await one.elect()
  Object.assign(two, { epoch: 1, maxPosition: 100 })
  Object.assign(three, { epoch: 1, maxPosition: 200 })
  await Promise.all([one.beat(), two.beat(), three.beat()])
  await alter(address, one, 1, [1, 2, 3], 1)
  await one.client.close()
  for (let at = 0; at < 2500; at += 500) {
    await clock.advance(500)
    await Promise.all([two.beat(), three.beat()])
  }
  t.like(await two.beat(), { rwMasterBrokerId: 3, rwMasterEpoch: 2 })
})

test('a master that started again must be elected again', async (t) => {
  const { join } = await startController(t)
  const one = await join(1)
  await one.elect()
  t.like(await one.beat(), { rwMasterEpoch: 1, rwLeaseMs: 2000 })
  t.like(await one.register(), { masterBrokerId: undefined })
  await one.beat()
  const { code, header } = await one.elect()
  t.is(code, 0)
  t.like(header, { masterBrokerId: 1, masterEpoch: 2 })
})

test('an ordered election waits until the living master has no lease', async (t) => {
  const { join, clock, address } = await startController(t)
  const one = await join(1)
  const two = await join(2)
  await one.elect()
  await one.beat()
  await alter(address, one, 1, [1, 2], 1)
  let elected: unknown
  const electing = two.elect(2).then((answer) => {
    elected = answer.header
  })
  await clock.advance(1000)
  t.is(elected, undefined)
  t.like(await one.beat(), { rwLeaseMs: undefined })
  await clock.advance(1500)
  await electing
  t.like(elected, { masterBrokerId: 2, masterEpoch: 2 })
})

test('the in-sync set changes only as its master and epochs say', async (t) => {
  const { join, address } = await startController(t)
  const one = await join(1)
  const two = await join(2)
  await one.elect()
  const { header } = await alter(address, one, 1, [1, 2], 1)
  t.is(header.newSyncStateSetEpoch, 2)
  await refused(t, 'not-the-master', alter(address, two, 1, [2], 2))
  await refused(t, 'master-epoch-fenced', alter(address, one, 7, [1], 2))
  await refused(t, 'sync-set-epoch-fenced', alter(address, one, 1, [1], 1))
  await refused(t, 'sync-set-refused', alter(address, one, 1, [1, 2], 2))
  await refused(t, 'sync-set-refused', alter(address, one, 1, [2], 2))
  await refused(t, 'replica-unknown', alter(address, one, 1, [1, 2, 9], 2))
  await alter(address, one, 1, [1], 2)
  await two.client.close()
  await refused(t, 'replica-not-alive', alter(address, one, 1, [1, 2], 3))
})

test('ids belong to who knows their check code', async (t) => {
  const { join, address } = await startController(t)
  const one = await join(1)
  const set = { clusterName: 'c', brokerName: 'b' }
  const { header } = await one.client.call(address, controllerGetNextBrokerId, set, { timeoutMs })
  t.is(header.nextBrokerId, 2)
  const apply = (appliedBrokerId: number, registerCheckCode: string) =>
    one.client.call(
      address,
      controllerApplyBrokerId,
      { ...set, appliedBrokerId, registerCheckCode },
      { timeoutMs },
    )
  await apply(1, 'code-1')
  await refused(t, 'broker-id-taken', apply(1, 'another'))
  await refused(t, 'broker-id-taken', apply(5, 'x'))
})

test('tools see who is in sync and who is not', async (t) => {
  const { join, address } = await startController(t)
  const one = await join(1)
  await join(2)
  await one.elect()
  const asked = { timeoutMs, body: Buffer.from('["b","none"]') }
  const { body } = await one.client.call(address, controllerGetSyncStateData, {}, asked)
  const { replicasInfoTable } = brokerReplicas.parse(body)
  t.deepEqual([...replicasInfoTable.keys()], ['b'])
  t.like(replicasInfoTable.get('b'), { masterBrokerId: 1, masterEpoch: 1 })
  t.like(replicasInfoTable.get('b')?.notInSyncReplicas[0], { brokerId: 2, alive: true })
})

test('brokers that live are forgotten only by force', async (t) => {
  const { join, address } = await startController(t)
  const one = await join(1)
  await join(2)
  await one.elect()
  const clean = (isCleanLivingBroker: boolean, brokerControllerIdsToClean?: string) =>
    one.client.call(
      address,
      cleanBrokerData,
      {
        brokerName: 'b',
        isCleanLivingBroker,
        ...(brokerControllerIdsToClean !== undefined && { brokerControllerIdsToClean }),
      },
      { timeoutMs },
    )
  await refused(t, 'clean-refused', clean(false, '2'))
  await clean(true, '2')
  await refused(t, 'clean-refused', clean(true, '2'))
  await clean(true)
  await refused(
    t,
    'broker-set-not-found',
    one.client.call(address, controllerGetReplicaInfo, { brokerName: 'b' }, { timeoutMs }),
  )
})

test('one that does not lead says who does, and answers nothing else', async (t) => {
  const { join, state, address } = await startController(t, {
    controllerDLegerPeers: 'n0-10.0.0.9:9878;n1-10.0.0.8:9878',
  })
  const one = await join(1)
  await one.elect()
  state.lose('n1')
  const { header } = await one.client.call(address, controllerGetMetadataInfo, {}, { timeoutMs })
  t.like(header, {
    controllerLeaderId: 'n1',
    controllerLeaderAddress: '10.0.0.8:9878',
    isLeader: false,
    peers: 'n0:10.0.0.9:9878;n1:10.0.0.8:9878',
  })
  await refused(t, 'not-the-leader', one.elect())
  t.deepEqual({ ...(await one.beat()) }, {})
})

test('a change that was not written is not answered', async (t) => {
  const { join, state } = await startController(t)
  const one = await join(1)
  state.refuses = true
  await refused(t, 'not-the-leader', one.elect())
  state.refuses = false
  t.is((await one.elect()).code, 0)
})

test('a new leader waits for the leases of the one before', async (t) => {
  const { join, state, clock, address } = await startController(t)
  const one = await join(1)
  const two = await join(2)
  await one.elect()
  await alter(address, one, 1, [1, 2], 1)
  await one.client.close()
  await clock.advance(1000)
  state.lose()
  state.lead()
  await clock.advance(1900)
  t.like(await two.beat(), { rwMasterBrokerId: 1 })
  await clock.advance(500)
  t.like(await two.beat(), { rwMasterBrokerId: 2, rwMasterEpoch: 2 })
})

test('settings are shown without secrets and changed where that is allowed', async (t) => {
  const { join, address } = await startController(t, { etcdPassword: 'hidden' })
  const one = await join(1)
  const { body } = await one.client.call(address, getControllerConfig, {}, { timeoutMs })
  const text = Buffer.from(body).toString()
  t.regex(text, /^controllerDLegerGroup=DefaultControllerGroup$/m)
  t.false(text.includes('hidden'))
  await refused(
    t,
    'permission-denied',
    one.client.call(
      address,
      updateControllerConfig,
      {},
      { timeoutMs, body: Buffer.from('controllerStorePath=/etc/passwd') },
    ),
  )
})
