// I13 whatever is refused is refused with a code that clients know, and nothing fails by accident.

import { type Failure, failureOfRemotingCode, MqError } from '../../src/base/errors.ts'

/** A broker's way to say that something went wrong which it did not foresee. */
const accidents: ReadonlySet<Failure> = new Set(['broker-error', 'internal'])

/** What is wrong with how `what` failed. */
export function wrongRefusal(what: string, error: unknown): readonly string[] {
  if (!(error instanceof MqError)) return [`I13: ${what} failed with ${error}`]
  const { failure, detail, message } = error
  const { code } = detail
  const isForeign =
    typeof code === 'number' && failureOfRemotingCode(code, 'internal') === 'internal'
  if (!isForeign && !accidents.has(failure)) return []
  return [`I13: ${what} failed with ${failure}, code ${code}: ${message}`]
}
