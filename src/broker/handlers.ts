// Every handler of the broker. What is not here is answered "not supported";
// docs/compatibility.md names it.

import { authHandlers } from '../guard/handlers/auth.ts'
import type { Handler } from '../remoting/dispatch.ts'
import type { BrokerPorts } from './handler.ts'
import { ackHandlers } from './handlers/ack.ts'
import { adminHandlers } from './handlers/admin.ts'
import { assignmentHandlers } from './handlers/assignment.ts'
import { clientHandlers } from './handlers/clients.ts'
import { coldDataHandlers } from './handlers/cold-data.ts'
import { onNotifyBrokerRoleChanged } from './handlers/controller.ts'
import { groupOffsetHandlers } from './handlers/group-offsets.ts'
import { groupHandlers } from './handlers/groups.ts'
import { lockHandlers } from './handlers/locks.ts'
import { offsetHandlers } from './handlers/offsets.ts'
import { popHandlers } from './handlers/pop.ts'
import { pullHandlers } from './handlers/pull.ts'
import { queryHandlers } from './handlers/query.ts'
import { recallHandlers } from './handlers/recall.ts'
import { relayHandlers } from './handlers/relays.ts'
import { replicationHandlers } from './handlers/replication.ts'
import { replyHandlers } from './handlers/reply.ts'
import { sendHandlers } from './handlers/send.ts'
import { sendBackHandlers } from './handlers/send-back.ts'
import { topicHandlers } from './handlers/topics.ts'
import { transactionHandlers } from './handlers/transaction.ts'

/** What these do is written to the log: a slave refuses it before it has any effect. */
const writing = [
  ...sendHandlers,
  ...replyHandlers,
  ...sendBackHandlers,
  ...recallHandlers,
  ...transactionHandlers,
  ...popHandlers,
  ...ackHandlers,
].map(
  ({ spec, run }): Handler<BrokerPorts> => ({
    spec,
    run(header, ports, call) {
      ports.replication.checkMaster()
      return run(header, ports, call)
    },
  }),
)

export const handlers: readonly Handler<BrokerPorts>[] = [
  ...writing,
  ...replicationHandlers,
  onNotifyBrokerRoleChanged,
  ...pullHandlers,
  ...offsetHandlers,
  ...assignmentHandlers,
  ...clientHandlers,
  ...lockHandlers,
  ...queryHandlers,
  ...topicHandlers,
  ...groupHandlers,
  ...groupOffsetHandlers,
  ...relayHandlers,
  ...adminHandlers,
  ...coldDataHandlers,
  ...authHandlers,
]
