// What only a master does: pops, transactions, delayed and timed delivery. Made anew for each
// time that this broker is master, so that nothing of the time before is left in it; what lasts
// is in the log and in files.

import { Lifecycle, type Service } from '../../base/lifecycle.ts'

export type MasterParts<P> = {
  readonly parts: P
  /** In the order in which they start. */
  readonly services: readonly Service[]
  /** Once everything is on disk: see TimerProgress. */
  close(): Promise<void> | void
}

export class MasterServices<P> {
  readonly #make: () => MasterParts<P>
  #made: MasterParts<P>
  #running: Lifecycle | undefined

  constructor(make: () => MasterParts<P>) {
    this.#make = make
    this.#made = make()
  }

  /** Those of now; they refuse what needs a master while this broker is none. */
  get parts(): P {
    return this.#made.parts
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  async begin(): Promise<void> {
    if (this.#running) return
    this.#running = new Lifecycle(this.#made.services)
    await this.#running.start()
  }

  /** `isFinal`: the broker stops; what is closed last is left to {@link close}. */
  async end(isFinal: boolean): Promise<void> {
    const running = this.#running
    if (!running) return
    this.#running = undefined
    await running.stop()
    if (isFinal) return
    await this.#made.close()
    this.#made = this.#make()
  }

  async close(): Promise<void> {
    await this.#made.close()
  }
}
