import test from 'ava'
import { problemOf } from '../../../../gateway/core/problem.ts'
import { MqError } from '../../../../src/base/errors.ts'

test('an operating error shows its row, its message and its safe details', (t) => {
  const detail = { outcome: 'unknown', broker: 'broker-a', retryAfterMs: 50, secret: 'x' }
  const error = new MqError('broker-timeout', 'no answer after 3000 ms', detail)
  t.deepEqual(problemOf(error, 'r-1'), {
    type: '/problems/broker-timeout',
    title: 'the broker did not answer in time',
    status: 504,
    detail: 'no answer after 3000 ms',
    instance: 'urn:request:r-1',
    code: 50400,
    retryable: true,
    retryAfterMs: 50,
    outcome: 'unknown',
    broker: 'broker-a',
  })
})

test('a pointer becomes an entry of errors, and a message equal to the title is not repeated', (t) => {
  const problem = problemOf(new MqError('malformed-body', undefined, { pointer: '/a' }))
  t.deepEqual(problem.errors, [{ pointer: '/a', detail: 'the body cannot be read' }])
  t.false('detail' in problem)
})

test('a bug of ours tells nothing', (t) => {
  t.deepEqual(problemOf(new TypeError('x of undefined at 10.0.0.1')), {
    type: '/problems/internal',
    title: 'something went wrong',
    status: 500,
    code: 50001,
    retryable: true,
  })
})
