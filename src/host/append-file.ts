// A file that lines are added to, each at once: for rows that must be there before an answer.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Service } from '../base/lifecycle.ts'

export class AppendFile implements Service {
  readonly name = 'append-file'
  readonly #path: string
  #file: number

  /** Opens it, for its owner only; throws when that cannot be. */
  constructor(path: string) {
    this.#path = path
    mkdirSync(dirname(path), { recursive: true })
    this.#file = open(path)
  }

  append(line: string): void {
    writeSync(this.#file, line)
  }

  /** Goes on in a new file where the old one was moved away. */
  reopen(): void {
    const next = open(this.#path)
    closeSync(this.#file)
    this.#file = next
  }

  start(): void {}

  stop(): void {
    closeSync(this.#file)
  }
}

const open = (path: string): number => openSync(path, 'a', 0o600)
