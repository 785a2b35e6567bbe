// State files that are replaced whole: the file is written beside the old one, synced, and
// renamed over it, so that a reader finds the old state or the new one and never a part.
//
//   <path>.tmp   being written; worthless after a crash
//   <path>       the state
//   <path>.bak   the state before it, as Java keeps it
//
// Source: ConfigManager, MixAll.string2File (which does not sync).

import { dirname } from 'node:path'
import { assert } from './assert.ts'
import { MqError } from './errors.ts'
import type { Files, OpenMode } from './files.ts'
import type { Log } from './log.ts'
import { parseLooseJson } from './loose-json.ts'

/** Bytes that are no text are damage, which must not be taken for a strange name. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** One state file. `save` is for one owner: nobody else may write the same path. */
export class JsonFile {
  readonly path: string
  readonly #files: Files
  readonly #log: Log
  readonly #mode: OpenMode
  #running: Promise<void> | undefined
  #waiting: Waiting | undefined
  /** Whether `path` holds a state worth keeping as `.bak`. */
  #isWhole: boolean

  /** `isPrivate`: what is in it is for its owner only. */
  constructor(files: Files, path: string, log: Log, isPrivate = false) {
    this.#mode = isPrivate ? 'createPrivate' : 'create'
    this.#files = files
    this.#log = log
    this.path = path
    this.#isWhole = files.exists(path)
  }

  /**
   * The newest state that can be read: the file's, else, with a warning, the one before it.
   * Undefined when neither file exists. `parse` checks the value and throws what makes it
   * unusable; throws `internal` when a file exists and none can be used.
   */
  load<T>(parse: (value: unknown) => T): T | undefined {
    let damage: unknown
    try {
      const state = this.#read(this.path, parse)
      if (state !== undefined) return state
    } catch (error) {
      damage = error
    }
    // What cannot be read must not push the state before it out of `.bak` at the next save.
    this.#isWhole = false
    const state = this.#read(`${this.path}.bak`, parse)
    if (state !== undefined) this.#log.warn('state-file-restored', { path: this.path, damage })
    else if (damage) throw damage
    return state
  }

  /**
   * Replaces the file by the JSON of what `snapshot` gives. Durable once resolved. Calls that
   * come while one is being written share the next write, with the newest of their snapshots.
   * Rejects with the system's error; the file is then what it was.
   */
  save(snapshot: () => unknown): Promise<void> {
    if (this.#waiting) {
      this.#waiting.snapshot = snapshot
      return this.#waiting.done
    }
    if (!this.#running) return this.#run(snapshot)
    const done = this.#running.catch(() => {}).then(() => this.#runWaiting())
    this.#waiting = { snapshot, done }
    return done
  }

  #runWaiting(): Promise<void> {
    const waiting = this.#waiting
    assert(waiting, 'a save that waits')
    this.#waiting = undefined
    return this.#run(waiting.snapshot)
  }

  #run(snapshot: () => unknown): Promise<void> {
    const running = this.#write(snapshot).finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #write(snapshot: () => unknown): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(snapshot(), undefined, '\t')}\n`)
    const temporary = `${this.path}.tmp`
    this.#files.makeDirectory(dirname(this.path))
    this.#files.remove(temporary)
    const file = this.#files.open(temporary, this.#mode)
    try {
      file.write(bytes, 0)
      await file.sync()
    } finally {
      file.close()
    }
    if (this.#isWhole && this.#files.exists(this.path)) {
      this.#files.rename(this.path, `${this.path}.bak`)
    }
    this.#files.rename(temporary, this.path)
    this.#files.syncDirectory(dirname(this.path))
    this.#isWhole = true
  }

  #read<T>(path: string, parse: (value: unknown) => T): T | undefined {
    const bytes = this.#files.readWhole(path)
    if (!bytes) return undefined
    try {
      return parse(parseLooseJson(utf8.decode(bytes)))
    } catch (cause) {
      throw new MqError('internal', 'a state file cannot be read', { path }, { cause })
    }
  }
}

type Waiting = { snapshot: () => unknown; done: Promise<void> }
