// What brokers and tools ask a controller. Only the one that leads answers, but for 1005 and
// the settings.
//
// Surprises: 1003 and 1004 leave the master out while it is not known to be alive, as Apache
// does; 1002 with 2011 is an answer with a body, not a failure. Forgetting a broker does not
// take its lease back: it is asked for living ones only with `isCleanLivingBroker`.
// Source: ControllerRequestProcessor, ReplicasInfoManager

import { MqError } from '../../base/errors.ts'
import { parseProperties, printProperties } from '../../base/java-properties.ts'
import { shownSetting } from '../../base/setting.ts'
import {
  brokerNames,
  brokerReplicas,
  electedMaster,
  syncStateSet,
} from '../../protocol/bodies/controller.ts'
import {
  cleanBrokerData,
  controllerAlterSyncStateSet,
  controllerApplyBrokerId,
  controllerElectMaster,
  controllerGetMetadataInfo,
  controllerGetNextBrokerId,
  controllerGetReplicaInfo,
  controllerGetSyncStateData,
  controllerRegisterBroker,
  getControllerConfig,
  updateControllerConfig,
} from '../../protocol/requests/controller.ts'
import { type BrokerSet, memberOf } from '../broker-set.ts'
import { type ControllerPorts, handle } from '../handler.ts'
import { alterSyncSet, applyBrokerId, forgetBrokers, registerAddress } from '../membership.ts'

export const onAlterSyncStateSet = handle(
  controllerAlterSyncStateSet,
  async (header, { sets, members, clock }, call) => {
    const { brokerName, masterBrokerId, masterEpoch } = header
    const wanted = syncStateSet.parse(call.body)
    const isAlive = (id: number) => members.isAlive(brokerName, id, clock.monotonic())
    const set = await sets.change(brokerName, (found) => {
      const next = alterSyncSet(found, { masterBrokerId, masterEpoch, ...wanted }, isAlive)
      return { next, answer: next }
    })
    return { header: { newSyncStateSetEpoch: set.syncStateSetEpoch }, body: syncSetOf(set) }
  },
)

/** Apache's answer when the master lives and stays: it is taken for success. */
const masterStillExists = 2011

export const onElectMaster = handle(controllerElectMaster, async (header, ports) => {
  const { brokerName, brokerId, designateElect } = header
  const { result, set } = await ports.elections.hold(brokerName, {
    brokerId: brokerId > 0 ? brokerId : undefined,
    isDesignated: designateElect,
  })
  if (result === 'nobody' || result === 'wait') {
    throw new MqError('election-failed', `no election: ${result}`, { brokerName })
  }
  const brokerAddrs = new Map(set.members.map(({ id, address }) => [id, address]))
  return {
    code: result === 'stays' ? masterStillExists : 0,
    header: { ...masterOf(set), syncStateSetEpoch: set.syncStateSetEpoch },
    body: electedMaster.print({
      brokerMemberGroup: { brokerAddrs, brokerName, cluster: set.clusterName },
      syncStateSet: set.syncStateSet,
    }),
  }
})

export const onRegisterBroker = handle(controllerRegisterBroker, async (header, ports) => {
  const { brokerName = '', brokerId = 0, brokerAddress = '' } = header
  const { sets, members, clock } = ports
  const set = await sets.change(brokerName, (found) => {
    const next = registerAddress(found, brokerId, brokerAddress)
    return { next, answer: next }
  })
  members.started(brokerName, brokerId)
  const { masterBrokerId, clusterName } = set
  const isServed =
    masterBrokerId !== undefined && members.isServing(brokerName, masterBrokerId, clock.monotonic())
  return {
    header: {
      clusterName,
      brokerName,
      ...(isServed && { ...masterOf(set), syncStateSetEpoch: set.syncStateSetEpoch }),
    },
    body: syncSetOf(set),
  }
})

export const onGetReplicaInfo = handle(controllerGetReplicaInfo, ({ brokerName }, ports) => {
  const set = ports.sets.get(brokerName)
  return { header: masterOf(set), body: syncSetOf(set) }
})

export const onGetMetadataInfo = handle(controllerGetMetadataInfo, (_, ports) => {
  const { controllerDLegerGroup, controllerDLegerPeers, masterLeaseMs } = ports.settings.current
  const self = ports.self()
  const leader = ports.sets.leads ? self : ports.leader()
  const peers = controllerDLegerPeers || `${self.id}-${self.address}`
  return {
    header: {
      group: controllerDLegerGroup,
      ...(leader && { controllerLeaderId: leader.id, controllerLeaderAddress: leader.address }),
      isLeader: ports.sets.leads,
      // Apache prints its peers as `id:address`.
      peers: peers.split(';').map(peerOf).join(';'),
      rwLeaseMs: masterLeaseMs,
    },
  }
})

