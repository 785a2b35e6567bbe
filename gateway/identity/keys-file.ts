// Changes of a keys file: a key more, a key less. What becomes of the file is what a gateway
// reads at its next start or reload; nothing but the one who made a key ever has it.

import * as z from 'zod'
import { MqError } from '../../src/base/errors.ts'
import { parseLooseJson } from '../../src/base/loose-json.ts'
import type { Random } from '../../src/base/random.ts'
import { ApiKeys, newKey, parseKeysFile } from './api-keys.ts'

export type NewKey = {
  readonly subject: string
  readonly namespace?: string | undefined
  readonly namespaces?: readonly string[] | undefined
  readonly admin?: boolean | undefined
  readonly roles?: readonly string[] | undefined
  readonly expiresAt?: string | undefined
  readonly sourceIps?: readonly string[] | undefined
  /** With a secret that gRPC calls are signed with. */
  readonly signing?: boolean | undefined
}

/** What is shown of a key: never what opens a door. */
export type KeyView = {
  readonly id: string
  readonly subject: string
  readonly namespace: string
  readonly namespaces?: readonly string[] | undefined
  readonly admin: boolean
  /** Absent: everything of its namespaces. */
  readonly roles?: readonly string[] | undefined
  readonly expiresAt?: string | undefined
  readonly sourceIps?: readonly string[] | undefined
  /** Whether it has a secret that gRPC calls are signed with. */
  readonly signing: boolean
}

export type MadeKey = {
  readonly id: string
  readonly key: string
  readonly signingSecret?: string | undefined
  /** The text of the file with it. */
  readonly file: string
}

const looseFile = z.looseObject({ keys: z.array(z.looseObject({ id: z.string() })) })
type Loose = z.output<typeof looseFile>

/** `text` undefined: there is no file yet. Throws `invalid-argument` for what no gateway takes. */
export function addKey(text: string | undefined, given: NewKey, random: Random): MadeKey {
  const file = text === undefined ? { keys: [] } : parsed(text)
  const { id, key, sha256 } = newKey(random)
  const secret = given.signing ? Buffer.from(random.bytes(32)).toString('base64url') : undefined
  const { signing: _, ...owner } = given
  const entry = { id, sha256, ...owner, signingSecret: secret }
  return { id, key, signingSecret: secret, file: printed({ ...file, keys: [...file.keys, entry] }) }
}

/** The text of the file without the key. Throws `not-found`. */
export function removeKey(text: string, id: string): string {
  const file = parsed(text)
  const keys = file.keys.filter((one) => one.id !== id)
  if (keys.length === file.keys.length) throw new MqError('not-found', 'there is no such key')
  return printed({ ...file, keys })
}

export const listKeys = (text: string): readonly KeyView[] =>
  parseKeysFile(text).keys.map(({ sha256: _, signingSecret, ...shown }) => ({
    ...shown,
    signing: signingSecret !== undefined,
  }))

function parsed(text: string): Loose {
  ApiKeys.parse(text)
  return looseFile.parse(parseLooseJson(text))
}

function printed(file: Loose): string {
  const text = `${JSON.stringify(file, null, 2)}\n`
  ApiKeys.parse(text)
  return text
}
