// Deadlines that are farther away than a timer reaches. The Java client gives its Telemetry
// stream 60 years, and grpc-js 1.14 counts a server's deadlines in 32 bits of milliseconds: it
// would end the stream at once. So the header is shortened before grpc-js reads it.

import type { Http2Server, IncomingHttpHeaders } from 'node:http2'

const header = 'grpc-timeout'
/** Whole seconds within 2^31 ms, about 24 days; clients open their streams again. */
const secondsMax = 2_147_483
const secondsPer: Readonly<Record<string, number>> = {
  H: 3600,
  M: 60,
  S: 1,
  m: 1e-3,
  u: 1e-6,
  n: 1e-9,
}

export function shortenDeadlines(http2: Http2Server): void {
  http2.prependListener('stream', (_stream, headers: IncomingHttpHeaders) => {
    const asked = headers[header]
    if (typeof asked === 'string') headers[header] = shortened(asked)
  })
}

/** What grpc-js cannot read it refuses itself. */
export const shortened = (timeout: string): string =>
  timeoutMsOf(timeout) > secondsMax * 1000 ? `${secondsMax}S` : timeout

/** NaN when it cannot be read. */
export function timeoutMsOf(timeout: string): number {
  const [, count, unit = ''] = /^(\d{1,8})\s*([HMSmun])$/.exec(timeout) ?? []
  return Number(count) * (secondsPer[unit] ?? 0) * 1000
}
