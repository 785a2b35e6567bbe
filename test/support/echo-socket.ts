// The gateway's sockets with nothing behind them: whatever comes goes back. What speaks here is
// the protocol alone.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { createSocketServer } from '../../gateway/websocket/socket-server.ts'

const frameBytesMax = 16 * 1024 * 1024

/** Answers the port; stopped when the test is over. */
export async function startEcho(
  t: ExecutionContext,
  config: { readonly compression: boolean; readonly frameBytesMax?: number },
): Promise<number> {
  const sockets = createSocketServer({ frameBytesMax, ...config }, () => false)
  const server = createServer()
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('message', (data: Buffer, isBinary) => opened.send(data, { binary: isBinary }))
      opened.on('error', () => {})
      t.teardown(() => opened.terminate())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}
