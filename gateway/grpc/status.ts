// The `v2` column of the error table, as a Status. A refusal travels in the answer: the gRPC
// status is OK for all of these. Source: ResponseBuilder, GrpcProxyException.

import { failures, MqError } from '../../src/base/errors.ts'
import { v2 } from './gen/messaging.js'

export const okStatus: v2.Status.Fields = { code: v2.Code.OK, message: 'OK' }

/** Bugs of ours show no more than that there was one. */
export function statusOf(error: unknown): v2.Status.Fields {
  if (!(error instanceof MqError)) {
    return { code: failures.internal.v2, message: failures.internal.title }
  }
  return { code: failures[error.failure].v2, message: textOf(error) }
}

/** The status above several: theirs when they agree, else MULTIPLE_RESULTS. */
export function overallStatus(statuses: readonly v2.Status.Fields[]): v2.Status.Fields {
  const first = statuses[0] ?? okStatus
  if (statuses.every(({ code }) => code === first.code)) return first
  return { code: v2.Code.MULTIPLE_RESULTS, message: 'the results differ' }
}

function textOf({ message, detail }: MqError): string {
  const details = Object.entries(detail).map(([name, value]) => `${name} ${value}`)
  return details.length > 0 ? `${message} (${details.join(', ')})` : message
}
