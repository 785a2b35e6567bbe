// Two marks in the store's folder: `lock` says that a process has it open, `abort` that the last
// one did not end in order. Source: DefaultMessageStore.load, createTempFile; FileLock.

import { MqError } from '../base/errors.ts'
import type { File, Files } from '../base/files.ts'

export class RunMarks {
  readonly #files: Files
  readonly #root: string
  readonly #lock: File

  /** Takes the lock. Throws `broker-unavailable` when another process has it. */
  constructor(files: Files, root: string) {
    this.#files = files
    this.#root = root
    this.#lock = files.open(`${root}/lock`, 'create')
    if (!this.#lock.lock()) {
      this.#lock.close()
      throw new MqError('broker-unavailable', 'another process has this store open', { root })
    }
    this.#lock.write(Buffer.from('lock'), 0)
  }

  get hasAbort(): boolean {
    return this.#files.exists(this.#abortPath)
  }

  /** Says that the store is in use. Durable when it returns. */
  setAbort(processId: number): void {
    const file = this.#files.open(this.#abortPath, 'create')
    const text = Buffer.from(String(processId))
    file.resize(0)
    file.write(text, 0)
    file.syncNow()
    file.close()
    this.#files.syncDirectory(this.#root)
  }

  /** Says that the store was closed in order. */
  clearAbort(): void {
    this.#files.remove(this.#abortPath)
    this.#files.syncDirectory(this.#root)
  }

  /** Gives the lock back. */
  release(): void {
    this.#lock.close()
  }

  get #abortPath(): string {
    return `${this.#root}/abort`
  }
}
