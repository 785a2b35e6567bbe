// What can be wrong with a store. A problem is about one thing; the report counts them all and
// keeps the first of each kind.

/** Of files that the timer makes again from its queue. */
export const timerProblems = [
  'timer-log-damaged',
  'timer-entry-wrong',
  'timer-wheel-wrong',
  'timer-checkpoint-wrong',
] as const satisfies readonly ProblemKind[]

export type ProblemKind =
  | 'log-file-size'
  | 'log-files-missing'
  | 'log-damaged'
  | 'log-torn-tail'
  | 'log-ends-early'
  | 'queue-file-size'
  | 'queue-entry-missing'
  | 'queue-entry-wrong'
  | 'queue-entry-without-record'
  | 'index-file-unreadable'
  | 'index-entry-wrong'
  | 'checkpoint-beyond-log'
  | 'timer-log-damaged'
  | 'timer-entry-wrong'
  | 'timer-wheel-wrong'
  | 'timer-checkpoint-wrong'

export type Problem = {
  readonly kind: ProblemKind
  /** The file or queue, relative to the store. */
  readonly where: string
  readonly detail: string
}

const keptOfKind = 20

export class Problems {
  readonly #counts = new Map<ProblemKind, number>()
  readonly #kept: Problem[] = []

  add(kind: ProblemKind, where: string, detail: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    if (count <= keptOfKind) this.#kept.push({ kind, where, detail })
  }

  get count(): number {
    let count = 0
    for (const one of this.#counts.values()) count += one
    return count
  }

  get counts(): ReadonlyMap<ProblemKind, number> {
    return this.#counts
  }

  /** The first of each kind. */
  get kept(): readonly Problem[] {
    return this.#kept
  }
}
