// Which call is served by what. Heartbeats and terminations change nothing here, since nothing
// is kept of a client: they are checked and answered.
//
// Not served: lite topics (SyncLiteSubscription), which need queues by name in the broker.

import { MqError } from '../../src/base/errors.ts'
import { handleKept, onAckMessage, onChangeInvisibleDuration, onForward } from './acknowledge.ts'
import { unary } from './calls.ts'
import { groupName } from './convert.ts'
import { onEndTransaction } from './end-transaction.ts'
import type { Front } from './front.ts'
import { v2 } from './gen/messaging.js'
import { onGetOffset, onQueryOffset, onUpdateOffset } from './offsets.ts'
import { servePull } from './pull-message.ts'
import { onRecallMessage } from './recall-message.ts'
import type { Polls } from './receive-message.ts'
import { onQueryAssignment, onQueryRoute } from './routes.ts'
import { onSendMessage } from './send-message.ts'
import { okStatus } from './status.ts'
import type { Sessions } from './telemetry.ts'

type Ok = { status: v2.Status.Fields }

const ok: Ok = { status: okStatus }

/** The implementation of `messagingService`. */
export function implementation(front: Front, polls: Polls, sessions: Sessions) {
  return {
    QueryRoute: unary(front, 'QueryRoute', onQueryRoute),
    Heartbeat: unary(front, 'Heartbeat', onHeartbeat),
    SendMessage: unary(front, 'SendMessage', onSendMessage),
    QueryAssignment: unary(front, 'QueryAssignment', onQueryAssignment),
    ReceiveMessage: polls.serve,
    AckMessage: unary(front, 'AckMessage', onAckMessage),
    ForwardMessageToDeadLetterQueue: unary(front, 'ForwardMessageToDeadLetterQueue', onForward),
    PullMessage: servePull(front, polls),
    UpdateOffset: unary(front, 'UpdateOffset', onUpdateOffset),
    GetOffset: unary(front, 'GetOffset', onGetOffset),
    QueryOffset: unary(front, 'QueryOffset', onQueryOffset),
    EndTransaction: unary(front, 'EndTransaction', onEndTransaction),
    Telemetry: sessions.serve,
    NotifyClientTermination: unary(front, 'NotifyClientTermination', onTermination),
    ChangeInvisibleDuration: unary(
      front,
      'ChangeInvisibleDuration',
      onChangeInvisibleDuration,
      handleKept,
    ),
    RecallMessage: unary(front, 'RecallMessage', onRecallMessage),
    SyncLiteSubscription: unary(
      front,
      'SyncLiteSubscription',
      notServed('lite topics are not served'),
    ),
  }
}

function onHeartbeat(request: v2.HeartbeatRequest): Ok {
  switch (request.clientType) {
    case v2.ClientType.PUSH_CONSUMER:
    case v2.ClientType.SIMPLE_CONSUMER:
    case v2.ClientType.PULL_CONSUMER:
      groupName(request.group)
      return ok
    case v2.ClientType.PRODUCER:
      return ok
    default:
      throw new MqError('unrecognized-client-type')
  }
}

// Never refused: a client that cannot say goodbye does not close.
const onTermination = (): Ok => ok

const notServed = (why: string) => (): Ok => {
  throw new MqError('not-implemented', why)
}
