// Made from proto/ by scripts/generate-grpc.ts. Do not edit.
import type * as $protobuf from 'protobufjs/minimal.js';
export namespace v2 {
            class QueryRouteRequest {
                constructor(properties?: v2.QueryRouteRequest.Fields);
                topic?: (v2.Resource.Fields|null);
                endpoints?: (v2.Endpoints.Fields|null);
                static encode(message: v2.QueryRouteRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryRouteRequest;
            }
            namespace QueryRouteRequest {
                interface Fields {
                    topic?: (v2.Resource.Fields|null);
                    endpoints?: (v2.Endpoints.Fields|null);
                }
            }
            class QueryRouteResponse {
                constructor(properties?: v2.QueryRouteResponse.Fields);
                status?: (v2.Status.Fields|null);
                messageQueues: v2.MessageQueue.Fields[];
                static encode(message: v2.QueryRouteResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryRouteResponse;
            }
            namespace QueryRouteResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    messageQueues?: (v2.MessageQueue.Fields[]|null);
                }
            }
            class SendMessageRequest {
                constructor(properties?: v2.SendMessageRequest.Fields);
                messages: v2.Message.Fields[];
                static encode(message: v2.SendMessageRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.SendMessageRequest;
            }
            namespace SendMessageRequest {
                interface Fields {
                    messages?: (v2.Message.Fields[]|null);
                }
            }
            class SendResultEntry {
                constructor(properties?: v2.SendResultEntry.Fields);
                status?: (v2.Status.Fields|null);
                messageId: string;
                transactionId: string;
                offset: number;
                recallHandle: string;
                static encode(message: v2.SendResultEntry.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.SendResultEntry;
            }
            namespace SendResultEntry {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    messageId?: (string|null);
                    transactionId?: (string|null);
                    offset?: (number|null);
                    recallHandle?: (string|null);
                }
            }
            class SendMessageResponse {
                constructor(properties?: v2.SendMessageResponse.Fields);
                status?: (v2.Status.Fields|null);
                entries: v2.SendResultEntry.Fields[];
                static encode(message: v2.SendMessageResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.SendMessageResponse;
            }
            namespace SendMessageResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    entries?: (v2.SendResultEntry.Fields[]|null);
                }
            }
            class QueryAssignmentRequest {
                constructor(properties?: v2.QueryAssignmentRequest.Fields);
                topic?: (v2.Resource.Fields|null);
                group?: (v2.Resource.Fields|null);
                endpoints?: (v2.Endpoints.Fields|null);
                static encode(message: v2.QueryAssignmentRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryAssignmentRequest;
            }
            namespace QueryAssignmentRequest {
                interface Fields {
                    topic?: (v2.Resource.Fields|null);
                    group?: (v2.Resource.Fields|null);
                    endpoints?: (v2.Endpoints.Fields|null);
                }
            }
            class QueryAssignmentResponse {
                constructor(properties?: v2.QueryAssignmentResponse.Fields);
                status?: (v2.Status.Fields|null);
                assignments: v2.Assignment.Fields[];
                static encode(message: v2.QueryAssignmentResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryAssignmentResponse;
            }
            namespace QueryAssignmentResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    assignments?: (v2.Assignment.Fields[]|null);
                }
            }
            class ReceiveMessageRequest {
                constructor(properties?: v2.ReceiveMessageRequest.Fields);
                group?: (v2.Resource.Fields|null);
                messageQueue?: (v2.MessageQueue.Fields|null);
                filterExpression?: (v2.FilterExpression.Fields|null);
                batchSize: number;
                invisibleDuration?: (google.protobuf.Duration.Fields|null);
                autoRenew: boolean;
                longPollingTimeout?: (google.protobuf.Duration.Fields|null);
                attemptId?: (string|null);
                static encode(message: v2.ReceiveMessageRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ReceiveMessageRequest;
            }
            namespace ReceiveMessageRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    messageQueue?: (v2.MessageQueue.Fields|null);
                    filterExpression?: (v2.FilterExpression.Fields|null);
                    batchSize?: (number|null);
                    invisibleDuration?: (google.protobuf.Duration.Fields|null);
                    autoRenew?: (boolean|null);
                    longPollingTimeout?: (google.protobuf.Duration.Fields|null);
                    attemptId?: (string|null);
                }
            }
            class ReceiveMessageResponse {
                constructor(properties?: v2.ReceiveMessageResponse.Fields);
                status?: (v2.Status.Fields|null);
                message?: (v2.Message.Fields|null);
                deliveryTimestamp?: (google.protobuf.Timestamp.Fields|null);
                content?: ("status"|"message"|"deliveryTimestamp");
                static encode(message: v2.ReceiveMessageResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ReceiveMessageResponse;
            }
            namespace ReceiveMessageResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    message?: (v2.Message.Fields|null);
                    deliveryTimestamp?: (google.protobuf.Timestamp.Fields|null);
                    content?: ("status"|"message"|"deliveryTimestamp");
                }
            }
            class AckMessageEntry {
                constructor(properties?: v2.AckMessageEntry.Fields);
                messageId: string;
                receiptHandle: string;
                liteTopic?: (string|null);
                static encode(message: v2.AckMessageEntry.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.AckMessageEntry;
            }
            namespace AckMessageEntry {
                interface Fields {
                    messageId?: (string|null);
                    receiptHandle?: (string|null);
                    liteTopic?: (string|null);
                }
            }
            class AckMessageRequest {
                constructor(properties?: v2.AckMessageRequest.Fields);
                group?: (v2.Resource.Fields|null);
                topic?: (v2.Resource.Fields|null);
                entries: v2.AckMessageEntry.Fields[];
                static encode(message: v2.AckMessageRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.AckMessageRequest;
            }
            namespace AckMessageRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    topic?: (v2.Resource.Fields|null);
                    entries?: (v2.AckMessageEntry.Fields[]|null);
                }
            }
            class AckMessageResultEntry {
                constructor(properties?: v2.AckMessageResultEntry.Fields);
                messageId: string;
                receiptHandle: string;
                status?: (v2.Status.Fields|null);
                static encode(message: v2.AckMessageResultEntry.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.AckMessageResultEntry;
            }
            namespace AckMessageResultEntry {
                interface Fields {
                    messageId?: (string|null);
                    receiptHandle?: (string|null);
                    status?: (v2.Status.Fields|null);
                }
            }
            class AckMessageResponse {
                constructor(properties?: v2.AckMessageResponse.Fields);
                status?: (v2.Status.Fields|null);
                entries: v2.AckMessageResultEntry.Fields[];
                static encode(message: v2.AckMessageResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.AckMessageResponse;
            }
            namespace AckMessageResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    entries?: (v2.AckMessageResultEntry.Fields[]|null);
                }
            }
            class ForwardMessageToDeadLetterQueueRequest {
                constructor(properties?: v2.ForwardMessageToDeadLetterQueueRequest.Fields);
                group?: (v2.Resource.Fields|null);
                topic?: (v2.Resource.Fields|null);
                receiptHandle: string;
                messageId: string;
                deliveryAttempt: number;
                maxDeliveryAttempts: number;
                liteTopic?: (string|null);
                static encode(message: v2.ForwardMessageToDeadLetterQueueRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ForwardMessageToDeadLetterQueueRequest;
            }
            namespace ForwardMessageToDeadLetterQueueRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    topic?: (v2.Resource.Fields|null);
                    receiptHandle?: (string|null);
                    messageId?: (string|null);
                    deliveryAttempt?: (number|null);
                    maxDeliveryAttempts?: (number|null);
                    liteTopic?: (string|null);
                }
            }
            class ForwardMessageToDeadLetterQueueResponse {
                constructor(properties?: v2.ForwardMessageToDeadLetterQueueResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.ForwardMessageToDeadLetterQueueResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ForwardMessageToDeadLetterQueueResponse;
            }
            namespace ForwardMessageToDeadLetterQueueResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            class HeartbeatRequest {
                constructor(properties?: v2.HeartbeatRequest.Fields);
                group?: (v2.Resource.Fields|null);
                clientType: v2.ClientType;
                static encode(message: v2.HeartbeatRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.HeartbeatRequest;
            }
            namespace HeartbeatRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    clientType?: (v2.ClientType|null);
                }
            }
            class HeartbeatResponse {
                constructor(properties?: v2.HeartbeatResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.HeartbeatResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.HeartbeatResponse;
            }
            namespace HeartbeatResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            class EndTransactionRequest {
                constructor(properties?: v2.EndTransactionRequest.Fields);
                topic?: (v2.Resource.Fields|null);
                messageId: string;
                transactionId: string;
                resolution: v2.TransactionResolution;
                source: v2.TransactionSource;
                traceContext: string;
                static encode(message: v2.EndTransactionRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.EndTransactionRequest;
            }
            namespace EndTransactionRequest {
                interface Fields {
                    topic?: (v2.Resource.Fields|null);
                    messageId?: (string|null);
                    transactionId?: (string|null);
                    resolution?: (v2.TransactionResolution|null);
                    source?: (v2.TransactionSource|null);
                    traceContext?: (string|null);
                }
            }
            class EndTransactionResponse {
                constructor(properties?: v2.EndTransactionResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.EndTransactionResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.EndTransactionResponse;
            }
            namespace EndTransactionResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            class PrintThreadStackTraceCommand {
                constructor(properties?: v2.PrintThreadStackTraceCommand.Fields);
                nonce: string;
                static encode(message: v2.PrintThreadStackTraceCommand.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.PrintThreadStackTraceCommand;
            }
            namespace PrintThreadStackTraceCommand {
                interface Fields {
                    nonce?: (string|null);
                }
            }
            class ReconnectEndpointsCommand {
                constructor(properties?: v2.ReconnectEndpointsCommand.Fields);
                nonce: string;
                static encode(message: v2.ReconnectEndpointsCommand.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ReconnectEndpointsCommand;
            }
            namespace ReconnectEndpointsCommand {
                interface Fields {
                    nonce?: (string|null);
                }
            }
            class ThreadStackTrace {
                constructor(properties?: v2.ThreadStackTrace.Fields);
                nonce: string;
                threadStackTrace?: (string|null);
                static encode(message: v2.ThreadStackTrace.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ThreadStackTrace;
            }
            namespace ThreadStackTrace {
                interface Fields {
                    nonce?: (string|null);
                    threadStackTrace?: (string|null);
                }
            }
            class VerifyMessageCommand {
                constructor(properties?: v2.VerifyMessageCommand.Fields);
                nonce: string;
                message?: (v2.Message.Fields|null);
                static encode(message: v2.VerifyMessageCommand.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.VerifyMessageCommand;
            }
            namespace VerifyMessageCommand {
                interface Fields {
                    nonce?: (string|null);
                    message?: (v2.Message.Fields|null);
                }
            }
            class VerifyMessageResult {
                constructor(properties?: v2.VerifyMessageResult.Fields);
                nonce: string;
                static encode(message: v2.VerifyMessageResult.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.VerifyMessageResult;
            }
            namespace VerifyMessageResult {
                interface Fields {
                    nonce?: (string|null);
                }
            }
            class RecoverOrphanedTransactionCommand {
                constructor(properties?: v2.RecoverOrphanedTransactionCommand.Fields);
                message?: (v2.Message.Fields|null);
                transactionId: string;
                static encode(message: v2.RecoverOrphanedTransactionCommand.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.RecoverOrphanedTransactionCommand;
            }
            namespace RecoverOrphanedTransactionCommand {
                interface Fields {
                    message?: (v2.Message.Fields|null);
                    transactionId?: (string|null);
                }
            }
            class NotifyUnsubscribeLiteCommand {
                constructor(properties?: v2.NotifyUnsubscribeLiteCommand.Fields);
                liteTopic: string;
                static encode(message: v2.NotifyUnsubscribeLiteCommand.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.NotifyUnsubscribeLiteCommand;
            }
            namespace NotifyUnsubscribeLiteCommand {
                interface Fields {
                    liteTopic?: (string|null);
                }
            }
            class TelemetryCommand {
                constructor(properties?: v2.TelemetryCommand.Fields);
                status?: (v2.Status.Fields|null);
                settings?: (v2.Settings.Fields|null);
                threadStackTrace?: (v2.ThreadStackTrace.Fields|null);
                verifyMessageResult?: (v2.VerifyMessageResult.Fields|null);
                recoverOrphanedTransactionCommand?: (v2.RecoverOrphanedTransactionCommand.Fields|null);
                printThreadStackTraceCommand?: (v2.PrintThreadStackTraceCommand.Fields|null);
                verifyMessageCommand?: (v2.VerifyMessageCommand.Fields|null);
                reconnectEndpointsCommand?: (v2.ReconnectEndpointsCommand.Fields|null);
                notifyUnsubscribeLiteCommand?: (v2.NotifyUnsubscribeLiteCommand.Fields|null);
                command?: ("settings"|"threadStackTrace"|"verifyMessageResult"|"recoverOrphanedTransactionCommand"|"printThreadStackTraceCommand"|"verifyMessageCommand"|"reconnectEndpointsCommand"|"notifyUnsubscribeLiteCommand");
                static encode(message: v2.TelemetryCommand.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.TelemetryCommand;
            }
            namespace TelemetryCommand {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    settings?: (v2.Settings.Fields|null);
                    threadStackTrace?: (v2.ThreadStackTrace.Fields|null);
                    verifyMessageResult?: (v2.VerifyMessageResult.Fields|null);
                    recoverOrphanedTransactionCommand?: (v2.RecoverOrphanedTransactionCommand.Fields|null);
                    printThreadStackTraceCommand?: (v2.PrintThreadStackTraceCommand.Fields|null);
                    verifyMessageCommand?: (v2.VerifyMessageCommand.Fields|null);
                    reconnectEndpointsCommand?: (v2.ReconnectEndpointsCommand.Fields|null);
                    notifyUnsubscribeLiteCommand?: (v2.NotifyUnsubscribeLiteCommand.Fields|null);
                    command?: ("settings"|"threadStackTrace"|"verifyMessageResult"|"recoverOrphanedTransactionCommand"|"printThreadStackTraceCommand"|"verifyMessageCommand"|"reconnectEndpointsCommand"|"notifyUnsubscribeLiteCommand");
                }
            }
            class NotifyClientTerminationRequest {
                constructor(properties?: v2.NotifyClientTerminationRequest.Fields);
                group?: (v2.Resource.Fields|null);
                static encode(message: v2.NotifyClientTerminationRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.NotifyClientTerminationRequest;
            }
            namespace NotifyClientTerminationRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                }
            }
            class NotifyClientTerminationResponse {
                constructor(properties?: v2.NotifyClientTerminationResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.NotifyClientTerminationResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.NotifyClientTerminationResponse;
            }
            namespace NotifyClientTerminationResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            class ChangeInvisibleDurationRequest {
                constructor(properties?: v2.ChangeInvisibleDurationRequest.Fields);
                group?: (v2.Resource.Fields|null);
                topic?: (v2.Resource.Fields|null);
                receiptHandle: string;
                invisibleDuration?: (google.protobuf.Duration.Fields|null);
                messageId: string;
                liteTopic?: (string|null);
                suspend?: (boolean|null);
                static encode(message: v2.ChangeInvisibleDurationRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ChangeInvisibleDurationRequest;
            }
            namespace ChangeInvisibleDurationRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    topic?: (v2.Resource.Fields|null);
                    receiptHandle?: (string|null);
                    invisibleDuration?: (google.protobuf.Duration.Fields|null);
                    messageId?: (string|null);
                    liteTopic?: (string|null);
                    suspend?: (boolean|null);
                }
            }
            class ChangeInvisibleDurationResponse {
                constructor(properties?: v2.ChangeInvisibleDurationResponse.Fields);
                status?: (v2.Status.Fields|null);
                receiptHandle: string;
                static encode(message: v2.ChangeInvisibleDurationResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ChangeInvisibleDurationResponse;
            }
            namespace ChangeInvisibleDurationResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    receiptHandle?: (string|null);
                }
            }
            class PullMessageRequest {
                constructor(properties?: v2.PullMessageRequest.Fields);
                group?: (v2.Resource.Fields|null);
                messageQueue?: (v2.MessageQueue.Fields|null);
                offset: number;
                batchSize: number;
                filterExpression?: (v2.FilterExpression.Fields|null);
                longPollingTimeout?: (google.protobuf.Duration.Fields|null);
                static encode(message: v2.PullMessageRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.PullMessageRequest;
            }
            namespace PullMessageRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    messageQueue?: (v2.MessageQueue.Fields|null);
                    offset?: (number|null);
                    batchSize?: (number|null);
                    filterExpression?: (v2.FilterExpression.Fields|null);
                    longPollingTimeout?: (google.protobuf.Duration.Fields|null);
                }
            }
            class PullMessageResponse {
                constructor(properties?: v2.PullMessageResponse.Fields);
                status?: (v2.Status.Fields|null);
                message?: (v2.Message.Fields|null);
                nextOffset?: (number|null);
                content?: ("status"|"message"|"nextOffset");
                static encode(message: v2.PullMessageResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.PullMessageResponse;
            }
            namespace PullMessageResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    message?: (v2.Message.Fields|null);
                    nextOffset?: (number|null);
                    content?: ("status"|"message"|"nextOffset");
                }
            }
            class UpdateOffsetRequest {
                constructor(properties?: v2.UpdateOffsetRequest.Fields);
                group?: (v2.Resource.Fields|null);
                messageQueue?: (v2.MessageQueue.Fields|null);
                offset: number;
                static encode(message: v2.UpdateOffsetRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.UpdateOffsetRequest;
            }
            namespace UpdateOffsetRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    messageQueue?: (v2.MessageQueue.Fields|null);
                    offset?: (number|null);
                }
            }
            class UpdateOffsetResponse {
                constructor(properties?: v2.UpdateOffsetResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.UpdateOffsetResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.UpdateOffsetResponse;
            }
            namespace UpdateOffsetResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            class GetOffsetRequest {
                constructor(properties?: v2.GetOffsetRequest.Fields);
                group?: (v2.Resource.Fields|null);
                messageQueue?: (v2.MessageQueue.Fields|null);
                static encode(message: v2.GetOffsetRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.GetOffsetRequest;
            }
            namespace GetOffsetRequest {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    messageQueue?: (v2.MessageQueue.Fields|null);
                }
            }
            class GetOffsetResponse {
                constructor(properties?: v2.GetOffsetResponse.Fields);
                status?: (v2.Status.Fields|null);
                offset: number;
                static encode(message: v2.GetOffsetResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.GetOffsetResponse;
            }
            namespace GetOffsetResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    offset?: (number|null);
                }
            }
            class QueryOffsetRequest {
                constructor(properties?: v2.QueryOffsetRequest.Fields);
                messageQueue?: (v2.MessageQueue.Fields|null);
                queryOffsetPolicy: v2.QueryOffsetPolicy;
                timestamp?: (google.protobuf.Timestamp.Fields|null);
                static encode(message: v2.QueryOffsetRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryOffsetRequest;
            }
            namespace QueryOffsetRequest {
                interface Fields {
                    messageQueue?: (v2.MessageQueue.Fields|null);
                    queryOffsetPolicy?: (v2.QueryOffsetPolicy|null);
                    timestamp?: (google.protobuf.Timestamp.Fields|null);
                }
            }
            class QueryOffsetResponse {
                constructor(properties?: v2.QueryOffsetResponse.Fields);
                status?: (v2.Status.Fields|null);
                offset: number;
                static encode(message: v2.QueryOffsetResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryOffsetResponse;
            }
            namespace QueryOffsetResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    offset?: (number|null);
                }
            }
            class RecallMessageRequest {
                constructor(properties?: v2.RecallMessageRequest.Fields);
                topic?: (v2.Resource.Fields|null);
                recallHandle: string;
                static encode(message: v2.RecallMessageRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.RecallMessageRequest;
            }
            namespace RecallMessageRequest {
                interface Fields {
                    topic?: (v2.Resource.Fields|null);
                    recallHandle?: (string|null);
                }
            }
            class RecallMessageResponse {
                constructor(properties?: v2.RecallMessageResponse.Fields);
                status?: (v2.Status.Fields|null);
                messageId: string;
                static encode(message: v2.RecallMessageResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.RecallMessageResponse;
            }
            namespace RecallMessageResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    messageId?: (string|null);
                }
            }
            class SyncLiteSubscriptionRequest {
                constructor(properties?: v2.SyncLiteSubscriptionRequest.Fields);
                action: v2.LiteSubscriptionAction;
                topic?: (v2.Resource.Fields|null);
                group?: (v2.Resource.Fields|null);
                liteTopicSet: string[];
                version?: (number|null);
                offsetOption?: (v2.OffsetOption.Fields|null);
                static encode(message: v2.SyncLiteSubscriptionRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.SyncLiteSubscriptionRequest;
            }
            namespace SyncLiteSubscriptionRequest {
                interface Fields {
                    action?: (v2.LiteSubscriptionAction|null);
                    topic?: (v2.Resource.Fields|null);
                    group?: (v2.Resource.Fields|null);
                    liteTopicSet?: (string[]|null);
                    version?: (number|null);
                    offsetOption?: (v2.OffsetOption.Fields|null);
                }
            }
            class SyncLiteSubscriptionResponse {
                constructor(properties?: v2.SyncLiteSubscriptionResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.SyncLiteSubscriptionResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.SyncLiteSubscriptionResponse;
            }
            namespace SyncLiteSubscriptionResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            enum TransactionResolution {
                TRANSACTION_RESOLUTION_UNSPECIFIED = 0,
                COMMIT = 1,
                ROLLBACK = 2
            }
            enum TransactionSource {
                SOURCE_UNSPECIFIED = 0,
                SOURCE_CLIENT = 1,
                SOURCE_SERVER_CHECK = 2
            }
            enum Permission {
                PERMISSION_UNSPECIFIED = 0,
                NONE = 1,
                READ = 2,
                WRITE = 3,
                READ_WRITE = 4
            }
            enum FilterType {
                FILTER_TYPE_UNSPECIFIED = 0,
                TAG = 1,
                SQL = 2
            }
            enum AddressScheme {
                ADDRESS_SCHEME_UNSPECIFIED = 0,
                IPv4 = 1,
                IPv6 = 2,
                DOMAIN_NAME = 3
            }
            enum MessageType {
                MESSAGE_TYPE_UNSPECIFIED = 0,
                NORMAL = 1,
                FIFO = 2,
                DELAY = 3,
                TRANSACTION = 4,
                LITE = 5,
                PRIORITY = 6
            }
            enum DigestType {
                DIGEST_TYPE_UNSPECIFIED = 0,
                CRC32 = 1,
                MD5 = 2,
                SHA1 = 3
            }
            enum ClientType {
                CLIENT_TYPE_UNSPECIFIED = 0,
                PRODUCER = 1,
                PUSH_CONSUMER = 2,
                SIMPLE_CONSUMER = 3,
                PULL_CONSUMER = 4,
                LITE_PUSH_CONSUMER = 5,
                LITE_SIMPLE_CONSUMER = 6
            }
            enum Encoding {
                ENCODING_UNSPECIFIED = 0,
                IDENTITY = 1,
                GZIP = 2
            }
            enum Code {
                CODE_UNSPECIFIED = 0,
                OK = 20000,
                MULTIPLE_RESULTS = 30000,
                BAD_REQUEST = 40000,
                ILLEGAL_ACCESS_POINT = 40001,
                ILLEGAL_TOPIC = 40002,
                ILLEGAL_CONSUMER_GROUP = 40003,
                ILLEGAL_MESSAGE_TAG = 40004,
                ILLEGAL_MESSAGE_KEY = 40005,
                ILLEGAL_MESSAGE_GROUP = 40006,
                ILLEGAL_MESSAGE_PROPERTY_KEY = 40007,
                INVALID_TRANSACTION_ID = 40008,
                ILLEGAL_MESSAGE_ID = 40009,
                ILLEGAL_FILTER_EXPRESSION = 40010,
                ILLEGAL_INVISIBLE_TIME = 40011,
                ILLEGAL_DELIVERY_TIME = 40012,
                INVALID_RECEIPT_HANDLE = 40013,
                MESSAGE_PROPERTY_CONFLICT_WITH_TYPE = 40014,
                UNRECOGNIZED_CLIENT_TYPE = 40015,
                MESSAGE_CORRUPTED = 40016,
                CLIENT_ID_REQUIRED = 40017,
                ILLEGAL_POLLING_TIME = 40018,
                ILLEGAL_OFFSET = 40019,
                ILLEGAL_LITE_TOPIC = 40020,
                INVALID_CLIENT_PROPERTIES = 40021,
                UNAUTHORIZED = 40100,
                PAYMENT_REQUIRED = 40200,
                FORBIDDEN = 40300,
                NOT_FOUND = 40400,
                MESSAGE_NOT_FOUND = 40401,
                TOPIC_NOT_FOUND = 40402,
                CONSUMER_GROUP_NOT_FOUND = 40403,
                OFFSET_NOT_FOUND = 40404,
                REQUEST_TIMEOUT = 40800,
                PAYLOAD_TOO_LARGE = 41300,
                MESSAGE_BODY_TOO_LARGE = 41301,
                MESSAGE_BODY_EMPTY = 41302,
                PRECONDITION_FAILED = 42800,
                TOO_MANY_REQUESTS = 42900,
                LITE_TOPIC_QUOTA_EXCEEDED = 42901,
                LITE_SUBSCRIPTION_QUOTA_EXCEEDED = 42902,
                REQUEST_HEADER_FIELDS_TOO_LARGE = 43100,
                MESSAGE_PROPERTIES_TOO_LARGE = 43101,
                INTERNAL_ERROR = 50000,
                INTERNAL_SERVER_ERROR = 50001,
                HA_NOT_AVAILABLE = 50002,
                NOT_IMPLEMENTED = 50100,
                PROXY_TIMEOUT = 50400,
                MASTER_PERSISTENCE_TIMEOUT = 50401,
                SLAVE_PERSISTENCE_TIMEOUT = 50402,
                UNSUPPORTED = 50500,
                VERSION_UNSUPPORTED = 50501,
                VERIFY_FIFO_MESSAGE_UNSUPPORTED = 50502,
                FAILED_TO_CONSUME_MESSAGE = 60000
            }
            enum Language {
                LANGUAGE_UNSPECIFIED = 0,
                JAVA = 1,
                CPP = 2,
                DOT_NET = 3,
                GOLANG = 4,
                RUST = 5,
                PYTHON = 6,
                PHP = 7,
                NODE_JS = 8,
                RUBY = 9,
                OBJECTIVE_C = 10,
                DART = 11,
                KOTLIN = 12
            }
            enum LiteSubscriptionAction {
                PARTIAL_ADD = 0,
                PARTIAL_REMOVE = 1,
                COMPLETE_ADD = 2,
                COMPLETE_REMOVE = 3
            }
            enum QueryOffsetPolicy {
                BEGINNING = 0,
                END = 1,
                TIMESTAMP = 2
            }
            class FilterExpression {
                constructor(properties?: v2.FilterExpression.Fields);
                type: v2.FilterType;
                expression: string;
                static encode(message: v2.FilterExpression.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.FilterExpression;
            }
            namespace FilterExpression {
                interface Fields {
                    type?: (v2.FilterType|null);
                    expression?: (string|null);
                }
            }
            class RetryPolicy {
                constructor(properties?: v2.RetryPolicy.Fields);
                maxAttempts: number;
                exponentialBackoff?: (v2.ExponentialBackoff.Fields|null);
                customizedBackoff?: (v2.CustomizedBackoff.Fields|null);
                strategy?: ("exponentialBackoff"|"customizedBackoff");
                static encode(message: v2.RetryPolicy.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.RetryPolicy;
            }
            namespace RetryPolicy {
                interface Fields {
                    maxAttempts?: (number|null);
                    exponentialBackoff?: (v2.ExponentialBackoff.Fields|null);
                    customizedBackoff?: (v2.CustomizedBackoff.Fields|null);
                    strategy?: ("exponentialBackoff"|"customizedBackoff");
                }
            }
            class ExponentialBackoff {
                constructor(properties?: v2.ExponentialBackoff.Fields);
                initial?: (google.protobuf.Duration.Fields|null);
                max?: (google.protobuf.Duration.Fields|null);
                multiplier: number;
                static encode(message: v2.ExponentialBackoff.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ExponentialBackoff;
            }
            namespace ExponentialBackoff {
                interface Fields {
                    initial?: (google.protobuf.Duration.Fields|null);
                    max?: (google.protobuf.Duration.Fields|null);
                    multiplier?: (number|null);
                }
            }
            class CustomizedBackoff {
                constructor(properties?: v2.CustomizedBackoff.Fields);
                next: google.protobuf.Duration.Fields[];
                static encode(message: v2.CustomizedBackoff.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.CustomizedBackoff;
            }
            namespace CustomizedBackoff {
                interface Fields {
                    next?: (google.protobuf.Duration.Fields[]|null);
                }
            }
            class Resource {
                constructor(properties?: v2.Resource.Fields);
                resourceNamespace: string;
                name: string;
                static encode(message: v2.Resource.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Resource;
            }
            namespace Resource {
                interface Fields {
                    resourceNamespace?: (string|null);
                    name?: (string|null);
                }
            }
            class SubscriptionEntry {
                constructor(properties?: v2.SubscriptionEntry.Fields);
                topic?: (v2.Resource.Fields|null);
                expression?: (v2.FilterExpression.Fields|null);
                static encode(message: v2.SubscriptionEntry.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.SubscriptionEntry;
            }
            namespace SubscriptionEntry {
                interface Fields {
                    topic?: (v2.Resource.Fields|null);
                    expression?: (v2.FilterExpression.Fields|null);
                }
            }
            class Address {
                constructor(properties?: v2.Address.Fields);
                host: string;
                port: number;
                static encode(message: v2.Address.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Address;
            }
            namespace Address {
                interface Fields {
                    host?: (string|null);
                    port?: (number|null);
                }
            }
            class Endpoints {
                constructor(properties?: v2.Endpoints.Fields);
                scheme: v2.AddressScheme;
                addresses: v2.Address.Fields[];
                static encode(message: v2.Endpoints.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Endpoints;
            }
            namespace Endpoints {
                interface Fields {
                    scheme?: (v2.AddressScheme|null);
                    addresses?: (v2.Address.Fields[]|null);
                }
            }
            class Broker {
                constructor(properties?: v2.Broker.Fields);
                name: string;
                id: number;
                endpoints?: (v2.Endpoints.Fields|null);
                static encode(message: v2.Broker.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Broker;
            }
            namespace Broker {
                interface Fields {
                    name?: (string|null);
                    id?: (number|null);
                    endpoints?: (v2.Endpoints.Fields|null);
                }
            }
            class MessageQueue {
                constructor(properties?: v2.MessageQueue.Fields);
                topic?: (v2.Resource.Fields|null);
                id: number;
                permission: v2.Permission;
                broker?: (v2.Broker.Fields|null);
                acceptMessageTypes: v2.MessageType[];
                static encode(message: v2.MessageQueue.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.MessageQueue;
            }
            namespace MessageQueue {
                interface Fields {
                    topic?: (v2.Resource.Fields|null);
                    id?: (number|null);
                    permission?: (v2.Permission|null);
                    broker?: (v2.Broker.Fields|null);
                    acceptMessageTypes?: (v2.MessageType[]|null);
                }
            }
            class Digest {
                constructor(properties?: v2.Digest.Fields);
                type: v2.DigestType;
                checksum: string;
                static encode(message: v2.Digest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Digest;
            }
            namespace Digest {
                interface Fields {
                    type?: (v2.DigestType|null);
                    checksum?: (string|null);
                }
            }
            class SystemProperties {
                constructor(properties?: v2.SystemProperties.Fields);
                tag?: (string|null);
                keys: string[];
                messageId: string;
                bodyDigest?: (v2.Digest.Fields|null);
                bodyEncoding: v2.Encoding;
                messageType: v2.MessageType;
                bornTimestamp?: (google.protobuf.Timestamp.Fields|null);
                bornHost: string;
                storeTimestamp?: (google.protobuf.Timestamp.Fields|null);
                storeHost: string;
                deliveryTimestamp?: (google.protobuf.Timestamp.Fields|null);
                receiptHandle?: (string|null);
                queueId: number;
                queueOffset?: (number|null);
                invisibleDuration?: (google.protobuf.Duration.Fields|null);
                deliveryAttempt?: (number|null);
                messageGroup?: (string|null);
                traceContext?: (string|null);
                orphanedTransactionRecoveryDuration?: (google.protobuf.Duration.Fields|null);
                deadLetterQueue?: (v2.DeadLetterQueue.Fields|null);
                liteTopic?: (string|null);
                priority?: (number|null);
                static encode(message: v2.SystemProperties.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.SystemProperties;
            }
            namespace SystemProperties {
                interface Fields {
                    tag?: (string|null);
                    keys?: (string[]|null);
                    messageId?: (string|null);
                    bodyDigest?: (v2.Digest.Fields|null);
                    bodyEncoding?: (v2.Encoding|null);
                    messageType?: (v2.MessageType|null);
                    bornTimestamp?: (google.protobuf.Timestamp.Fields|null);
                    bornHost?: (string|null);
                    storeTimestamp?: (google.protobuf.Timestamp.Fields|null);
                    storeHost?: (string|null);
                    deliveryTimestamp?: (google.protobuf.Timestamp.Fields|null);
                    receiptHandle?: (string|null);
                    queueId?: (number|null);
                    queueOffset?: (number|null);
                    invisibleDuration?: (google.protobuf.Duration.Fields|null);
                    deliveryAttempt?: (number|null);
                    messageGroup?: (string|null);
                    traceContext?: (string|null);
                    orphanedTransactionRecoveryDuration?: (google.protobuf.Duration.Fields|null);
                    deadLetterQueue?: (v2.DeadLetterQueue.Fields|null);
                    liteTopic?: (string|null);
                    priority?: (number|null);
                }
            }
            class DeadLetterQueue {
                constructor(properties?: v2.DeadLetterQueue.Fields);
                topic: string;
                messageId: string;
                static encode(message: v2.DeadLetterQueue.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DeadLetterQueue;
            }
            namespace DeadLetterQueue {
                interface Fields {
                    topic?: (string|null);
                    messageId?: (string|null);
                }
            }
            class Message {
                constructor(properties?: v2.Message.Fields);
                topic?: (v2.Resource.Fields|null);
                userProperties: { [k: string]: string };
                systemProperties?: (v2.SystemProperties.Fields|null);
                body: Uint8Array;
                static encode(message: v2.Message.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Message;
            }
            namespace Message {
                interface Fields {
                    topic?: (v2.Resource.Fields|null);
                    userProperties?: ({ [k: string]: string }|null);
                    systemProperties?: (v2.SystemProperties.Fields|null);
                    body?: (Uint8Array|null);
                }
            }
            class Assignment {
                constructor(properties?: v2.Assignment.Fields);
                messageQueue?: (v2.MessageQueue.Fields|null);
                static encode(message: v2.Assignment.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Assignment;
            }
            namespace Assignment {
                interface Fields {
                    messageQueue?: (v2.MessageQueue.Fields|null);
                }
            }
            class Status {
                constructor(properties?: v2.Status.Fields);
                code: v2.Code;
                message: string;
                static encode(message: v2.Status.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Status;
            }
            namespace Status {
                interface Fields {
                    code?: (v2.Code|null);
                    message?: (string|null);
                }
            }
            class UA {
                constructor(properties?: v2.UA.Fields);
                language: v2.Language;
                version: string;
                platform: string;
                hostname: string;
                static encode(message: v2.UA.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.UA;
            }
            namespace UA {
                interface Fields {
                    language?: (v2.Language|null);
                    version?: (string|null);
                    platform?: (string|null);
                    hostname?: (string|null);
                }
            }
            class Settings {
                constructor(properties?: v2.Settings.Fields);
                clientType?: (v2.ClientType|null);
                accessPoint?: (v2.Endpoints.Fields|null);
                backoffPolicy?: (v2.RetryPolicy.Fields|null);
                requestTimeout?: (google.protobuf.Duration.Fields|null);
                publishing?: (v2.Publishing.Fields|null);
                subscription?: (v2.Subscription.Fields|null);
                userAgent?: (v2.UA.Fields|null);
                metric?: (v2.Metric.Fields|null);
                clientProperties: { [k: string]: string };
                pubSub?: ("publishing"|"subscription");
                static encode(message: v2.Settings.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Settings;
            }
            namespace Settings {
                interface Fields {
                    clientType?: (v2.ClientType|null);
                    accessPoint?: (v2.Endpoints.Fields|null);
                    backoffPolicy?: (v2.RetryPolicy.Fields|null);
                    requestTimeout?: (google.protobuf.Duration.Fields|null);
                    publishing?: (v2.Publishing.Fields|null);
                    subscription?: (v2.Subscription.Fields|null);
                    userAgent?: (v2.UA.Fields|null);
                    metric?: (v2.Metric.Fields|null);
                    clientProperties?: ({ [k: string]: string }|null);
                    pubSub?: ("publishing"|"subscription");
                }
            }
            class Publishing {
                constructor(properties?: v2.Publishing.Fields);
                topics: v2.Resource.Fields[];
                maxBodySize: number;
                validateMessageType: boolean;
                static encode(message: v2.Publishing.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Publishing;
            }
            namespace Publishing {
                interface Fields {
                    topics?: (v2.Resource.Fields[]|null);
                    maxBodySize?: (number|null);
                    validateMessageType?: (boolean|null);
                }
            }
            class Subscription {
                constructor(properties?: v2.Subscription.Fields);
                group?: (v2.Resource.Fields|null);
                subscriptions: v2.SubscriptionEntry.Fields[];
                fifo?: (boolean|null);
                receiveBatchSize?: (number|null);
                longPollingTimeout?: (google.protobuf.Duration.Fields|null);
                liteSubscriptionQuota?: (number|null);
                maxLiteTopicSize?: (number|null);
                static encode(message: v2.Subscription.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Subscription;
            }
            namespace Subscription {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    subscriptions?: (v2.SubscriptionEntry.Fields[]|null);
                    fifo?: (boolean|null);
                    receiveBatchSize?: (number|null);
                    longPollingTimeout?: (google.protobuf.Duration.Fields|null);
                    liteSubscriptionQuota?: (number|null);
                    maxLiteTopicSize?: (number|null);
                }
            }
            class Metric {
                constructor(properties?: v2.Metric.Fields);
                on: boolean;
                endpoints?: (v2.Endpoints.Fields|null);
                static encode(message: v2.Metric.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.Metric;
            }
            namespace Metric {
                interface Fields {
                    on?: (boolean|null);
                    endpoints?: (v2.Endpoints.Fields|null);
                }
            }
            class OffsetOption {
                constructor(properties?: v2.OffsetOption.Fields);
                policy?: (v2.OffsetOption.Policy|null);
                offset?: (number|null);
                tailN?: (number|null);
                timestamp?: (number|null);
                offsetType?: ("policy"|"offset"|"tailN"|"timestamp");
                static encode(message: v2.OffsetOption.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.OffsetOption;
            }
            namespace OffsetOption {
                interface Fields {
                    policy?: (v2.OffsetOption.Policy|null);
                    offset?: (number|null);
                    tailN?: (number|null);
                    timestamp?: (number|null);
                    offsetType?: ("policy"|"offset"|"tailN"|"timestamp");
                }
                enum Policy {
                    LAST = 0,
                    MIN = 1,
                    MAX = 2
                }
            }
            enum MessageModel {
                MESSAGE_MODEL_UNSPECIFIED = 0,
                CLUSTERING = 1,
                BROADCASTING = 2,
                LITE_SELECTIVE = 3
            }
            class ChangeLogLevelRequest {
                constructor(properties?: v2.ChangeLogLevelRequest.Fields);
                level: v2.ChangeLogLevelRequest.Level;
                static encode(message: v2.ChangeLogLevelRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ChangeLogLevelRequest;
            }
            namespace ChangeLogLevelRequest {
                interface Fields {
                    level?: (v2.ChangeLogLevelRequest.Level|null);
                }
                enum Level {
                    TRACE = 0,
                    DEBUG = 1,
                    INFO = 2,
                    WARN = 3,
                    ERROR = 4
                }
            }
            class ChangeLogLevelResponse {
                constructor(properties?: v2.ChangeLogLevelResponse.Fields);
                remark: string;
                static encode(message: v2.ChangeLogLevelResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ChangeLogLevelResponse;
            }
            namespace ChangeLogLevelResponse {
                interface Fields {
                    remark?: (string|null);
                }
            }
            class DescribeTopicStatusRequest {
                constructor(properties?: v2.DescribeTopicStatusRequest.Fields);
                deploymentName?: (string|null);
                topic?: (v2.Resource.Fields|null);
                static encode(message: v2.DescribeTopicStatusRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DescribeTopicStatusRequest;
            }
            namespace DescribeTopicStatusRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    topic?: (v2.Resource.Fields|null);
                }
            }
            class DescribeTopicStatusResponse {
                constructor(properties?: v2.DescribeTopicStatusResponse.Fields);
                status?: (v2.Status.Fields|null);
                topicMessageType: v2.MessageType;
                description?: (string|null);
                createTimestamp?: (google.protobuf.Timestamp.Fields|null);
                tags: { [k: string]: string };
                static encode(message: v2.DescribeTopicStatusResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DescribeTopicStatusResponse;
            }
            namespace DescribeTopicStatusResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    topicMessageType?: (v2.MessageType|null);
                    description?: (string|null);
                    createTimestamp?: (google.protobuf.Timestamp.Fields|null);
                    tags?: ({ [k: string]: string }|null);
                }
            }
            class ListSubscriptionRequest {
                constructor(properties?: v2.ListSubscriptionRequest.Fields);
                deploymentName?: (string|null);
                topic?: (v2.Resource.Fields|null);
                group?: (v2.Resource.Fields|null);
                static encode(message: v2.ListSubscriptionRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ListSubscriptionRequest;
            }
            namespace ListSubscriptionRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    topic?: (v2.Resource.Fields|null);
                    group?: (v2.Resource.Fields|null);
                }
            }
            class SubscriptionInfo {
                constructor(properties?: v2.SubscriptionInfo.Fields);
                group?: (v2.Resource.Fields|null);
                topic?: (v2.Resource.Fields|null);
                expression?: (v2.FilterExpression.Fields|null);
                online: boolean;
                lastUpdateTimestamp?: (google.protobuf.Timestamp.Fields|null);
                messageModel: v2.MessageModel;
                subscriptionConsistency: boolean;
                static encode(message: v2.SubscriptionInfo.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.SubscriptionInfo;
            }
            namespace SubscriptionInfo {
                interface Fields {
                    group?: (v2.Resource.Fields|null);
                    topic?: (v2.Resource.Fields|null);
                    expression?: (v2.FilterExpression.Fields|null);
                    online?: (boolean|null);
                    lastUpdateTimestamp?: (google.protobuf.Timestamp.Fields|null);
                    messageModel?: (v2.MessageModel|null);
                    subscriptionConsistency?: (boolean|null);
                }
            }
            class ListSubscriptionResponse {
                constructor(properties?: v2.ListSubscriptionResponse.Fields);
                status?: (v2.Status.Fields|null);
                subscriptionInfo: v2.SubscriptionInfo.Fields[];
                static encode(message: v2.ListSubscriptionResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ListSubscriptionResponse;
            }
            namespace ListSubscriptionResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    subscriptionInfo?: (v2.SubscriptionInfo.Fields[]|null);
                }
            }
            class DescribeSubscriptionRequest {
                constructor(properties?: v2.DescribeSubscriptionRequest.Fields);
                deploymentName?: (string|null);
                topic?: (v2.Resource.Fields|null);
                group?: (v2.Resource.Fields|null);
                static encode(message: v2.DescribeSubscriptionRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DescribeSubscriptionRequest;
            }
            namespace DescribeSubscriptionRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    topic?: (v2.Resource.Fields|null);
                    group?: (v2.Resource.Fields|null);
                }
            }
            class DescribeSubscriptionResponse {
                constructor(properties?: v2.DescribeSubscriptionResponse.Fields);
                status?: (v2.Status.Fields|null);
                clientSubscriptionInfo: v2.DescribeSubscriptionResponse.ClientSubscriptionInfo.Fields[];
                static encode(message: v2.DescribeSubscriptionResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DescribeSubscriptionResponse;
            }
            namespace DescribeSubscriptionResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    clientSubscriptionInfo?: (v2.DescribeSubscriptionResponse.ClientSubscriptionInfo.Fields[]|null);
                }
                class ClientSubscriptionInfo {
                    constructor(properties?: v2.DescribeSubscriptionResponse.ClientSubscriptionInfo.Fields);
                    clientInfo?: (v2.ClientInfo.Fields|null);
                    subscriptionInfo?: (v2.SubscriptionInfo.Fields|null);
                    static encode(message: v2.DescribeSubscriptionResponse.ClientSubscriptionInfo.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DescribeSubscriptionResponse.ClientSubscriptionInfo;
                }
                namespace ClientSubscriptionInfo {
                    interface Fields {
                        clientInfo?: (v2.ClientInfo.Fields|null);
                        subscriptionInfo?: (v2.SubscriptionInfo.Fields|null);
                    }
                }
            }
            class DeleteSubscriptionRequest {
                constructor(properties?: v2.DeleteSubscriptionRequest.Fields);
                deploymentName?: (string|null);
                topic?: (v2.Resource.Fields|null);
                group?: (v2.Resource.Fields|null);
                expression?: (v2.FilterExpression.Fields|null);
                static encode(message: v2.DeleteSubscriptionRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DeleteSubscriptionRequest;
            }
            namespace DeleteSubscriptionRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    topic?: (v2.Resource.Fields|null);
                    group?: (v2.Resource.Fields|null);
                    expression?: (v2.FilterExpression.Fields|null);
                }
            }
            class DeleteSubscriptionResponse {
                constructor(properties?: v2.DeleteSubscriptionResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.DeleteSubscriptionResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DeleteSubscriptionResponse;
            }
            namespace DeleteSubscriptionResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            class ClientInfo {
                constructor(properties?: v2.ClientInfo.Fields);
                clientId: string;
                version: string;
                language: string;
                hostname: string;
                egressIp: string;
                messageModel: v2.MessageModel;
                static encode(message: v2.ClientInfo.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ClientInfo;
            }
            namespace ClientInfo {
                interface Fields {
                    clientId?: (string|null);
                    version?: (string|null);
                    language?: (string|null);
                    hostname?: (string|null);
                    egressIp?: (string|null);
                    messageModel?: (v2.MessageModel|null);
                }
            }
            class MessageQueueItem {
                constructor(properties?: v2.MessageQueueItem.Fields);
                messageQueue?: (v2.MessageQueue.Fields|null);
                processQueueInfo?: (v2.ProcessQueueInfo.Fields|null);
                static encode(message: v2.MessageQueueItem.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.MessageQueueItem;
            }
            namespace MessageQueueItem {
                interface Fields {
                    messageQueue?: (v2.MessageQueue.Fields|null);
                    processQueueInfo?: (v2.ProcessQueueInfo.Fields|null);
                }
            }
            class ProcessQueueInfo {
                constructor(properties?: v2.ProcessQueueInfo.Fields);
                commitOffset: number;
                cachedMsgMinOffset: number;
                cachedMsgMaxOffset: number;
                cachedMsgCount: number;
                cachedMsgSizeInMib: number;
                transactionMsgMinOffset: number;
                transactionMsgMaxOffset: number;
                transactionMsgCount: number;
                locked: boolean;
                tryUnlockTimes: number;
                lastLockTimestamp: number;
                dropped: boolean;
                lastPullTimestamp: number;
                lastConsumeTimestamp: number;
                static encode(message: v2.ProcessQueueInfo.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ProcessQueueInfo;
            }
            namespace ProcessQueueInfo {
                interface Fields {
                    commitOffset?: (number|null);
                    cachedMsgMinOffset?: (number|null);
                    cachedMsgMaxOffset?: (number|null);
                    cachedMsgCount?: (number|null);
                    cachedMsgSizeInMib?: (number|null);
                    transactionMsgMinOffset?: (number|null);
                    transactionMsgMaxOffset?: (number|null);
                    transactionMsgCount?: (number|null);
                    locked?: (boolean|null);
                    tryUnlockTimes?: (number|null);
                    lastLockTimestamp?: (number|null);
                    dropped?: (boolean|null);
                    lastPullTimestamp?: (number|null);
                    lastConsumeTimestamp?: (number|null);
                }
            }
            class ConsumeStatus {
                constructor(properties?: v2.ConsumeStatus.Fields);
                receiveRt: number;
                receiveTps: number;
                consumeRt: number;
                consumeOkTps: number;
                consumeFailedTps: number;
                consumeFailedMsgs: number;
                static encode(message: v2.ConsumeStatus.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ConsumeStatus;
            }
            namespace ConsumeStatus {
                interface Fields {
                    receiveRt?: (number|null);
                    receiveTps?: (number|null);
                    consumeRt?: (number|null);
                    consumeOkTps?: (number|null);
                    consumeFailedTps?: (number|null);
                    consumeFailedMsgs?: (number|null);
                }
            }
            class ConsumerRunningInfo {
                constructor(properties?: v2.ConsumerRunningInfo.Fields);
                properties: { [k: string]: string };
                subscriptions: { [k: string]: v2.FilterExpression.Fields };
                messageQueueTable: v2.MessageQueueItem.Fields[];
                consumeStatusTable: { [k: string]: v2.ConsumeStatus.Fields };
                static encode(message: v2.ConsumerRunningInfo.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ConsumerRunningInfo;
            }
            namespace ConsumerRunningInfo {
                interface Fields {
                    properties?: ({ [k: string]: string }|null);
                    subscriptions?: ({ [k: string]: v2.FilterExpression.Fields }|null);
                    messageQueueTable?: (v2.MessageQueueItem.Fields[]|null);
                    consumeStatusTable?: ({ [k: string]: v2.ConsumeStatus.Fields }|null);
                }
            }
            class DescribeGroupAccumulationRequest {
                constructor(properties?: v2.DescribeGroupAccumulationRequest.Fields);
                deploymentName?: (string|null);
                group?: (v2.Resource.Fields|null);
                topics: v2.Resource.Fields[];
                liteTopic?: (string|null);
                static encode(message: v2.DescribeGroupAccumulationRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DescribeGroupAccumulationRequest;
            }
            namespace DescribeGroupAccumulationRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    group?: (v2.Resource.Fields|null);
                    topics?: (v2.Resource.Fields[]|null);
                    liteTopic?: (string|null);
                }
            }
            class DescribeGroupAccumulationResponse {
                constructor(properties?: v2.DescribeGroupAccumulationResponse.Fields);
                status?: (v2.Status.Fields|null);
                accumulation?: (v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields|null);
                topicAccumulation: { [k: string]: v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields };
                liteTopicAccumulation: { [k: string]: v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields };
                static encode(message: v2.DescribeGroupAccumulationResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DescribeGroupAccumulationResponse;
            }
            namespace DescribeGroupAccumulationResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    accumulation?: (v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields|null);
                    topicAccumulation?: ({ [k: string]: v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields }|null);
                    liteTopicAccumulation?: ({ [k: string]: v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields }|null);
                }
                class GroupAccumulation {
                    constructor(properties?: v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields);
                    inflightMessages: number;
                    readyMessages: number;
                    accumulation: number;
                    deliverDelayTime?: (google.protobuf.Duration.Fields|null);
                    lastConsumeTimestamp: number;
                    static encode(message: v2.DescribeGroupAccumulationResponse.GroupAccumulation.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.DescribeGroupAccumulationResponse.GroupAccumulation;
                }
                namespace GroupAccumulation {
                    interface Fields {
                        inflightMessages?: (number|null);
                        readyMessages?: (number|null);
                        accumulation?: (number|null);
                        deliverDelayTime?: (google.protobuf.Duration.Fields|null);
                        lastConsumeTimestamp?: (number|null);
                    }
                }
            }
            class QueryTimeSpanRequest {
                constructor(properties?: v2.QueryTimeSpanRequest.Fields);
                deploymentName?: (string|null);
                group?: (v2.Resource.Fields|null);
                topics: v2.Resource.Fields[];
                static encode(message: v2.QueryTimeSpanRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryTimeSpanRequest;
            }
            namespace QueryTimeSpanRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    group?: (v2.Resource.Fields|null);
                    topics?: (v2.Resource.Fields[]|null);
                }
            }
            class QueryTimeSpanResponse {
                constructor(properties?: v2.QueryTimeSpanResponse.Fields);
                status?: (v2.Status.Fields|null);
                queueTimeSpanList: v2.QueryTimeSpanResponse.QueueTimeSpan.Fields[];
                static encode(message: v2.QueryTimeSpanResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryTimeSpanResponse;
            }
            namespace QueryTimeSpanResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    queueTimeSpanList?: (v2.QueryTimeSpanResponse.QueueTimeSpan.Fields[]|null);
                }
                class QueueTimeSpan {
                    constructor(properties?: v2.QueryTimeSpanResponse.QueueTimeSpan.Fields);
                    messageQueue?: (v2.MessageQueue.Fields|null);
                    minTimestamp: number;
                    maxTimestamp: number;
                    consumeTimestamp: number;
                    delayTimeMs: number;
                    static encode(message: v2.QueryTimeSpanResponse.QueueTimeSpan.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.QueryTimeSpanResponse.QueueTimeSpan;
                }
                namespace QueueTimeSpan {
                    interface Fields {
                        messageQueue?: (v2.MessageQueue.Fields|null);
                        minTimestamp?: (number|null);
                        maxTimestamp?: (number|null);
                        consumeTimestamp?: (number|null);
                        delayTimeMs?: (number|null);
                    }
                }
            }
            class ListConsumerConnectionRequest {
                constructor(properties?: v2.ListConsumerConnectionRequest.Fields);
                deploymentName?: (string|null);
                group?: (v2.Resource.Fields|null);
                topic?: (v2.Resource.Fields|null);
                liteTopic?: (string|null);
                static encode(message: v2.ListConsumerConnectionRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ListConsumerConnectionRequest;
            }
            namespace ListConsumerConnectionRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    group?: (v2.Resource.Fields|null);
                    topic?: (v2.Resource.Fields|null);
                    liteTopic?: (string|null);
                }
            }
            class ListConsumerConnectionResponse {
                constructor(properties?: v2.ListConsumerConnectionResponse.Fields);
                status?: (v2.Status.Fields|null);
                clientInfo: v2.ClientInfo.Fields[];
                static encode(message: v2.ListConsumerConnectionResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ListConsumerConnectionResponse;
            }
            namespace ListConsumerConnectionResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    clientInfo?: (v2.ClientInfo.Fields[]|null);
                }
            }
            class ResetGroupOffsetRequest {
                constructor(properties?: v2.ResetGroupOffsetRequest.Fields);
                deploymentName?: (string|null);
                group?: (v2.Resource.Fields|null);
                topic?: (v2.Resource.Fields|null);
                resetTimestamp?: (google.protobuf.Timestamp.Fields|null);
                static encode(message: v2.ResetGroupOffsetRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ResetGroupOffsetRequest;
            }
            namespace ResetGroupOffsetRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    group?: (v2.Resource.Fields|null);
                    topic?: (v2.Resource.Fields|null);
                    resetTimestamp?: (google.protobuf.Timestamp.Fields|null);
                }
            }
            class ResetGroupOffsetResponse {
                constructor(properties?: v2.ResetGroupOffsetResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.ResetGroupOffsetResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ResetGroupOffsetResponse;
            }
            namespace ResetGroupOffsetResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            class ListMessageRequest {
                constructor(properties?: v2.ListMessageRequest.Fields);
                deploymentName?: (string|null);
                topic?: (v2.Resource.Fields|null);
                maxMessageNums: number;
                beginTimestamp?: (google.protobuf.Timestamp.Fields|null);
                endTimestamp?: (google.protobuf.Timestamp.Fields|null);
                messageId?: (string|null);
                messageKey?: (string|null);
                subscription?: (string|null);
                liteTopic?: (string|null);
                scrollId?: (string|null);
                pageNum?: (number|null);
                pageSize?: (number|null);
                brokerName?: (string|null);
                queueId?: (number|null);
                searchKey?: ("messageId"|"messageKey"|"subscription"|"liteTopic");
                static encode(message: v2.ListMessageRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ListMessageRequest;
            }
            namespace ListMessageRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    topic?: (v2.Resource.Fields|null);
                    maxMessageNums?: (number|null);
                    beginTimestamp?: (google.protobuf.Timestamp.Fields|null);
                    endTimestamp?: (google.protobuf.Timestamp.Fields|null);
                    messageId?: (string|null);
                    messageKey?: (string|null);
                    subscription?: (string|null);
                    liteTopic?: (string|null);
                    scrollId?: (string|null);
                    pageNum?: (number|null);
                    pageSize?: (number|null);
                    brokerName?: (string|null);
                    queueId?: (number|null);
                    searchKey?: ("messageId"|"messageKey"|"subscription"|"liteTopic");
                }
            }
            class ListMessageResponse {
                constructor(properties?: v2.ListMessageResponse.Fields);
                status?: (v2.Status.Fields|null);
                messages: v2.Message.Fields[];
                scrollId: string;
                static encode(message: v2.ListMessageResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.ListMessageResponse;
            }
            namespace ListMessageResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    messages?: (v2.Message.Fields[]|null);
                    scrollId?: (string|null);
                }
            }
            class PrintThreadStackTraceRequest {
                constructor(properties?: v2.PrintThreadStackTraceRequest.Fields);
                deploymentName?: (string|null);
                clientId: string;
                group?: (v2.Resource.Fields|null);
                static encode(message: v2.PrintThreadStackTraceRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.PrintThreadStackTraceRequest;
            }
            namespace PrintThreadStackTraceRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    clientId?: (string|null);
                    group?: (v2.Resource.Fields|null);
                }
            }
            class PrintThreadStackTraceResponse {
                constructor(properties?: v2.PrintThreadStackTraceResponse.Fields);
                status?: (v2.Status.Fields|null);
                threadStackTrace?: (string|null);
                static encode(message: v2.PrintThreadStackTraceResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.PrintThreadStackTraceResponse;
            }
            namespace PrintThreadStackTraceResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    threadStackTrace?: (string|null);
                }
            }
            class VerifyMessageRequest {
                constructor(properties?: v2.VerifyMessageRequest.Fields);
                deploymentName?: (string|null);
                clientId: string;
                group?: (v2.Resource.Fields|null);
                topic?: (v2.Resource.Fields|null);
                messageId: string;
                static encode(message: v2.VerifyMessageRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.VerifyMessageRequest;
            }
            namespace VerifyMessageRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    clientId?: (string|null);
                    group?: (v2.Resource.Fields|null);
                    topic?: (v2.Resource.Fields|null);
                    messageId?: (string|null);
                }
            }
            class VerifyMessageResponse {
                constructor(properties?: v2.VerifyMessageResponse.Fields);
                status?: (v2.Status.Fields|null);
                static encode(message: v2.VerifyMessageResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.VerifyMessageResponse;
            }
            namespace VerifyMessageResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                }
            }
            class AdminSendMessageRequest {
                constructor(properties?: v2.AdminSendMessageRequest.Fields);
                deploymentName?: (string|null);
                topic?: (v2.Resource.Fields|null);
                tag?: (string|null);
                key?: (string|null);
                body: Uint8Array;
                userProperties: { [k: string]: string };
                systemProperties?: (v2.SystemProperties.Fields|null);
                extInfo: { [k: string]: string };
                static encode(message: v2.AdminSendMessageRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.AdminSendMessageRequest;
            }
            namespace AdminSendMessageRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    topic?: (v2.Resource.Fields|null);
                    tag?: (string|null);
                    key?: (string|null);
                    body?: (Uint8Array|null);
                    userProperties?: ({ [k: string]: string }|null);
                    systemProperties?: (v2.SystemProperties.Fields|null);
                    extInfo?: ({ [k: string]: string }|null);
                }
            }
            class AdminSendMessageResponse {
                constructor(properties?: v2.AdminSendMessageResponse.Fields);
                status?: (v2.Status.Fields|null);
                messageId: string;
                static encode(message: v2.AdminSendMessageResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.AdminSendMessageResponse;
            }
            namespace AdminSendMessageResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    messageId?: (string|null);
                }
            }
            class GetConsumerRunningInfoRequest {
                constructor(properties?: v2.GetConsumerRunningInfoRequest.Fields);
                deploymentName?: (string|null);
                group?: (v2.Resource.Fields|null);
                clientId: string;
                static encode(message: v2.GetConsumerRunningInfoRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.GetConsumerRunningInfoRequest;
            }
            namespace GetConsumerRunningInfoRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    group?: (v2.Resource.Fields|null);
                    clientId?: (string|null);
                }
            }
            class GetConsumerRunningInfoResponse {
                constructor(properties?: v2.GetConsumerRunningInfoResponse.Fields);
                status?: (v2.Status.Fields|null);
                consumerRunningInfo?: (v2.ConsumerRunningInfo.Fields|null);
                static encode(message: v2.GetConsumerRunningInfoResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.GetConsumerRunningInfoResponse;
            }
            namespace GetConsumerRunningInfoResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    consumerRunningInfo?: (v2.ConsumerRunningInfo.Fields|null);
                }
            }
            class GetTopicRouteRequest {
                constructor(properties?: v2.GetTopicRouteRequest.Fields);
                deploymentName?: (string|null);
                topic?: (v2.Resource.Fields|null);
                networkType: v2.GetTopicRouteRequest.NetworkType;
                protocolType: string;
                streamRequestType: boolean;
                clientAddress: string;
                static encode(message: v2.GetTopicRouteRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.GetTopicRouteRequest;
            }
            namespace GetTopicRouteRequest {
                interface Fields {
                    deploymentName?: (string|null);
                    topic?: (v2.Resource.Fields|null);
                    networkType?: (v2.GetTopicRouteRequest.NetworkType|null);
                    protocolType?: (string|null);
                    streamRequestType?: (boolean|null);
                    clientAddress?: (string|null);
                }
                enum NetworkType {
                    INTERNAL = 0,
                    INTERNET = 1,
                    INTRANET = 2
                }
            }
            class GetTopicRouteResponse {
                constructor(properties?: v2.GetTopicRouteResponse.Fields);
                status?: (v2.Status.Fields|null);
                topicRouteData: string;
                static encode(message: v2.GetTopicRouteResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.GetTopicRouteResponse;
            }
            namespace GetTopicRouteResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    topicRouteData?: (string|null);
                }
            }
            class GetProxyRuntimeStatsRequest {
                constructor(properties?: v2.GetProxyRuntimeStatsRequest.Fields);
                static encode(message: v2.GetProxyRuntimeStatsRequest.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.GetProxyRuntimeStatsRequest;
            }
            namespace GetProxyRuntimeStatsRequest {
                interface Fields {
                }
            }
            class GetProxyRuntimeStatsResponse {
                constructor(properties?: v2.GetProxyRuntimeStatsResponse.Fields);
                status?: (v2.Status.Fields|null);
                proxyName: string;
                version: string;
                inTps: number;
                outTps: number;
                connections: number;
                producers: number;
                consumers: number;
                static encode(message: v2.GetProxyRuntimeStatsResponse.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): v2.GetProxyRuntimeStatsResponse;
            }
            namespace GetProxyRuntimeStatsResponse {
                interface Fields {
                    status?: (v2.Status.Fields|null);
                    proxyName?: (string|null);
                    version?: (string|null);
                    inTps?: (number|null);
                    outTps?: (number|null);
                    connections?: (number|null);
                    producers?: (number|null);
                    consumers?: (number|null);
                }
            }
        }
export namespace google {
    namespace protobuf {
        class Duration {
            constructor(properties?: google.protobuf.Duration.Fields);
            seconds: number;
            nanos: number;
            static encode(message: google.protobuf.Duration.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Duration;
        }
        namespace Duration {
            interface Fields {
                seconds?: (number|null);
                nanos?: (number|null);
            }
        }
        class Timestamp {
            constructor(properties?: google.protobuf.Timestamp.Fields);
            seconds: number;
            nanos: number;
            static encode(message: google.protobuf.Timestamp.Fields, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Timestamp;
        }
        namespace Timestamp {
            interface Fields {
                seconds?: (number|null);
                nanos?: (number|null);
            }
        }
    }
}
