// Why the store cannot take messages now. Some causes end with the run, some pass.

import type { Log } from '../base/log.ts'

/**
 * `log-sync` is final; `log-write` (no space, mostly) and `queue-write` and `index-write` pass when the next
 * attempt succeeds; `disk-full` passes when there is space again.
 */
export type TroubleKind = 'log-sync' | 'log-write' | 'queue-write' | 'index-write' | 'disk-full'

const sentences: Readonly<Record<TroubleKind, string>> = {
  'log-sync': 'a sync of the log failed; the store is read-only until it is started again',
  'log-write': 'the log cannot be written',
  'queue-write': 'the queue files cannot be written',
  'index-write': 'the key index cannot be written',
  'disk-full': 'the disk is full',
}

export class Trouble {
  readonly #log: Log
  readonly #kinds = new Set<TroubleKind>()
  readonly #onFinal: (() => void)[] = []

  constructor(log: Log) {
    this.#log = log
  }

  /** One sentence, or undefined when nothing is wrong. */
  get refusal(): string | undefined {
    for (const kind of this.#kinds) return sentences[kind]
    return undefined
  }

  /** It lasts until the store is opened again. */
  get isFinal(): boolean {
    return this.#kinds.has('log-sync')
  }

  onFinal(listener: () => void): void {
    this.#onFinal.push(listener)
  }

  begin(kind: TroubleKind, cause?: unknown): void {
    if (this.#kinds.has(kind)) return
    this.#kinds.add(kind)
    this.#log.error('store-refuses-messages', { kind, reason: sentences[kind], cause })
    if (kind === 'log-sync') for (const listener of this.#onFinal) listener()
  }

  end(kind: TroubleKind): void {
    if (kind === 'log-sync' || !this.#kinds.delete(kind)) return
    this.#log.info('store-trouble-ended', { kind })
  }
}
