// The protocol itself (RFC 6455, 7692) is that of ws; here is how it is set up.

import type { IncomingMessage } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import { closeCodes } from './close-code.ts'
import type { WebSocketConfig } from './config.ts'

/** Below this compressing costs more than it saves. */
const compressedFromBytes = 1024
const compressionsAtOnce = 8

/** `subprotocolOf` answers what was agreed on, or false. */
export function createSocketServer(
  config: Pick<WebSocketConfig, 'compression' | 'frameBytesMax'>,
  subprotocolOf: (request: IncomingMessage) => string | false,
): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // The limit is on what a frame unpacks to. A window kept per socket would cost 300 KB of it.
    perMessageDeflate: config.compression && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: compressedFromBytes,
      concurrencyLimit: compressionsAtOnce,
    },
    maxPayload: config.frameBytesMax,
    handleProtocols: (_, request) => subprotocolOf(request),
    WebSocket: CodedWebSocket,
  })
}

/** ws says 1009 of a frame that is too large; clients look for a code of ours. */
class CodedWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    // With a reason it is the answer to a client that closes with it.
    const isOurs = code === 1009 && reason === undefined
    super.close(isOurs ? closeCodes.frameTooLarge : code, reason)
  }
}
