// The limits of the WebSocket front. Every one of them is told in `welcome` or in the close
// code that enforces it.

export type WebSocketConfig = {
  /** Where sockets are opened. */
  readonly path: string
  /** This node's name in `welcome`: for people who look at several. */
  readonly server: string
  /** Origins that may open a socket besides the gateway's own page. */
  readonly origins: readonly string[]
  /** Sockets at once; one more is closed with 4409. */
  readonly sessionsMax: number
  /** Of one credential on this node; one more is closed with 4409. */
  readonly socketsPerKeyMax: number
  /** Addresses and ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  readonly subscriptionsMax: number
  /** Of what it unpacks to, when it came compressed. */
  readonly frameBytesMax: number
  /** Offers permessage-deflate: less on the wire, more CPU. */
  readonly compression: boolean
  /** Frames a second and socket; a second's worth may come at once. */
  readonly opsPerSecond: number
  /** Sends and acknowledgements of one socket that wait for a broker. */
  readonly pendingMax: number
  /** Nothing is fetched for a socket with more than this unsent. */
  readonly highWaterBytes: number
  /** A socket that stays above the mark this long is closed with 4508. */
  readonly slowMs: number
  readonly helloMs: number
  readonly pingEveryMs: number
  /** A socket that says nothing this long, not even a pong, is closed with 4504. */
  readonly silenceMs: number
  /** How long `stop` lets clients finish after `goaway`. */
  readonly drainMs: number
}

export const webSocketDefaults: WebSocketConfig = {
  path: '/v1/ws',
  server: 'rocketway',
  origins: [],
  sessionsMax: 10_000,
  socketsPerKeyMax: Number.POSITIVE_INFINITY,
  trustedProxies: [],
  subscriptionsMax: 64,
  frameBytesMax: 1024 * 1024,
  compression: false,
  opsPerSecond: 100,
  pendingMax: 256,
  highWaterBytes: 1024 * 1024,
  slowMs: 30_000,
  helloMs: 5_000,
  pingEveryMs: 25_000,
  silenceMs: 60_000,
  drainMs: 5_000,
}