const peerOf = (peer: string): string => peer.replace('-', ':')

export const onGetSyncStateData = handle(controllerGetSyncStateData, (_, ports, call) => {
  const { sets } = ports
  const replicasInfoTable = new Map<string, ReturnType<typeof replicasOf>>()
  for (const name of brokerNames.parse(call.body)) {
    const set = sets.find(name)
    if (set) replicasInfoTable.set(name, replicasOf(set, ports))
  }
  return { body: brokerReplicas.print({ replicasInfoTable }) }
})

function replicasOf(set: BrokerSet, { members, clock }: ControllerPorts) {
  const { brokerName, masterEpoch, syncStateSetEpoch } = set
  const now = clock.monotonic()
  const replicas = set.members.map(({ id, address }) => ({
    alive: members.isAlive(brokerName, id, now),
    brokerAddress: address,
    brokerId: id,
    brokerName,
  }))
  const isIn = ({ brokerId }: { brokerId: number }) => set.syncStateSet.includes(brokerId)
  const { masterBrokerId, masterAddress } = masterOf(set)
  return {
    ...(masterBrokerId !== undefined && { masterBrokerId }),
    ...(masterAddress !== undefined && { masterAddress }),
    masterEpoch,
    syncStateSetEpoch,
    inSyncReplicas: replicas.filter(isIn),
    notInSyncReplicas: replicas.filter((one) => !isIn(one)),
  }
}

export const onGetNextBrokerId = handle(controllerGetNextBrokerId, (header, { sets }) => {
  const { clusterName, brokerName = '' } = header
  const nextBrokerId = sets.find(brokerName)?.nextBrokerId ?? 1
  return { header: { ...(clusterName !== undefined && { clusterName }), brokerName, nextBrokerId } }
})

export const onApplyBrokerId = handle(controllerApplyBrokerId, async (header, { sets }) => {
  const { clusterName = '', brokerName = '', appliedBrokerId = 0, registerCheckCode = '' } = header
  await sets.change(brokerName, (found) => {
    const asked = { clusterName, brokerName, id: appliedBrokerId, checkCode: registerCheckCode }
    const next = applyBrokerId(found, asked)
    return { next, answer: undefined }
  })
  return { header: { clusterName, brokerName } }
})

export const onCleanBrokerData = handle(cleanBrokerData, async (header, ports) => {
  const { sets, members, clock, elections } = ports
  const { brokerName, isCleanLivingBroker, brokerControllerIdsToClean = '' } = header
  const ids = brokerControllerIdsToClean.split(';').filter((id) => id !== '')
  const asked = { ids: ids.map(idOf), allowsLiving: isCleanLivingBroker }
  const isAlive = (id: number) => members.isAlive(brokerName, id, clock.monotonic())
  const { before, next } = await sets.change(brokerName, (found) => {
    const next = forgetBrokers(found, asked, isAlive)
    return { next, answer: { before: found, next } }
  })
  for (const { id } of before?.members ?? []) {
    if (!next || !memberOf(next, id)) members.forget(brokerName, id)
  }
  if (next) elections.tell(next)
  return {}
})

function idOf(text: string): number {
  const id = Number(text)
  if (Number.isInteger(id) && id > 0) return id
  throw new MqError('invalid-argument', 'a broker id is a whole number', { id: text })
}

export const onGetControllerConfig = handle(getControllerConfig, (_, { settings }) => {
  const values = Object.entries(settings.current).map(
    ([key, value]) => [key, `${shownSetting(key, value)}`] as const,
  )
  return { body: Buffer.from(printProperties(values)) }
})

export const onUpdateControllerConfig = handle(updateControllerConfig, (_, ports, call) => {
  const changes = parseProperties(Buffer.from(call.body).toString('utf8'))
  ports.settings.update(changes)
  ports.log.info('settings-changed', { keys: [...changes.keys()] })
  return {}
})

const masterOf = (set: BrokerSet) => {
  const master = memberOf(set, set.masterBrokerId)
  return {
    ...(master && { masterBrokerId: master.id, masterAddress: master.address }),
    masterEpoch: set.masterEpoch,
  }
}

const syncSetOf = ({ syncStateSet: ids, syncStateSetEpoch }: BrokerSet): Uint8Array =>
  syncStateSet.print({ syncStateSet: ids, syncStateSetEpoch })
