// The gateway's settings, each once: type, default, unit, meaning.

import * as z from 'zod'
import { checkRange } from '../src/access/source-ip.ts'
import { isLoopbackHost } from '../src/base/address.ts'
import { tokenAlgorithms } from './identity/issuers.ts'

const loopback = (port: number) => `127.0.0.1:${port}`

const listen = (port: number) =>
  z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/, 'must be host:port')
    .default(loopback(port))

const milliseconds = (fallback: number) => z.int().min(0).max(86_400_000).default(fallback)
const count = (fallback: number, max = 10_000_000) => z.int().min(1).max(max).default(fallback)

const most = z.int().min(1).max(1_000_000_000).optional()
const rates = z.strictObject({
  sendsPerSecond: most,
  sendBytesPerSecond: most,
  /** Receives, reads and pulls, not messages. */
  receivesPerSecond: most,
  /** Calls that wait at the same time, on each node. */
  waiterCountMax: most,
})

/** Where keys are fetched from: by TLS, or from this machine. */
const keysAddress = z
  .url({ protocol: /^https?$/ })
  .refine(
    (text) => new URL(text).protocol === 'https:' || isLoopbackHost(new URL(text).hostname),
    'must be https:',
  )
const sourceRange = z.string().refine((text) => {
  try {
    checkRange(text)
    return true
  } catch {
    return false
  }
}, 'must be an address or a range')
const claimName = z.string().min(1).max(128)

/** An identity provider whose tokens are taken. */
const issuer = z.strictObject({
  /** The `iss` of its tokens, to the letter. */
  issuer: z.string().min(1).max(512),
  /** The `aud` that its tokens for this gateway have. */
  audience: z.string().min(1).max(512),
  /** Its public keys; the only address that is ever asked for them. */
  jwksUri: keysAddress,
  algorithms: z.array(z.enum(tokenAlgorithms)).min(1).default(['RS256', 'PS256', 'ES256', 'EdDSA']),
  clockSkewMs: z.int().min(0).max(300_000).default(30_000),
  subjectClaim: claimName.default('sub'),
  /** The namespace, or several to choose from. Without it every token is of the default one. */
  namespaceClaim: claimName.optional(),
  /** Names of roles, which the keys file says what they allow. */
  rolesClaim: claimName.default('roles'),
  /** Topics to send to and receive from, and groups to receive for: `name` or `prefix*`. */
  topicsClaim: claimName.optional(),
  groupsClaim: claimName.optional(),
  /** The role whose owners are administrators. */
  adminRole: claimName.optional(),
  keysMaxAgeMs: z.int().min(1000).max(86_400_000).default(600_000),
  /** How often keys that are not known are asked for at most. */
  keysCooldownMs: z.int().min(0).max(600_000).default(30_000),
})

export const gatewaySettings = z.strictObject({
  /** Name servers, `host:port`. */
  namesrv: z
    .array(z.string())
    .min(1)
    .default([loopback(9876)]),
  /** Where this gateway is (`zoneName` of a broker): slaves of that zone are read first. */
  zone: z.string().max(127).default(''),
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
      /** A line in the log for each request, without headers and with secrets masked. */
      accessLog: z.boolean().default(false),
      /** Addresses and ranges of proxies whose X-Forwarded-For is believed. */
      trustedProxies: z.array(sourceRange).max(100).default([]),
      /** PEM files, looked at every minute: with them the port speaks TLS and nothing else. */
      tls: z
        .strictObject({
          certFile: z.string(),
          keyFile: z.string(),
          /** Whose client certificates are believed. */
          clientCaFile: z.string().optional(),
          /** `require`: nobody comes in without one. */
          clientCertificates: z.enum(['none', 'request', 'require']).default('none'),
        })
        .optional(),
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
      /** Of all requests that have begun and are not whole. */
      uploadBytesMax: count(256 * 1024 * 1024, 16 * 1024 * 1024 * 1024),
      /** For one message to arrive. */
      uploadTimeoutMs: milliseconds(30_000),
      connectionCountMax: count(20_000),
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
      /**
       * API keys, as JSON with the SHA-256 of each; client certificates; and roles. Needed when
       * required, unless there is an issuer.
       */
      keysFile: z.string().optional(),
      /** Identity providers whose tokens (JWT) are taken. */
      jwt: z.strictObject({ issuers: z.array(issuer).max(16).default([]) }).prefault({}),
      /** Where rows of the audit are appended, a JSON object a line; the log without it. */
      auditFile: z.string().optional(),
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
  tracing: z
    .strictObject({
      /**
       * Of a collector that takes OTLP over HTTP, as `http://127.0.0.1:4318/v1/traces`; no traces
       * without it. OTEL_EXPORTER_OTLP_ENDPOINT is taken where it is not set.
       */
      endpoint: z.url({ protocol: /^https?$/ }).optional(),
      /** Of the traces that begin here; others are kept as their beginning was. */
      ratio: z.number().min(0).max(1).default(1),
    })
    .prefault({}),
  /** Allows listeners on other addresses than loopback without authentication and TLS. */
  insecure: z.boolean().default(false),
  /**
   * Allows plain text on other addresses than loopback, for callers who authenticate: TLS ends at
   * a balancer in front.
   */
  plainText: z.boolean().default(false),
  limits: z
    .strictObject({
      waitMsMax: milliseconds(20_000),
      waiterCountMax: count(10_000),
      /** Of one credential, in all fronts together. What is not set is not limited. */
      perKey: rates.extend({ socketCountMax: most }).prefault({}),
      /** Of all credentials of a namespace together. */
      perTenant: rates.prefault({}),
      /** Of one address, behind `http.trustedProxies` that of their client. */
      perAddress: rates.prefault({}),
      /**
       * To one caller who is over a rate; whoever goes on beyond that waits for each, a second at
       * most.
       */
      refusalsPerSecond: count(100, 1_000_000),
      /** Wrong credentials from one address, beyond which it is not listened to. */
      authFailuresPerMinute: count(300),
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
