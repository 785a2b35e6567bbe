// Descriptors of consume queue files: as many as fit a limit, the least recently used go.

import type { File, Files } from '../base/files.ts'

export class FileCache {
  readonly #files: Files
  readonly #openMax: number
  readonly #open = new Map<string, File>()

  constructor(files: Files, openMax: number) {
    this.#files = files
    this.#openMax = openMax
  }

  /** The file at `path`, which must exist. Use it at once: the next call may close it. */
  get(path: string): File {
    const open = this.#open.get(path)
    if (open) {
      this.#open.delete(path)
      this.#open.set(path, open)
      return open
    }
    const file = this.#files.open(path, 'write')
    this.#open.set(path, file)
    if (this.#open.size > this.#openMax) this.#closeOldest()
    return file
  }

  /** Closes the file if it is open; before it is removed. */
  drop(path: string): void {
    this.#open.get(path)?.close()
    this.#open.delete(path)
  }

  /** Closes all files below a folder; before it is removed. */
  dropUnder(directory: string): void {
    for (const path of [...this.#open.keys()]) {
      if (path.startsWith(`${directory}/`)) this.drop(path)
    }
  }

  close(): void {
    for (const file of this.#open.values()) file.close()
    this.#open.clear()
  }

  #closeOldest(): void {
    const oldest = this.#open.keys().next()
    if (!oldest.done) this.drop(oldest.value)
  }
}
