import test from 'ava'
import { failures, MqError } from '../../../src/base/errors.ts'

test('what a caller did has no stack, what went wrong with us has one', (t) => {
  const depth = Error.stackTraceLimit
  const framesOf = (error: Error): number => error.stack?.match(/^ {4}at /gm)?.length ?? 0
  for (const [failure, { http }] of Object.entries(failures)) {
    const error = new MqError(failure as keyof typeof failures)
    t.is(framesOf(error) > 0, http >= 500, failure)
    t.is(Error.stackTraceLimit, depth)
  }
  t.true(framesOf(new Error('of anybody else')) > 0)
})
