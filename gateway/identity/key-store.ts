// The API keys of this gateway while it runs: what administrators see of them, a key more, a key
// less. The keys file stays the one place where they are, so that the command line, a reload and
// a restart know what was done here; nodes that share the file take it over with a reload.

import { MqError } from '../../src/base/errors.ts'
import type { Random } from '../../src/base/random.ts'
import { ApiKeys } from './api-keys.ts'
import {
  addKey,
  type KeyView,
  listKeys,
  type MadeKey,
  type NewKey,
  removeKey,
} from './keys-file.ts'

/** The keys file, at once: nothing comes between reading it and replacing it. */
export type KeysFile = {
  read(): string
  replace(text: string): void
}

type Parts = {
  /** Undefined: authentication is off, or all callers come with tokens of an issuer. */
  readonly file: KeysFile | undefined
  readonly random: Random
  /** The keys from now on. */
  use(keys: ApiKeys): void
}

export class KeyStore {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** By id. */
  list(): readonly KeyView[] {
    const { file } = this.#parts
    return file ? listKeys(read(file)).toSorted((a, b) => (a.id < b.id ? -1 : 1)) : []
  }

  /** Throws `not-found`. */
  find(id: string): KeyView {
    const found = this.list().find((one) => one.id === id)
    if (found) return found
    throw new MqError('not-found', 'there is no such key')
  }

  /** The key itself is in the result and nowhere else. */
  add(given: NewKey): Omit<MadeKey, 'file'> {
    const { file, ...made } = addKey(read(this.#file), given, this.#parts.random)
    this.#replace(file)
    return made
  }

  /** It opens nothing from now on. Throws `not-found`. */
  remove(id: string): void {
    this.#replace(removeKey(read(this.#file), id))
  }

  get #file(): KeysFile {
    const { file } = this.#parts
    if (file) return file
    throw new MqError('illegal-operation', 'there is no keys file: auth.keysFile names it')
  }

  #replace(text: string): void {
    try {
      this.#file.replace(text)
    } catch (cause) {
      throw new MqError('illegal-operation', 'the keys file cannot be written', {}, { cause })
    }
    this.#parts.use(ApiKeys.parse(text))
  }
}

/** What is wrong with the file is not the caller's mistake. */
function read(file: KeysFile): string {
  try {
    const text = file.read()
    ApiKeys.parse(text)
    return text
  } catch (cause) {
    throw new MqError('internal', 'the keys file cannot be read', {}, { cause })
  }
}
