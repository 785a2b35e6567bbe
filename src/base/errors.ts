// The one error table. Every front reads its own column; nobody else writes a number.
//
// `remoting` is Apache's ResponseCode, `v2` the gRPC Code of apache.rocketmq.v2, `http` the
// status. `retry` says whether the same call may succeed later without being changed.
// The key is the problem's name: it is the last part of `type` in problem+json and the
// `problem.type` of a WebSocket `err` frame.

type Row = {
  readonly remoting: number
  readonly v2: number
  readonly http: number
  readonly retry: boolean
  readonly title: string
}

const row = (remoting: number, v2: number, http: number, retry: boolean, title: string): Row => ({
  remoting,
  v2,
  http,
  retry,
  title,
})

export const failures = {
  // 400: the request itself is wrong
  'malformed-body': row(13, 40000, 400, false, 'the body cannot be read'),
  'invalid-argument': row(29, 40000, 400, false, 'an argument is out of its range'),
  'illegal-access-point': row(29, 40001, 400, false, 'the access point is not an address'),
  'illegal-topic': row(29, 40002, 400, false, 'the topic name is not allowed'),
  'illegal-group': row(29, 40003, 400, false, 'the group name is not allowed'),
  'illegal-tag': row(13, 40004, 400, false, 'the tag is not allowed'),
  'illegal-key': row(13, 40005, 400, false, 'a message key is not allowed'),
  'illegal-ordering-key': row(13, 40006, 400, false, 'the ordering key is not allowed'),
  'illegal-property': row(13, 40007, 400, false, 'a property is not allowed'),
  'invalid-transaction': row(1, 40008, 400, false, 'the transaction is not known'),
  'illegal-message-id': row(13, 40009, 400, false, 'the message id is not allowed'),
  'illegal-filter-expression': row(23, 40010, 400, false, 'the filter cannot be parsed'),
  'illegal-invisible-time': row(29, 40011, 400, false, 'the invisible time is out of range'),
  'illegal-delivery-time': row(13, 40012, 400, false, 'the delivery time is out of range'),
  'invalid-receipt-handle': row(13, 40013, 400, false, 'the receipt handle is not valid'),
  'message-type-mismatch': row(13, 40014, 400, false, 'the topic takes another message type'),
  'client-id-required': row(29, 40017, 400, false, 'the client id is missing'),
  'unrecognized-client-type': row(29, 40015, 400, false, 'the client type is not known'),
  'message-corrupted': row(13, 40016, 400, false, 'the body does not match its checksum'),
  'illegal-polling-time': row(29, 40018, 400, false, 'the polling time is out of range'),
  'illegal-offset': row(29, 40019, 400, false, 'the offset is out of range'),
  'invalid-page-token': row(29, 40000, 400, false, 'the page token is not valid'),
  'invalid-cursor': row(29, 40019, 400, false, 'the cursor is not valid'),
  'message-illegal': row(13, 40000, 400, false, 'the message is not allowed'),
  'message-body-empty': row(13, 41302, 400, false, 'the message has no body'),

  // 401, 403: who is asking
  unauthenticated: row(16, 40100, 401, false, 'credentials are missing or wrong'),
  'token-expired': row(16, 40100, 401, false, 'the token has expired'),
  'permission-denied': row(16, 40300, 403, false, 'the caller may not do this'),
  'origin-not-allowed': row(16, 40300, 403, false, 'the origin is not allowed'),

  // 404 to 408
  'not-found': row(22, 40400, 404, false, 'there is nothing here'),
  'topic-not-found': row(17, 40402, 404, false, 'the topic does not exist'),
  'group-not-found': row(26, 40403, 404, false, 'the group does not exist'),
  'message-not-found': row(22, 40401, 404, false, 'the message does not exist'),
  'offset-not-found': row(22, 40404, 404, false, 'there is no offset'),
  'broker-not-found': row(211, 40400, 404, false, 'the broker does not exist'),
  'method-not-allowed': row(3, 50100, 405, false, 'the method is not allowed here'),
  'not-acceptable': row(29, 40000, 406, false, 'no acceptable form of the answer'),
  'request-timeout': row(2, 40800, 408, true, 'the request took too long to arrive'),

  // 409 to 431
  'already-exists': row(18, 40000, 409, false, 'it exists already'),
  'idempotency-in-flight': row(2, 42900, 409, true, 'the same request is being handled'),
  'receipt-handle-superseded': row(4009, 40013, 409, false, 'a newer handle exists'),
  'cursor-epoch-changed': row(29, 40019, 409, false, 'the store is not the one of the cursor'),
  'receipt-handle-expired': row(4010, 40013, 410, false, 'the handle has expired'),
  'cursor-expired': row(21, 40019, 410, false, 'the messages of the cursor are gone'),
  'etag-mismatch': row(29, 42800, 412, false, 'it was changed meanwhile'),
  'message-too-large': row(13, 41301, 413, false, 'the message is too large'),
  'batch-too-large': row(13, 41300, 413, false, 'the batch is too large'),
  'decompression-limit': row(13, 41300, 413, false, 'the body is too large when unpacked'),
  'unsupported-media-type': row(29, 40000, 415, false, 'the media type is not supported'),
  'idempotency-key-reused': row(4011, 40000, 422, false, 'the key was used for another body'),
  'precondition-required': row(29, 42800, 428, false, 'If-Match is required'),
  'rate-limited': row(215, 42900, 429, true, 'too many requests'),
  'too-many-waiters': row(209, 42900, 429, true, 'too many calls wait already'),
  'properties-too-large': row(13, 43101, 431, false, 'the properties are too large'),

  // 5xx: ours
  internal: row(1, 50001, 500, true, 'something went wrong'),
  'not-implemented': row(3, 50100, 501, false, 'this is not served'),
  'broker-error': row(1, 50001, 502, true, 'the broker failed'),
  'broker-unavailable': row(14, 50001, 503, true, 'the broker cannot be reached or cannot serve'),
  'broker-busy': row(2, 42900, 503, true, 'the broker is short of a resource'),
  'replicas-missing': row(1, 50002, 503, true, 'too few replicas are in sync'),
  'not-durable': row(10, 50002, 503, true, 'the message is not as durable as asked for'),
  'state-unavailable': row(14, 50001, 503, true, 'the shared state cannot be reached'),
  'identity-unavailable': row(14, 50001, 503, true, 'credentials cannot be checked now'),
  draining: row(1500, 50001, 503, true, 'this node is stopping'),
  'broker-timeout': row(2, 50400, 504, true, 'the broker did not answer in time'),
  'reply-timeout': row(207, 50400, 504, true, 'no reply came in time'),

  // Only the remoting protocol tells these apart.
  'pull-not-found': row(19, 40401, 404, true, 'no message at this offset yet'),
  'pull-retry': row(20, 40401, 404, true, 'no message matched; go on from the next offset'),
  'pull-offset-moved': row(21, 40019, 410, false, 'the offset is outside the queue'),
  'subscription-missing': row(24, 40000, 409, true, 'the group has no subscription yet'),
  'subscription-stale': row(25, 40000, 409, true, 'the subscription is older than asked for'),
  'filter-missing': row(27, 40000, 409, true, 'the filter is not registered yet'),
  'filter-stale': row(28, 40000, 409, true, 'the filter is older than asked for'),
  'consumer-offline': row(206, 40403, 404, true, 'no consumer of the group is online'),
  'no-message': row(208, 40013, 410, false, 'the offset is outside the queue'),
  'illegal-operation': row(604, 40000, 409, false, 'the operation is not allowed now'),

  // Between brokers, tools and a controller.
  'master-epoch-fenced': row(2000, 50001, 409, false, 'another master was elected meanwhile'),
  'sync-set-epoch-fenced': row(2001, 50001, 409, true, 'the in-sync set was changed meanwhile'),
  'not-the-master': row(2002, 50001, 409, false, 'the broker is not the master'),
  'replica-unknown': row(2003, 50001, 404, false, 'a broker of the set is not registered'),
  'master-not-available': row(2004, 50001, 503, true, 'the broker set has no master'),
  'replica-not-alive': row(2006, 50001, 503, true, 'a broker of the set is not alive'),
  'not-the-leader': row(2007, 50001, 503, true, 'another controller leads'),
  'broker-set-not-found': row(2008, 50001, 404, false, 'the broker set is not registered'),
  'clean-refused': row(2009, 50001, 409, false, 'the brokers cannot be forgotten'),
  'broker-not-registered': row(2010, 50001, 409, false, 'the broker must be registered first'),
  'election-failed': row(2012, 50001, 503, true, 'nobody can be elected'),
  'sync-set-refused': row(2013, 50001, 409, false, 'the in-sync set cannot be changed so'),
  'broker-id-taken': row(2014, 50001, 409, false, 'the broker id belongs to another'),
} as const satisfies Record<string, Row>

