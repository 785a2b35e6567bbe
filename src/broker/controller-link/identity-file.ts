// The id that the controller gave this broker, in Apache's files beside the store:
//
//   brokerIdentity        clusterName#brokerName#brokerId
//   brokerIdentity-temp   the same and #checkCode, while the id is being applied for
//
// A crash while it is applied for asks for the same id again with the same check code. Losing the
// files makes this broker a new member of its set.
// Source: BrokerMetadata, TempBrokerMetadata

import { MqError } from '../../base/errors.ts'
import type { Files } from '../../base/files.ts'
import { replaceFile } from '../../base/replace-file.ts'

type Names = { readonly clusterName: string; readonly brokerName: string }
export type Wanted = { readonly id: number; readonly checkCode: string }

export class IdentityFile {
  readonly #files: Files
  readonly #path: string
  readonly #names: Names

  constructor(files: Files, path: string, names: Names) {
    this.#files = files
    this.#path = path
    this.#names = names
  }

  /** The id, once it is ours. Throws `internal` when the file is of another broker set. */
  id(): number | undefined {
    const parts = this.#read(this.#path)
    return parts && this.#idOf(parts)
  }

  /** What is being applied for. */
  wanted(): Wanted | undefined {
    const parts = this.#read(this.#temporary)
    return parts && { id: this.#idOf(parts), checkCode: parts[3] ?? '' }
  }

  want({ id, checkCode }: Wanted): void {
    this.#write(this.#temporary, [id, checkCode])
  }

  keep(id: number): void {
    this.#write(this.#path, [id])
    this.#files.remove(this.#temporary)
  }

  /** It cannot be had. */
  giveUp(): void {
    this.#files.remove(this.#temporary)
  }

  get #temporary(): string {
    return `${this.#path}-temp`
  }

  #write(path: string, parts: readonly (string | number)[]): void {
    const { clusterName, brokerName } = this.#names
    replaceFile(this.#files, path, Buffer.from([clusterName, brokerName, ...parts].join('#')))
  }

  #read(path: string): readonly string[] | undefined {
    const bytes = this.#files.readWhole(path)
    const text = bytes && Buffer.from(bytes).toString('utf8').trim()
    return text ? text.split('#') : undefined
  }

  #idOf([clusterName, brokerName, idText]: readonly string[]): number {
    const id = Number(idText)
    const isOurs = clusterName === this.#names.clusterName && brokerName === this.#names.brokerName
    if (isOurs && Number.isInteger(id) && id > 0) return id
    throw new MqError('internal', 'the identity file is of another broker', { path: this.#path })
  }
}
