// What slaves and tools ask of a broker about its copies.
//
// Serves GET_ALL_CONSUMER_OFFSET, GET_ALL_DELAY_OFFSET, GET_ALL_MESSAGE_REQUEST_MODE,
// GET_TIMER_CHECK_POINT, EXCHANGE_BROKER_HA_INFO, GET_BROKER_HA_STATUS, GET_BROKER_EPOCH_CACHE.
// An address in a request is never dialled: EXCHANGE_BROKER_HA_INFO only answers.
//
// Source: AdminBrokerProcessor.

import { getTimerCheckPoint } from '../../protocol/requests/admin.ts'
import { getAllMessageRequestMode } from '../../protocol/requests/pull.ts'
import {
  exchangeBrokerHaInfo,
  getAllConsumerOffset,
  getAllDelayOffset,
  getBrokerEpochCache,
  getBrokerHaStatus,
} from '../../protocol/requests/replication.ts'
import { noTimer, timerCheckpointBytes } from '../../store/timer-checkpoint.ts'
import { handle } from '../handler.ts'
import { jsonReply } from '../json-body.ts'

const onGetAllConsumerOffset = handle(getAllConsumerOffset, (_, { copied }) =>
  jsonReply(copied.offsets()),
)

const onGetAllDelayOffset = handle(getAllDelayOffset, (_, { copied }) =>
  jsonReply(copied.delayOffsets()),
)

const onGetAllMessageRequestMode = handle(getAllMessageRequestMode, (_, { copied }) =>
  jsonReply(copied.requestModes()),
)

const onGetTimerCheckPoint = handle(getTimerCheckPoint, (_, { copied }) => {
  const { checkpoint, endPosition } = copied.timer() ?? { checkpoint: noTimer, endPosition: 0 }
  return { header: { rwEndPosition: endPosition }, body: timerCheckpointBytes(checkpoint) }
})

const onExchangeBrokerHaInfo = handle(exchangeBrokerHaInfo, (header, ports, call) => {
  const { replication, self, positions } = ports
  if (replication.role !== 'master') return { header: {} }
  const zone = header.rwSlaveZone
  const host = call.peer.remote.host
  const rwSlaveToken = zone === undefined ? undefined : replication.introduce(host, { zone })
  return {
    header: {
      masterAddress: self.address,
      masterHaAddress: replication.announced,
      masterFlushOffset: positions.flushedPosition,
      rwSlaveToken,
    },
  }
})

/** `rwLocalAddr`, ours, is what the master shows as `addr`. Source: HARuntimeInfo. */
const onGetBrokerHaStatus = handle(getBrokerHaStatus, (_, { positions, replication, clock }) => {
  const { following, slaves, role } = replication
  const isMaster = role === 'master'
  const wall = (ms: number) => (ms === 0 ? 0 : Math.round(clock.now() - clock.monotonic() + ms))
  const maxPosition = positions.maxPosition
  return jsonReply({
    haClientRuntimeInfo: {
      activated: !isMaster && following.isConnected,
      lastReadTimestamp: wall(following.lastReadMs),
      lastWriteTimestamp: wall(following.lastWriteMs),
      masterAddr: following.master,
      masterFlushOffset: 0,
      rwLocalAddr: following.local,
      maxOffset: isMaster ? 0 : maxPosition,
      transferredByteInSecond: following.bytesPerSecond,
    },
    haConnectionInfo: isMaster
      ? slaves.map((link) => ({
          addr: link.remote,
          diff: maxPosition - link.ackPosition,
          inSync: replication.isInSync(link),
          slaveAckOffset: link.ackPosition,
          transferFromWhere: link.nextPosition,
          transferredByteInSecond: link.bytesPerSecond,
        }))
      : [],
    inSyncSlaveNums: isMaster ? replication.inSyncCount - 1 : 0,
    master: isMaster,
    masterCommitLogMaxOffset: isMaster ? maxPosition : 0,
  })
})

/** Source: EpochEntryCache; the end of the last epoch is not known yet. */
const onGetBrokerEpochCache = handle(getBrokerEpochCache, (_, { replication, self }) => {
  const { entries } = replication.epochs
  return jsonReply({
    brokerId: self.brokerId,
    brokerName: self.brokerName,
    clusterName: self.clusterName,
    epochList: entries.map(({ epoch, startPosition }, index) => ({
      endOffset: entries[index + 1]?.startPosition ?? replication.maxPosition,
      epoch,
      startOffset: startPosition,
    })),
    maxOffset: replication.maxPosition,
  })
})

export const replicationHandlers = [
  onGetAllConsumerOffset,
  onGetAllDelayOffset,
  onGetAllMessageRequestMode,
  onGetTimerCheckPoint,
  onExchangeBrokerHaInfo,
  onGetBrokerHaStatus,
  onGetBrokerEpochCache,
]