/** The name of an operating error. */
export type Failure = keyof typeof failures

/** What a front may show: flat, never a body, a secret or a whole header. */
export type Detail = Readonly<Record<string, string | number | boolean>>

/**
 * What became of a message whose send failed: `not-stored` only if no byte of it reached a
 * broker or the broker refused it.
 */
export type SendOutcome = 'not-stored' | 'unknown'

/**
 * An operating error: the caller, the network or the disk, never a bug of ours. It is thrown
 * anywhere and caught only by dispatchers, fronts, lifecycles and retry loops.
 *
 * `message` is lower case without a final dot and repeats nothing that `detail` has.
 */
export class MqError extends Error {
  override readonly name = 'MqError'
  readonly failure: Failure
  readonly detail: Detail

  constructor(failure: Failure, message?: string, detail: Detail = {}, options?: ErrorOptions) {
    const { http, title } = failures[failure]
    const { stackTraceLimit } = Error
    // What the caller did wrong, or too often, is answered and not looked into: the stack of each
    // would cost more than the rest of a refusal.
    if (http < 500) Error.stackTraceLimit = 0
    super(message ?? title, options)
    Error.stackTraceLimit = stackTraceLimit
    this.failure = failure
    this.detail = detail
  }
}

/** The failure whose remoting code a peer answered; `fallback` for codes without a row. */
export function failureOfRemotingCode(code: number, fallback: Failure = 'broker-error'): Failure {
  return byRemotingCode.get(code) ?? fallback
}

