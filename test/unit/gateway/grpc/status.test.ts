import test from 'ava'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { okStatus, overallStatus, statusOf } from '../../../../gateway/grpc/status.ts'
import { type Failure, failures, MqError } from '../../../../src/base/errors.ts'

test('every failure has a code that the protocol names', (t) => {
  for (const failure of Object.keys(failures) as Failure[]) {
    const { code } = statusOf(new MqError(failure))
    t.is(typeof v2.Code[code ?? 0], 'string', failure)
  }
})

test('a status says what was wrong and the details', (t) => {
  const error = new MqError('message-too-large', undefined, { bytesMax: 7 })
  t.deepEqual(statusOf(error), {
    code: v2.Code.MESSAGE_BODY_TOO_LARGE,
    message: 'the message is too large (bytesMax 7)',
  })
})

test('a bug of ours shows nothing of itself', (t) => {
  t.deepEqual(statusOf(new TypeError('secret of undefined')), {
    code: v2.Code.INTERNAL_SERVER_ERROR,
    message: 'something went wrong',
  })
})

test('several statuses are one when they agree and MULTIPLE_RESULTS when not', (t) => {
  const lost = statusOf(new MqError('receipt-handle-expired'))
  t.is(overallStatus([okStatus, okStatus]), okStatus)
  t.is(overallStatus([lost, lost]), lost)
  t.is(overallStatus([okStatus, lost]).code, v2.Code.MULTIPLE_RESULTS)
})
