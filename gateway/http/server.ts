// What node's HTTP server leaves to its owner: the start as a promise, words for requests that
// are none, and an end that waits for what is open.

import { type Server, STATUS_CODES } from 'node:http'
import { assert } from '../../src/base/assert.ts'
import type { Clock } from '../../src/base/clock.ts'
import { type Failure, MqError } from '../../src/base/errors.ts'
import { problemOf } from '../core/problem.ts'

/** Resolves with the port. Rejects with the cause if it cannot be bound. */
export function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      assert(typeof address === 'object' && address !== null, 'a TCP address')
      resolve(address.port)
    })
  })
}

/** Stops accepting; resolves when all connections have ended, after `ms` at the latest. */
export async function closed(server: Server, clock: Clock, ms: number): Promise<void> {
  if (!server.listening) return
  const timer = clock.after(ms, () => server.closeAllConnections())
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
  timer.cancel()
}

/** Answers what the parser refused, and what did not arrive in time, in problem+json. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const problem = problemOf(new MqError(failureOf(error.code)))
    const body = JSON.stringify(problem)
    const head = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  })
}

function failureOf(code: string | undefined): Failure {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout'
  return code === 'HPE_HEADER_OVERFLOW' ? 'properties-too-large' : 'malformed-body'
}