// Several rows share a code; the first one that a broker itself would mean wins.
const byRemotingCode: ReadonlyMap<number, Failure> = new Map([
  [1, 'broker-error'],
  [2, 'broker-busy'],
  [3, 'not-implemented'],
  [10, 'not-durable'],
  [11, 'not-durable'],
  [12, 'not-durable'],
  [13, 'message-illegal'],
  [14, 'broker-unavailable'],
  [16, 'permission-denied'],
  [17, 'topic-not-found'],
  [18, 'already-exists'],
  [19, 'pull-not-found'],
  [20, 'pull-retry'],
  [21, 'pull-offset-moved'],
  [22, 'not-found'],
  [23, 'illegal-filter-expression'],
  [24, 'subscription-missing'],
  [25, 'subscription-stale'],
  [26, 'group-not-found'],
  [27, 'filter-missing'],
  [28, 'filter-stale'],
  [29, 'invalid-argument'],
  [206, 'consumer-offline'],
  [207, 'reply-timeout'],
  [208, 'no-message'],
  [209, 'too-many-waiters'],
  [211, 'broker-not-found'],
  [215, 'rate-limited'],
  [604, 'illegal-operation'],
  [1500, 'draining'],
  [2000, 'master-epoch-fenced'],
  [2001, 'sync-set-epoch-fenced'],
  [2002, 'not-the-master'],
  [2003, 'replica-unknown'],
  [2004, 'master-not-available'],
  [2006, 'replica-not-alive'],
  [2007, 'not-the-leader'],
  [2008, 'broker-set-not-found'],
  [2009, 'clean-refused'],
  [2010, 'broker-not-registered'],
  [2012, 'election-failed'],
  [2013, 'sync-set-refused'],
  [2014, 'broker-id-taken'],
  [4009, 'receipt-handle-superseded'],
  [4010, 'receipt-handle-expired'],
  [4011, 'idempotency-key-reused'],
])
