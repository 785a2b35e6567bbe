// Files over node:fs, with mappings, reservation and Java's lock where koffi loads.

import fs from 'node:fs'
import { totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { Entry, File, Files, Mapping, OpenMode } from '../base/files.ts'
import type { Native } from './mmap.ts'

/** Where the system does not say. */
const descriptorsDefault = 1_024

/** The files of this machine. Without `native` nothing can be mapped and space is not reserved. */
export function nodeFiles(native?: Native): Files {
  return {
    list,
    exists: (path) => fs.existsSync(path),
    readWhole: (path) => unlessMissing(() => fs.readFileSync(path), undefined),
    open: (path, mode) => new NodeFile(path, mode, native),
    makeDirectory: (path) => void fs.mkdirSync(path, { recursive: true }),
    rename: (from, to) => fs.renameSync(from, to),
    remove: (path) => fs.rmSync(path, { recursive: true, force: true }),
    syncDirectory,
    syncFileSystem: (path) => syncFileSystem(path, native),
    modifiedAt: (path) => fs.statSync(path).mtimeMs,
    setModifiedAt: (path, ms) => fs.utimesSync(path, ms / 1000, ms / 1000),
    space,
    memory: totalmem,
    descriptors,
  }
}

function list(directory: string): readonly Entry[] {
  const found = unlessMissing(() => fs.readdirSync(directory, { withFileTypes: true }), [])
  const entries = found.map((entry) => ({
    name: entry.name,
    isDirectory: entry.isDirectory(),
    size: entry.isDirectory() ? 0 : fs.statSync(`${directory}/${entry.name}`).size,
  }))
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function syncDirectory(directory: string): void {
  const descriptor = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

function syncFileSystem(path: string, native: Native | undefined): Promise<void> | undefined {
  if (!native?.syncFileSystem) return undefined
  const descriptor = fs.openSync(path, 'r')
  return native.syncFileSystem(descriptor).finally(() => fs.closeSync(descriptor))
}

function space(path: string): { total: number; used: number; free: number } {
  const { blocks, bfree, bavail, bsize } = fs.statfsSync(path)
  return { total: blocks * bsize, used: (blocks - bfree) * bsize, free: bavail * bsize }
}

// Node has raised the soft limit to the hard one when it started.
function descriptors(): number {
  const limits = unlessMissing(() => fs.readFileSync('/proc/self/limits', 'utf8'), '')
  const limit = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  if (limit === 'unlimited') return Number.MAX_SAFE_INTEGER
  return limit === undefined ? descriptorsDefault : Number(limit)
}

function unlessMissing<T>(read: () => T, missing: T): T {
  try {
    return read()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return missing
    throw error
  }
}

const flagsOf = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT,
  createPrivate: fs.constants.O_RDWR | fs.constants.O_CREAT,
} as const satisfies Record<OpenMode, number>

class NodeFile implements File {
  readonly path: string
  readonly #descriptor: number
  readonly #native: Native | undefined
  #lock: (() => void) | undefined
  #pending = 0
  #closing = false

  constructor(path: string, mode: OpenMode, native: Native | undefined) {
    this.path = path
    this.#native = native
    this.#descriptor = fs.openSync(path, flagsOf[mode], mode === 'createPrivate' ? 0o600 : 0o644)
  }

  size(): number {
    return fs.fstatSync(this.#descriptor).size
  }

  read(into: Uint8Array, position: number): number {
    let done = 0
    while (done < into.length) {
      const count = fs.readSync(this.#descriptor, into, done, into.length - done, position + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  async readAsync(into: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < into.length) {
      const count = await this.#readOnce(into, done, position + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  #readOnce(into: Uint8Array, at: number, position: number): Promise<number> {
    return this.#inPool((done) =>
      fs.read(this.#descriptor, into, at, into.length - at, position, done),
    )
  }

  write(bytes: Uint8Array, position: number): void {
    let done = 0
    while (done < bytes.length) {
      done += fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done)
    }
  }

  resize(size: number): void {
    fs.ftruncateSync(this.#descriptor, size)
  }

  reserve(size: number): void {
    if (this.#native) {
      this.#native.reserve(this.#descriptor, size)
      return
    }
    const found = fs.fstatSync(this.#descriptor)
    const missing = size - found.blocks * 512
    if (missing > space(dirname(this.path)).free) {
      throw Object.assign(new Error('ENOSPC: reserve'), { code: 'ENOSPC' })
    }
    if (found.size < size) this.resize(size)
  }

  async sync(): Promise<void> {
    await this.#inPool<void>((done) => fs.fdatasync(this.#descriptor, done))
  }

  syncNow(): void {
    fs.fdatasyncSync(this.#descriptor)
  }

  map(): Mapping | undefined {
    return this.#native?.map(this.#descriptor, this.size())
  }

  lock(): boolean {
    if (this.#lock) return true
    // The system's lock does not exclude this process itself.
    if (lockedHere.has(this.path)) return false
    const release = this.#native ? this.#lockNatively(this.#native) : lockByProcessId(this.path)
    if (!release) return false
    lockedHere.add(this.path)
    this.#lock = release
    return true
  }

  #lockNatively(native: Native): (() => void) | undefined {
    return native.lock(this.#descriptor) ? () => {} : undefined
  }

  close(): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#lock) {
      this.#lock()
      lockedHere.delete(this.path)
    }
    if (this.#pending === 0) fs.closeSync(this.#descriptor)
  }

  /** Calls in the thread pool keep the descriptor: a closed number may be another file's soon. */
  #inPool<T>(run: (done: (error: Error | null, result: T) => void) => void): Promise<T> {
    this.#pending++
    return new Promise((resolve, reject) => {
      run((error, result) => {
        this.#pending--
        if (this.#closing && this.#pending === 0) fs.closeSync(this.#descriptor)
        if (error) reject(error)
        else resolve(result)
      })
    })
  }
}

const lockedHere = new Set<string>()

/** Without record locks: a file beside it names the process that holds it. */
function lockByProcessId(path: string): (() => void) | undefined {
  const mark = `${path}.pid`
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      fs.writeFileSync(mark, String(process.pid), { flag: 'wx' })
      return () => fs.rmSync(mark, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const holder = Number(unlessMissing(() => fs.readFileSync(mark, 'utf8'), ''))
    if (holder > 0 && holder !== process.pid && isAlive(holder)) return undefined
    fs.rmSync(mark, { force: true })
  }
  return undefined
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
