// Programs are built from services that start in order and stop in reverse.

/** A part with a life of its own. `stop` waits for what it started and may be called once. */
export type Service = {
  readonly name: string
  start(): Promise<void> | void
  stop(): Promise<void> | void
}

/**
 * Starts services in order and stops them in reverse. A failing start undoes what had
 * started; a failing stop does not keep the others from stopping. Both then reject with the
 * first cause.
 */
export class Lifecycle {
  readonly #services: readonly Service[]
  readonly #started: Service[] = []

  constructor(services: readonly Service[]) {
    this.#services = services
  }

  async start(): Promise<void> {
    for (const service of this.#services) {
      try {
        await service.start()
        this.#started.push(service)
      } catch (cause) {
        await this.stop().catch(() => {})
        throw new Error(`${service.name} did not start`, { cause })
      }
    }
  }

  async stop(): Promise<void> {
    const failed: unknown[] = []
    for (let service = this.#started.pop(); service; service = this.#started.pop()) {
      try {
        await service.stop()
      } catch (cause) {
        failed.push(new Error(`${service.name} did not stop`, { cause }))
      }
    }
    if (failed.length > 0) throw failed[0]
  }
}
