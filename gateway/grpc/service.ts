// Which call is served by what. Heartbeats and terminations change nothing here, since nothing
// is kept of a client: they are checked and answered.
//
// Not served: lite topics (SyncLiteSubscription), which need queues by name in the broker.

import { MqError } from '../../src/base/errors.ts'
import { handleKept, onAckMessage, onChangeInvisibleDuration, onForward } from './acknowledge.ts'
import { type Answer, type Refused, type Run, unary } from './calls.ts'
import { groupName } from './convert.ts'
import { onEndTransaction } from './end-transaction.ts'
import { frameOf } from './framing.ts'
import type { Front } from './front.ts'
import { v2 } from './gen/messaging.js'
import { onGetOffset, onQueryOffset, onUpdateOffset } from './offsets.ts'
import { servePull } from './pull-message.ts'
import { onRecallMessage } from './recall-message.ts'
import type { Polls } from './receive-message.ts'
import { onQueryAssignment, onQueryRoute } from './routes.ts'
import { onSendMessage } from './send-message.ts'
import type { ServerCall } from './server-call.ts'
import { type Served, served } from './server-calls.ts'
import { type Method, messagingService as rpc } from './service-definition.ts'
import { okStatus } from './status.ts'

type Ok = { status: v2.Status.Fields }

const ok: Ok = { status: okStatus }

/** All calls of `messagingService` that have one request: all but Telemetry. */
export function servedCalls(front: Front, polls: Polls): readonly Served[] {
  return [
    one(rpc.QueryRoute, onQueryRoute),
    one(rpc.Heartbeat, onHeartbeat),
    one(rpc.SendMessage, onSendMessage),
    one(rpc.QueryAssignment, onQueryAssignment),
    many(rpc.ReceiveMessage, polls.serve),
    one(rpc.AckMessage, onAckMessage),
    one(rpc.ForwardMessageToDeadLetterQueue, onForward),
    many(rpc.PullMessage, servePull(front, polls)),
    one(rpc.UpdateOffset, onUpdateOffset),
    one(rpc.GetOffset, onGetOffset),
    one(rpc.QueryOffset, onQueryOffset),
    one(rpc.EndTransaction, onEndTransaction),
    one(rpc.NotifyClientTermination, onTermination),
    one(rpc.ChangeInvisibleDuration, onChangeInvisibleDuration, handleKept),
    one(rpc.RecallMessage, onRecallMessage),
    one(rpc.SyncLiteSubscription, notServed('lite topics are not served')),
  ]

  function one<Request, Response extends Answer>(
    { name, path, requestDeserialize, writeResponse }: Method<Request, never, unknown, Answer>,
    run: Run<Request, Response>,
    refused?: Refused<Request, Response>,
  ): Served {
    const answer = unary(front, name, run, refused)
    const serve = async (call: ServerCall<Request>): Promise<void> => {
      const response = await answer(call)
      call.end(frameOf((writer) => writeResponse(response, writer)))
    }
    return served(path, { decode: requestDeserialize, run: (call) => void serve(call) })
  }
}

const many = <Request>(
  { path, requestDeserialize }: Method<Request, never, unknown, never>,
  run: (call: ServerCall<Request>) => void,
): Served => served(path, { decode: requestDeserialize, run })

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
