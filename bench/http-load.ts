// HTTP load that costs little: keep-alive connections, one request in flight on each, the
// request's bytes prepared once.

import { connect } from 'node:net'

export type HttpResult = {
  readonly seconds: number
  /** How often each status came. */
  readonly statuses: Readonly<Record<string, number>>
}

export async function httpLoad(spec: {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly connections: number
  readonly requests: number
}): Promise<HttpResult> {
  const head = [
    `${spec.method} ${spec.path} HTTP/1.1`,
    `host: 127.0.0.1:${spec.port}`,
    `content-length: ${spec.body.length}`,
    ...Object.entries(spec.headers).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n')
  const request = Buffer.concat([Buffer.from(head), spec.body])
  const statuses: Record<string, number> = {}
  let started = 0
  const from = performance.now()

  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: spec.port, noDelay: true })
      let pending = ''
      const next = (): void => {
        if (started >= spec.requests) {
          socket.removeAllListeners('close')
          socket.destroy()
          resolve()
        } else {
          started++
          socket.write(request)
        }
      }
      socket.setEncoding('latin1')
      socket.on('connect', next)
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed the connection')))
      socket.on('data', (text: string) => {
        pending += text
        const end = pending.indexOf('\r\n\r\n')
        if (end < 0) return
        const size = Number(/content-length: (\d+)/i.exec(pending.slice(0, end + 2))?.[1] ?? 0)
        if (pending.length < end + 4 + size) return
        const status = pending.slice(9, 12)
        statuses[status] = (statuses[status] ?? 0) + 1
        pending = pending.slice(end + 4 + size)
        next()
      })
    })

  await Promise.all([...Array(spec.connections).keys()].map(worker))
  return { seconds: (performance.now() - from) / 1000, statuses }
}
