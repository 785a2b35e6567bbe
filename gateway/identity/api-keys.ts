// API keys: `rwk_<id>_<secret>`, sent as `Authorization: Bearer …`. The keys file holds the
// SHA-256 of each whole key and never the key, so that a stolen file opens nothing.
//
// gRPC clients sign with a secret instead of sending it, which only works where the server
// knows the secret too: an entry may carry one of its own for that (`signingSecret`).

import { hash, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'
import { checkRange, isWithin } from '../../src/access/source-ip.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Random } from '../../src/base/random.ts'
import { type Grants, namespacePattern, type Principal, type Rights } from './principal.ts'
import { Roles, roleNames, rolesSchema } from './roles.ts'

const idPattern = /^[\w-]{1,64}$/
const keyPattern = /^rwk_([0-9a-f]{8})_[\w-]{32,64}$/

const namespace = z.string().regex(namespacePattern)

/** Whose a credential is and what it may; the same for keys and certificates. */
const ownerShape = {
  subject: z.string().regex(/^[\w.@-]{1,64}$/),
  namespace: namespace.default(''),
  /** Those it may choose from with `Mq-Namespace`, besides its own. */
  namespaces: z.array(namespace).max(64).optional(),
  admin: z.boolean().default(false),
  /** What it may do to topics and groups; absent: everything of the namespace. */
  roles: roleNames.optional(),
}

const boundsShape = {
  /** From then on it opens nothing. */
  expiresAt: z.iso.datetime().optional(),
  /** Addresses and ranges it may come from; absent: any. They narrow, they never grant. */
  sourceIps: z.array(z.string()).max(100).optional(),
}

const entrySchema = z.strictObject({
  ...ownerShape,
  ...boundsShape,
  id: z.string().regex(idPattern),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  signingSecret: z.string().min(16).optional(),
})

/** A key that is wanted, as people give it. */
export const newKeyShape = z.strictObject({
  ...ownerShape,
  ...boundsShape,
  /** With a secret that gRPC calls are signed with. */
  signing: z.boolean().default(false),
})

/** A client certificate by one of its names: `CN=billing`, `DNS:billing.internal`, `URI:…`. */
const certificateSchema = z.strictObject({
  ...ownerShape,
  name: z.string().regex(/^(?:CN=|DNS:|URI:|email:).{1,255}$/),
})

const fileSchema = z.strictObject({
  keys: z.array(entrySchema).max(10_000),
  certificates: z.array(certificateSchema).max(10_000).default([]),
  roles: rolesSchema.default({}),
})

type Entry = {
  readonly sha256: string
  readonly expiresAtMs: number
  readonly principal: Principal
} & Pick<z.output<typeof entrySchema>, 'signingSecret' | 'sourceIps'>

type Kept = {
  readonly entries: ReadonlyMap<string, Entry>
  /** By name. */
  readonly certificates: ReadonlyMap<string, Principal>
  readonly roles: Roles
}

export class ApiKeys {
  #kept: Kept

  private constructor(kept: Kept) {
    this.#kept = kept
  }

  /** No key and no role: for gateways whose callers all come with tokens of an issuer. */
  static none(): ApiKeys {
    return new ApiKeys({ entries: new Map(), certificates: new Map(), roles: new Roles({}) })
  }

  /**
   * The text of a keys file: `{"keys":[{"id","sha256","subject","namespace","admin","roles",
   * "expiresAt","sourceIps","signingSecret"},…],"certificates":[{"name",…}],"roles":{…}}`; see
   * roles.ts.
   */
  static parse(text: string): ApiKeys {
    const file = parseKeysFile(text)
    const roles = new Roles(file.roles)
    const entries = new Map(file.keys.map((entry) => [entry.id, entryOf(entry, roles)]))
    if (entries.size < file.keys.length) {
      throw new MqError('invalid-argument', 'two API keys have one id')
    }
    const certificates = new Map(
      file.certificates.map((entry) => [entry.name, ownerOf(entry, roles)]),
    )
    return new ApiKeys({ entries, certificates, roles })
  }

  /** A new key, to be shown once, and the text of a keys file with only it. */
  static generate(random: Random, subject = 'admin'): { key: string; file: string } {
    const { key, id, sha256 } = newKey(random)
    const entry = { id, sha256, subject, namespace: '', admin: true }
    return { key, file: `${JSON.stringify({ keys: [entry] }, null, 2)}\n` }
  }

  /** Takes over the keys of `other`: what a reload of the file does. */
  replace(other: ApiKeys): void {
    this.#kept = other.#kept
  }

  /**
   * Whose key it is; undefined for any other text, and for callers from elsewhere than the key
   * allows. Throws `token-expired`.
   */
  find(key: string, nowMs: number, address = ''): Principal | undefined {
    const id = keyPattern.exec(key)?.[1]
    const entry = id === undefined ? undefined : this.#kept.entries.get(id)
    // An unknown id takes the same steps as a known one.
    const expected = Buffer.from(entry?.sha256 ?? unknownDigest, 'hex')
    const isRight = timingSafeEqual(hash('sha256', key, 'buffer'), expected)
    if (!entry || !isRight) return undefined
    return currentFrom(entry, nowMs, address)
  }

  /** Whose certificate it is by its names, which TLS has verified. */
  ofCertificate(names: readonly string[]): Principal | undefined {
    for (const name of names) {
      const found = this.#kept.certificates.get(name)
      if (found) return found
    }
    return undefined
  }

  /** Of grants that were made elsewhere: a token's claims, a ticket. */
  rightsOf(grants: Grants): Rights {
    return this.#kept.roles.rightsOf(grants)
  }

  /**
   * As {@link find}, of a call that was signed in the name of key `id`; `isSignedWith` says
   * whether it was with a secret.
   */
  findSigned(
    id: string,
    isSignedWith: (secret: string) => boolean,
    nowMs: number,
    address = '',
  ): Principal | undefined {
    const entry = this.#kept.entries.get(id)
    const isRight = isSignedWith(entry?.signingSecret ?? '')
    if (entry?.signingSecret === undefined || !isRight) return undefined
    return currentFrom(entry, nowMs, address)
  }
}

/** The shape of a keys file alone. Throws `invalid-argument`. */
export function parseKeysFile(text: string): z.output<typeof fileSchema> {
  const parsed = fileSchema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new MqError('invalid-argument', 'the API keys cannot be read')
}

/** A key that nobody has yet, and what a file has of it. */
export function newKey(random: Random): { id: string; key: string; sha256: string } {
  const id = Buffer.from(random.bytes(4)).toString('hex')
  const key = `rwk_${id}_${Buffer.from(random.bytes(32)).toString('base64url')}`
  return { id, key, sha256: hash('sha256', key, 'hex') }
}

const unknownDigest = '0'.repeat(64)

function currentFrom(entry: Entry, nowMs: number, address: string): Principal | undefined {
  if (entry.sourceIps && !isWithin(address, entry.sourceIps)) return undefined
  if (nowMs >= entry.expiresAtMs) throw new MqError('token-expired')
  return entry.principal
}

function entryOf(given: z.output<typeof entrySchema>, roles: Roles): Entry {
  const { sha256, signingSecret, expiresAt, sourceIps } = given
  for (const ip of sourceIps ?? []) checkRange(ip)
  const expiresAtMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)
  const owner = ownerOf(given, roles)
  return {
    sha256,
    signingSecret,
    sourceIps,
    expiresAtMs,
    principal: expiresAt === undefined ? owner : { ...owner, expiresAt: expiresAtMs },
  }
}

const ownerSchema = z.strictObject(ownerShape)
type Owner = Readonly<z.output<typeof ownerSchema>>

function ownerOf(given: Owner, roles: Roles): Principal {
  const { subject, namespace, namespaces, admin } = given
  const grants = given.roles && !admin ? { roles: given.roles } : undefined
  return {
    subject,
    namespace,
    isAdmin: admin,
    ...(namespaces && { namespaces }),
    ...(grants && { grants, may: roles.rightsOf(grants) }),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
