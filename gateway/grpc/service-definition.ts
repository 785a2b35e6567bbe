// apache.rocketmq.v2.MessagingService as grpc-js wants it: a path and the codecs of each call.
// Source: proto/apache/rocketmq/v2/service.proto, which has the calls in the same order.

import { Reader, type Writer } from 'protobufjs/minimal.js'
import { bytesOf } from './framing.ts'
import { v2 } from './gen/messaging.js'

type Codec<Value, Fields> = {
  decode(reader: Reader): Value
  encode(fields: Fields, writer?: Writer): Writer
}

/** A server writes `Response` fields; a client (the tests' own) writes `Request` fields. */
export type Method<Request, RequestFields, Response, ResponseFields> = {
  readonly name: string
  readonly path: string
  readonly requestStream: boolean
  readonly responseStream: boolean
  requestSerialize(fields: RequestFields): Buffer
  requestDeserialize(bytes: Uint8Array): Request
  responseSerialize(fields: ResponseFields): Buffer
  responseDeserialize(bytes: Uint8Array): Response
  /** As `responseSerialize`, behind what is written already. */
  writeResponse(fields: ResponseFields, writer: Writer): Writer
}

function method<Request, RequestFields, Response, ResponseFields>(
  name: string,
  request: Codec<Request, RequestFields>,
  response: Codec<Response, ResponseFields>,
  streams: { request?: boolean; response?: boolean; service?: string } = {},
): Method<Request, RequestFields, Response, ResponseFields> {
  return {
    name,
    path: `/apache.rocketmq.v2.${streams.service ?? 'MessagingService'}/${name}`,
    requestStream: streams.request ?? false,
    responseStream: streams.response ?? false,
    requestSerialize: (fields) => bytesOf(request.encode(fields)),
    requestDeserialize: (bytes) => request.decode(readerOf(bytes)),
    responseSerialize: (fields) => bytesOf(response.encode(fields)),
    responseDeserialize: (bytes) => response.decode(readerOf(bytes)),
    writeResponse: (fields, writer) => response.encode(fields, writer),
  }
}

function readerOf(bytes: Uint8Array): Reader {
  const reader = Reader.create(bytes)
  // Fields of a newer protocol are dropped instead of kept for an encoding that never comes.
  reader.discardUnknown = true
  return reader
}

const bothWays = { request: true, response: true }

/** Takes frames that are encoded already, too. */
function orEncoded<M extends { responseSerialize(fields: never): Buffer }>(encoded: M) {
  return {
    ...encoded,
    responseSerialize: (frame: Parameters<M['responseSerialize']>[0] | Buffer): Buffer =>
      Buffer.isBuffer(frame) ? frame : encoded.responseSerialize(frame as never),
  }
}

export const messagingService = {
  QueryRoute: method('QueryRoute', v2.QueryRouteRequest, v2.QueryRouteResponse),
  Heartbeat: method('Heartbeat', v2.HeartbeatRequest, v2.HeartbeatResponse),
  SendMessage: method('SendMessage', v2.SendMessageRequest, v2.SendMessageResponse),
  QueryAssignment: method('QueryAssignment', v2.QueryAssignmentRequest, v2.QueryAssignmentResponse),
  ReceiveMessage: method('ReceiveMessage', v2.ReceiveMessageRequest, v2.ReceiveMessageResponse, {
    response: true,
  }),
  AckMessage: method('AckMessage', v2.AckMessageRequest, v2.AckMessageResponse),
  ForwardMessageToDeadLetterQueue: method(
    'ForwardMessageToDeadLetterQueue',
    v2.ForwardMessageToDeadLetterQueueRequest,
    v2.ForwardMessageToDeadLetterQueueResponse,
  ),
  PullMessage: method('PullMessage', v2.PullMessageRequest, v2.PullMessageResponse, {
    response: true,
  }),
  UpdateOffset: method('UpdateOffset', v2.UpdateOffsetRequest, v2.UpdateOffsetResponse),
  GetOffset: method('GetOffset', v2.GetOffsetRequest, v2.GetOffsetResponse),
  QueryOffset: method('QueryOffset', v2.QueryOffsetRequest, v2.QueryOffsetResponse),
  EndTransaction: method('EndTransaction', v2.EndTransactionRequest, v2.EndTransactionResponse),
  Telemetry: orEncoded(method('Telemetry', v2.TelemetryCommand, v2.TelemetryCommand, bothWays)),
  NotifyClientTermination: method(
    'NotifyClientTermination',
    v2.NotifyClientTerminationRequest,
    v2.NotifyClientTerminationResponse,
  ),
  ChangeInvisibleDuration: method(
    'ChangeInvisibleDuration',
    v2.ChangeInvisibleDurationRequest,
    v2.ChangeInvisibleDurationResponse,
  ),
  RecallMessage: method('RecallMessage', v2.RecallMessageRequest, v2.RecallMessageResponse),
  SyncLiteSubscription: method(
    'SyncLiteSubscription',
    v2.SyncLiteSubscriptionRequest,
    v2.SyncLiteSubscriptionResponse,
  ),
}

const admin = { service: 'Admin' }

/** What a cluster can answer of apache.rocketmq.v2.Admin. Source: admin.proto. */
export const adminService = {
  DescribeTopicStatus: method(
    'DescribeTopicStatus',
    v2.DescribeTopicStatusRequest,
    v2.DescribeTopicStatusResponse,
    admin,
  ),
  ListSubscription: method(
    'ListSubscription',
    v2.ListSubscriptionRequest,
    v2.ListSubscriptionResponse,
    admin,
  ),
  DescribeSubscription: method(
    'DescribeSubscription',
    v2.DescribeSubscriptionRequest,
    v2.DescribeSubscriptionResponse,
    admin,
  ),
  DescribeGroupAccumulation: method(
    'DescribeGroupAccumulation',
    v2.DescribeGroupAccumulationRequest,
    v2.DescribeGroupAccumulationResponse,
    admin,
  ),
  ListConsumerConnection: method(
    'ListConsumerConnection',
    v2.ListConsumerConnectionRequest,
    v2.ListConsumerConnectionResponse,
    admin,
  ),
  ResetGroupOffset: method(
    'ResetGroupOffset',
    v2.ResetGroupOffsetRequest,
    v2.ResetGroupOffsetResponse,
    admin,
  ),
  QueryMessage: method('QueryMessage', v2.ListMessageRequest, v2.ListMessageResponse, admin),
  PrintThreadStackTrace: method(
    'PrintThreadStackTrace',
    v2.PrintThreadStackTraceRequest,
    v2.PrintThreadStackTraceResponse,
    admin,
  ),
  VerifyMessage: method('VerifyMessage', v2.VerifyMessageRequest, v2.VerifyMessageResponse, admin),
  AdminSendMessage: method(
    'AdminSendMessage',
    v2.AdminSendMessageRequest,
    v2.AdminSendMessageResponse,
    admin,
  ),
  GetConsumerRunningInfo: method(
    'GetConsumerRunningInfo',
    v2.GetConsumerRunningInfoRequest,
    v2.GetConsumerRunningInfoResponse,
    admin,
  ),
  GetTopicRoute: method('GetTopicRoute', v2.GetTopicRouteRequest, v2.GetTopicRouteResponse, admin),
  QueryTimeSpan: method('QueryTimeSpan', v2.QueryTimeSpanRequest, v2.QueryTimeSpanResponse, admin),
}
