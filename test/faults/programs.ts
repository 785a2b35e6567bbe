// The programs of a cluster, each a real process in a place of its own, which faults kill, pause
// and start again.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { command } from '../support/processes.ts'
import type { Place } from './namespaces.ts'

const readyMs = 30_000
const linesMax = 400

export class Program {
  readonly place: Place
  readonly #words: readonly string[]
  readonly #readyText: string
  readonly #env: Record<string, string>
  readonly #lines: string[] = []
  #child: ChildProcess | undefined
  /** Somebody wants it to end. */
  #isEnding = false
  /** I13: ends that nobody wanted. */
  readonly accidents: string[] = []
  #ended: Promise<unknown> = Promise.resolve()

  /** `wrap`: a command that the program runs under, such as strace. */
  constructor(
    t: ExecutionContext,
    given: {
      place: Place
      args: readonly string[]
      env?: Record<string, string>
      wrap?: readonly string[]
      /** Ours unless said. */
      command?: readonly string[]
      /** It serves when it has written a line with this. */
      readyText?: string
    },
  ) {
    this.place = given.place
    const { place, wrap = [], args } = given
    const program = given.command ?? [process.execPath, command]
    this.#words = [...place.prefix, ...wrap, ...program, ...args]
    this.#readyText = given.readyText ?? 'ready {'
    this.#env = given.env ?? {}
    t.teardown(async () => {
      await this.kill()
      if (!t.passed) t.log(`${this.place.name}\n${this.#lines.slice(-80).join('\n')}`)
    })
  }

  /** Resolves when it says that it serves. */
  async start(): Promise<void> {
    const [first = '', ...rest] = this.#words
    const child = spawn(first, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#env },
      // A group of its own: what wraps it dies with it.
      detached: true,
    })
    this.#child = child
    this.#isEnding = false
    this.#lines.push(`--- started at ${Date.now()}`)
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      if (!this.#isEnding) this.accidents.push(`I13: ${this.place.name} ended: ${code ?? signal}`)
      if (this.#child === child) this.#child = undefined
    })
    const ready = new Promise<void>((resolve) => {
      const read = (line: string): void => {
        this.#lines.push(line)
        if (this.#lines.length > linesMax) this.#lines.shift()
        if (line.includes(this.#readyText)) resolve()
      }
      createInterface({ input: child.stdout }).on('line', read)
      createInterface({ input: child.stderr }).on('line', read)
    })
    const late = sleep(readyMs, undefined, { ref: false }).then(() => {
      throw new Error(`${this.place.name} is not ready in time`)
    })
    const ended = this.#ended.then(() => {
      throw new Error(`${this.place.name} ended before it was ready:\n${this.#lines.join('\n')}`)
    })
    await Promise.race([ready, late, ended])
    ended.catch(() => {})
  }

  signal(name: NodeJS.Signals): void {
    const pid = this.#child?.pid
    if (pid === undefined) return
    try {
      process.kill(-pid, name)
    } catch {
      // It ended by itself meanwhile.
    }
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.#isEnding = true
    this.signal('SIGTERM')
    await this.#ended
  }

  async kill(): Promise<void> {
    this.#isEnding = true
    this.signal('SIGKILL')
    await this.#ended
  }
}
