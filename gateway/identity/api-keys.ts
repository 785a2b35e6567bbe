// API keys: `rwk_<id>_<secret>`, sent as `Authorization: Bearer …`. The keys file holds the
// SHA-256 of each whole key and never the key, so that a stolen file opens nothing.
//
// gRPC clients sign with a secret instead of sending it, which only works where the server
// knows the secret too: an entry may carry one of its own for that (`signingSecret`).

import { hash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { MqError } from '../../src/base/errors.ts'
import type { Random } from '../../src/base/random.ts'
import { type Rights, Roles, roleNames, rolesSchema } from './roles.ts'

/** Who a credential belongs to. The shape of the core's Identity. */
export type Principal = {
  readonly subject: string
  readonly namespace: string
  readonly isAdmin: boolean
  /** Absent: everything of the namespace. */
  readonly may?: Rights | undefined
}

const idPattern = /^[\w-]{1,64}$/
const keyPattern = /^rwk_([0-9a-f]{8})_[\w-]{32,64}$/

const entrySchema = z.strictObject({
  id: z.string().regex(idPattern),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  subject: z.string().regex(/^[\w.@-]{1,64}$/),
  namespace: z
    .string()
    .regex(/^[\w-]{0,64}$/)
    .default(''),
  admin: z.boolean().default(false),
  signingSecret: z.string().min(16).optional(),
  /** What it may do to topics and groups; absent: everything of the namespace. */
  roles: roleNames.optional(),
  /** From then on it opens nothing. */
  expiresAt: z.iso.datetime().optional(),
})
const fileSchema = z.strictObject({
  keys: z.array(entrySchema).max(10_000),
  roles: rolesSchema.default({}),
})

type Entry = {
  readonly sha256: string
  readonly expiresAtMs: number
  readonly principal: Principal
} & Pick<z.output<typeof entrySchema>, 'signingSecret'>

export class ApiKeys {
  #entries: ReadonlyMap<string, Entry>

  private constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries
  }

  /**
   * The text of a keys file: `{"keys":[{"id","sha256","subject","namespace","admin","roles",
   * "expiresAt","signingSecret"},…],"roles":{…}}`; see roles.ts.
   */
  static parse(text: string): ApiKeys {
    const parsed = fileSchema.safeParse(parseJson(text))
    if (!parsed.success) throw new MqError('invalid-argument', 'the API keys cannot be read')
    const roles = new Roles(parsed.data.roles)
    const entries = new Map(parsed.data.keys.map((entry) => [entry.id, entryOf(entry, roles)]))
    if (entries.size < parsed.data.keys.length) {
      throw new MqError('invalid-argument', 'two API keys have one id')
    }
    return new ApiKeys(entries)
  }

  /** A new key, to be shown once, and the text of a keys file with only it. */
  static generate(random: Random, subject = 'admin'): { key: string; file: string } {
    const id = Buffer.from(random.bytes(4)).toString('hex')
    const key = `rwk_${id}_${Buffer.from(random.bytes(32)).toString('base64url')}`
    const entry = { id, sha256: hash('sha256', key, 'hex'), subject, namespace: '', admin: true }
    return { key, file: `${JSON.stringify({ keys: [entry] }, null, 2)}\n` }
  }

  /** Takes over the keys of `other`: what a reload of the file does. */
  replace(other: ApiKeys): void {
    this.#entries = other.#entries
  }

  /** Whose key it is; undefined for any other text. Throws `token-expired`. */
  find(key: string, nowMs: number): Principal | undefined {
    const id = keyPattern.exec(key)?.[1]
    const entry = id === undefined ? undefined : this.#entries.get(id)
    // An unknown id takes the same steps as a known one.
    const expected = Buffer.from(entry?.sha256 ?? unknownDigest, 'hex')
    const isRight = timingSafeEqual(hash('sha256', key, 'buffer'), expected)
    return entry && isRight ? current(entry, nowMs).principal : undefined
  }

  /** The secret that calls in the name of key `id` are signed with, where there is one. */
  account(
    id: string,
    nowMs: number,
  ): { readonly identity: Principal; readonly secret: string } | undefined {
    const entry = this.#entries.get(id)
    if (entry?.signingSecret === undefined) return undefined
    return { identity: current(entry, nowMs).principal, secret: entry.signingSecret }
  }
}

const unknownDigest = '0'.repeat(64)

function current(entry: Entry, nowMs: number): Entry {
  if (nowMs < entry.expiresAtMs) return entry
  throw new MqError('token-expired')
}

function entryOf(given: z.output<typeof entrySchema>, roles: Roles): Entry {
  const { sha256, subject, namespace, admin, signingSecret, expiresAt } = given
  const may = given.roles && !admin ? roles.rightsOf(given.roles) : undefined
  return {
    sha256,
    signingSecret,
    expiresAtMs: expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
    principal: { subject, namespace, isAdmin: admin, ...(may && { may }) },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
