// The gateway's settings, each once: type, default, unit, meaning.

import { z } from 'zod'

const loopback = (port: number) => `127.0.0.1:${port}`

const listen = (port: number) =>
  z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/, 'must be host:port')
    .default(loopback(port))

const milliseconds = (fallback: number) => z.int().min(0).max(86_400_000).default(fallback)
const count = (fallback: number) => z.int().min(1).max(10_000_000).default(fallback)

export const gatewaySettings = z.strictObject({
  /** Name servers, `host:port`. */
  namesrv: z
    .array(z.string())
    .min(1)
    .default([loopback(9876)]),
  /** Signs what the gateway asks of brokers and name servers, where they want it signed. */
  brokerCredentials: z
    .strictObject({ accessKey: z.string().min(1), secretKey: z.string().min(1) })
    .optional(),
  /** How brokers and name servers are called: by TLS, and whose certificates are believed. */
  brokerTls: z
    .strictObject({
      enabled: z.boolean().default(false),
      /** PEM; the usual authorities when absent. */
      caFile: z.string().optional(),
      /** False takes any certificate. */
      verify: z.boolean().default(true),
    })
    .prefault({}),
  http: z
    .strictObject({
      listen: listen(8080),
      /** One message's body. The brokers' own limit is 4 MiB by default. */
      bodyBytesMax: z
        .int()
        .min(1)
        .max(64 * 1024 * 1024)
        .default(4 * 1024 * 1024),
      /** The body of a batch. */
      batchBytesMax: z
        .int()
        .min(1)
        .max(256 * 1024 * 1024)
        .default(16 * 1024 * 1024),
      headersTimeoutMs: milliseconds(10_000),
      /** For the whole request to arrive. */
      requestTimeoutMs: milliseconds(30_000),
      /** An idle connection; longer than the 60 s of common load balancers. */
      keepAliveMs: milliseconds(65_000),
      connectionCountMax: count(20_000),
    })
    .prefault({}),
  /** Sockets at `/v1/ws` of the HTTP port. */
  webSocket: z
    .strictObject({
      sessionsMax: count(10_000),
      /** Subscriptions of one socket. */
      subscriptionsMax: count(64),
      /** A frame, unpacked. */
      frameBytesMax: z
        .int()
        .min(1024)
        .max(64 * 1024 * 1024)
        .default(1024 * 1024),
      /** Frames a second of one socket; a second's worth may come at once. */
      opsPerSecond: count(100),
      /** Nothing is fetched for a socket with more than this unsent. */
      highWaterBytes: count(1024 * 1024),
      /** A socket that stays above the mark this long is closed with 4508. */
      slowMs: milliseconds(30_000),
      /** Offers permessage-deflate: less on the wire, more CPU. */
      compression: z.boolean().default(false),
    })
    .prefault({}),
  grpc: z
    .strictObject({
      listen: listen(8081),
      /** Where clients are sent, `host:port`; what they called when empty. */
      advertised: z.array(z.string()).default([]),
      /** PEM files, looked at every minute: TLS beside plain text on the same port. */
      tls: z.strictObject({ certFile: z.string(), keyFile: z.string() }).optional(),
    })
    .prefault({}),
  management: z.strictObject({ listen: listen(9090) }).prefault({}),
  cors: z
    .strictObject({
      /** Whole origins of pages that may call, besides the gateway's own. */
      origins: z.array(z.string()).default([]),
    })
    .prefault({}),
  auth: z
    .strictObject({
      /** `off` is for loopback; see `insecure`. */
      mode: z.enum(['off', 'required']).default('off'),
      /** API keys, as JSON with the SHA-256 of each. Needed when required. */
      keysFile: z.string().optional(),
    })
    .prefault({}),
  handles: z
    .strictObject({
      /** What receipt handles and cursors are signed with; the same file on every node. */
      keysFile: z.string().optional(),
    })
    .prefault({}),
  state: z
    .strictObject({
      /** `redis://host:port`: where nodes share what they must agree on; memory without it. */
      redis: z.string().optional(),
    })
    .prefault({}),
  /** Allows listeners on other addresses than loopback without authentication. */
  insecure: z.boolean().default(false),
  limits: z
    .strictObject({
      waitMsMax: milliseconds(20_000),
      waiterCountMax: count(10_000),
    })
    .prefault({}),
  /** What the brokers' SEND_OK means: `replicated` where masters wait for a slave. */
  sendOkMeans: z.enum(['local', 'replicated']).default('local'),
  drain: z
    .strictObject({
      /** How long open requests may take when the gateway stops. */
      timeoutMs: milliseconds(25_000),
    })
    .prefault({}),
})

export type GatewayConfig = z.output<typeof gatewaySettings>

/** `host:port` split; brackets of IPv6 go. */
export function addressOf(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':')
  return {
    host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(text.slice(colon + 1)),
  }
}
