// The keys that sign what callers carry for us: receipt handles and cursors. Every node
// holds the same ring; the first key signs, all verify, so a key is rotated by putting the
// new one in front and keeping the old one for the longest invisible time.

import * as z from 'zod'
import { MqError } from '../../src/base/errors.ts'
import type { Random } from '../../src/base/random.ts'
import { HmacKey } from './hmac.ts'

const secretBytes = 32

const fileSchema = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[\w-]{1,16}$/),
        secret: z.base64().refine((text) => Buffer.from(text, 'base64').length >= secretBytes, {
          error: 'a secret has at least 32 bytes',
        }),
      }),
    )
    .min(1)
    .max(16),
})

export class KeyRing {
  #keys: ReadonlyMap<string, HmacKey>
  #currentId: string

  private constructor(keys: ReadonlyMap<string, HmacKey>) {
    this.#keys = keys
    this.#currentId = [...keys.keys()][0] ?? ''
  }

  /** The text of a keys file: `{"keys":[{"id":"k2","secret":"<base64>"},…]}`, newest first. */
  static parse(text: string): KeyRing {
    const parsed = fileSchema.safeParse(parseJson(text))
    // The cause would quote the file, and the file is secret.
    if (!parsed.success) throw new MqError('invalid-argument', 'the keys file cannot be read')
    const { keys } = parsed.data
    const ring = new Map(
      keys.map(({ id, secret }) => [id, new HmacKey(Buffer.from(secret, 'base64'))]),
    )
    if (ring.size < keys.length) throw new MqError('invalid-argument', 'two keys have one id')
    return new KeyRing(ring)
  }

  /** The text of a new keys file with one key, to be kept with mode 0600. */
  static generate(random: Random): string {
    const id = `k${Buffer.from(random.bytes(3)).toString('hex')}`
    const secret = Buffer.from(random.bytes(secretBytes)).toString('base64')
    return `${JSON.stringify({ keys: [{ id, secret }] }, null, 2)}\n`
  }

  /** Takes over the keys of `other`: what a reload of the file does. */
  replace(other: KeyRing): void {
    this.#keys = other.#keys
    this.#currentId = other.#currentId
  }

  get currentId(): string {
    return this.#currentId
  }

  find(id: string): HmacKey | undefined {
    return this.#keys.get(id)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
