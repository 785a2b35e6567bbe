// A broker says every half second that it lives and how far its log goes. Brokers tell every
// controller, so that the next leader knows them; only the one that leads answers with who is
// master, and the master with a lease.
//
// Source: ControllerRequestProcessor.handleBrokerHeartbeat

import { brokerHeartbeat } from '../../protocol/requests/registration.ts'
import { memberOf } from '../broker-set.ts'
import { handle } from '../handler.ts'

/** Apache's, for brokers that name none. */
const timeoutMs = 10_000
const lowestPriority = 2 ** 31 - 1

export const onBrokerHeartbeat = handle(brokerHeartbeat, (header, ports, call) => {
  const { sets, members, elections, clock, state } = ports
  const { brokerName, brokerId } = header
  if (brokerId === undefined) return {}
  const now = clock.monotonic()
  const set = sets.leads ? sets.find(brokerName) : undefined
  // One that is not registered is told so by its own register call, and is not remembered.
  if (sets.leads && !(set && memberOf(set, brokerId))) return {}
  elections.reach(call.peer)
  const report = {
    address: header.brokerAddr,
    epoch: header.epoch ?? 0,
    maxPosition: header.maxOffset ?? 0,
    confirmPosition: header.confirmOffset ?? 0,
    priority: header.electionPriority ?? lowestPriority,
    timeoutMs: header.heartbeatTimeoutMills ?? timeoutMs,
  }
  members.heard(brokerName, brokerId, report, now, call.peer.id)
  // A leader that was paused may have a successor: what it says then is worth nothing.
  if (!set || now >= state.leadsUntil) return {}
  const leaseMs = elections.lease(set, brokerId, now)
  return {
    header: {
      ...(set.masterBrokerId !== undefined && { rwMasterBrokerId: set.masterBrokerId }),
      rwMasterEpoch: set.masterEpoch,
      rwSyncStateSetEpoch: set.syncStateSetEpoch,
      ...(leaseMs !== undefined && { rwLeaseMs: leaseMs }),
    },
  }
})
