// A disk in memory. Like a real one it keeps what was not synced only until `crash`; unlike a
// real one it fails where a test wants it to.
//
// Two layers: what processes see, and what is on the platter. `sync` carries a file's bytes
// down, `syncDirectory` its names. A crash keeps the platter and, at random, some of what was
// on its way: single pages of files, single names.

import type { Entry, File, Files, Mapping, OpenMode } from '../../src/base/files.ts'

const pageSize = 4096

/** Called before each call that changes something or syncs; may throw. */
export type Fault = (call: string, path: string, index: number) => void

export type MemoryFilesOptions = {
  /** Whether files can be mapped. */
  readonly mapped?: boolean
  readonly capacity?: number
  /** A number in [0, 1): decides in a crash what of the un-synced is kept. */
  readonly random?: () => number
}

type Inode = { bytes: Buffer; durable: Buffer; mappings: number; modifiedAt: number }

export class MemoryFiles implements Files {
  /** Told of each read for which the caller waits. */
  onBlockingRead: (path: string) => void = () => {}
  /** Decides before each call; replace it to inject errors. */
  fault: Fault = () => {}
  /** Changing calls and syncs so far. */
  calls = 0
  /** Set by a crash: whoever still holds a file of before gets errors. */
  #generation = 0
  #names = new Map<string, Inode>()
  #durableNames = new Map<string, Inode>()
  #directories = new Set<string>(['/'])
  readonly #locks = new Map<string, object>()
  readonly #mapped: boolean
  readonly #random: () => number
  capacity: number
  /** Whether the whole disk can be synced in one call. */
  canSyncAll = true
  /** Syncs of files succeed and do nothing. */
  lies = false
  #now = 1

  constructor(options: MemoryFilesOptions = {}) {
    this.#mapped = options.mapped ?? true
    this.#random = options.random ?? (() => 0.5)
    this.capacity = options.capacity ?? 2 ** 40
  }

  /** Files that exist, for assertions. */
  get paths(): readonly string[] {
    return [...this.#names.keys()].sort()
  }

  /**
   * Power fails. `lose`: how likely each un-synced page and name is lost; 1 keeps only what was
   * synced, 0 is the kill of a process.
   */
  crash(lose = 1): void {
    this.#generation++
    this.#locks.clear()
    const survives = () => this.#random() >= lose
    const names = new Map(this.#durableNames)
    for (const path of new Set([...this.#names.keys(), ...this.#durableNames.keys()])) {
      const now = this.#names.get(path)
      if (now === this.#durableNames.get(path) || !survives()) continue
      if (now) names.set(path, now)
      else names.delete(path)
    }
    this.#names = new Map()
    for (const [path, inode] of names) this.#names.set(path, afterCrash(inode, survives))
    this.#durableNames = new Map(this.#names)
  }

  /** Another disk with the same files, all of them synced. */
  copy(): MemoryFiles {
    const made = new MemoryFiles({ mapped: this.#mapped, capacity: this.capacity })
    for (const directory of this.#directories) made.#directories.add(directory)
    for (const [path, { bytes }] of this.#names) {
      const inode = {
        bytes: Buffer.from(bytes),
        durable: Buffer.from(bytes),
        mappings: 0,
        modifiedAt: 1,
      }
      made.#names.set(path, inode)
      made.#durableNames.set(path, inode)
    }
    return made
  }

  /** The files as one process sees them: after a crash it can do nothing any more. */
  mount(): Files {
    const generation = this.#generation
    return new Proxy<Files>(this, {
      get: (disk, name) => {
        const value: unknown = Reflect.get(disk, name, disk)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          this.checkAlive(generation)
          return Reflect.apply(value, disk, args)
        }
      },
    })
  }

  list(directory: string): readonly Entry[] {
    const entries = new Map<string, Entry>()
    const prefix = `${directory}/`
    for (const path of [...this.#names.keys(), ...this.#directories]) {
      if (!path.startsWith(prefix) || path === prefix) continue
      const [name = '', ...rest] = path.slice(prefix.length).split('/')
      const inode = this.#names.get(path)
      const isDirectory = rest.length > 0 || !inode
      entries.set(name, { name, isDirectory, size: isDirectory ? 0 : (inode?.bytes.length ?? 0) })
    }
    return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  exists(path: string): boolean {
    return this.#names.has(path) || this.#directories.has(path)
  }

  readWhole(path: string): Uint8Array | undefined {
    const inode = this.#names.get(path)
    return inode && Buffer.from(inode.bytes)
  }

  open(path: string, mode: OpenMode): File {
    let inode = this.#names.get(path)
    if (!inode) {
      if (mode === 'read' || mode === 'write') throw systemError('ENOENT', path)
      this.touch('create', path)
      inode = {
        bytes: Buffer.alloc(0),
        durable: Buffer.alloc(0),
        mappings: 0,
        modifiedAt: this.#now++,
      }
      this.#names.set(path, inode)
    }
    return new MemoryFile(this, path, inode, this.#generation)
  }

  makeDirectory(path: string): void {
    const parts = path.split('/')
    for (let count = 2; count <= parts.length; count++) {
      this.#directories.add(parts.slice(0, count).join('/'))
    }
  }

  rename(from: string, to: string): void {
    const inode = this.#names.get(from)
    if (!inode) throw systemError('ENOENT', from)
    this.touch('rename', from)
    this.#names.delete(from)
    this.#names.set(to, inode)
  }

  remove(path: string): void {
    if (!this.exists(path)) return
    this.touch('remove', path)
    for (const one of [...this.#names.keys()]) {
      if (one === path || one.startsWith(`${path}/`)) this.#names.delete(one)
    }
    for (const one of [...this.#directories]) {
      if (one === path || one.startsWith(`${path}/`)) this.#directories.delete(one)
    }
  }

  syncDirectory(directory: string): void {
    this.touch('syncDirectory', directory)
    const isIn = (path: string) => path.slice(0, path.lastIndexOf('/')) === directory
    for (const path of [...this.#durableNames.keys()]) {
      const parent = path.slice(0, path.lastIndexOf('/'))
      const wentWithFolder = path.startsWith(`${directory}/`) && !this.#directories.has(parent)
      if ((isIn(path) || wentWithFolder) && !this.#names.has(path)) this.#durableNames.delete(path)
    }
    for (const [path, inode] of this.#names) if (isIn(path)) this.#durableNames.set(path, inode)
  }

  syncFileSystem(path: string): Promise<void> | undefined {
    return this.canSyncAll ? this.#syncAll(path) : undefined
  }

  async #syncAll(path: string): Promise<void> {
    this.touch('syncFileSystem', path)
    const snapshots = [...this.#names].map(([name, inode]) => ({
      name,
      inode,
      bytes: Buffer.from(inode.bytes),
    }))
    const generation = this.#generation
    await new Promise(setImmediate)
    this.checkAlive(generation)
    if (this.lies) return
    for (const { inode, bytes } of snapshots) inode.durable = bytes
    this.#durableNames = new Map(snapshots.map(({ name, inode }) => [name, inode]))
  }

  modifiedAt(path: string): number {
    return this.#inodeAt(path).modifiedAt
  }

  setModifiedAt(path: string, ms: number): void {
    this.#inodeAt(path).modifiedAt = ms
  }

  space(_path: string): { total: number; used: number; free: number } {
    const used = this.#used()
    return { total: this.capacity, used, free: Math.max(0, this.capacity - used) }
  }

  descriptors(): number {
    return 1_024
  }

  memory(): number {
    return 8 * 2 ** 30
  }

  // For MemoryFile.

  get isMapped(): boolean {
    return this.#mapped
  }

  checkAlive(generation: number): void {
    if (generation !== this.#generation) throw systemError('EIO', 'the machine has crashed')
  }

  touch(call: string, path: string): void {
    this.fault(call, path, ++this.calls)
  }

  checkSpace(path: string, growth: number): void {
    if (growth > 0 && this.#used() + growth > this.capacity) throw systemError('ENOSPC', path)
  }

  lock(path: string, holder: object): boolean {
    const current = this.#locks.get(path)
    if (current && current !== holder) return false
    this.#locks.set(path, holder)
    return true
  }

  unlock(path: string, holder: object): void {
    if (this.#locks.get(path) === holder) this.#locks.delete(path)
  }

  #used(): number {
    let size = 0
    for (const inode of this.#names.values()) size += inode.bytes.length
    return size
  }

  #inodeAt(path: string): Inode {
    const inode = this.#names.get(path)
    if (!inode) throw systemError('ENOENT', path)
    return inode
  }
}

class MemoryFile implements File {
  readonly path: string
  readonly #disk: MemoryFiles
  readonly #inode: Inode
  readonly #generation: number
  #isMapped = false

  constructor(disk: MemoryFiles, path: string, inode: Inode, generation: number) {
    this.path = path
    this.#disk = disk
    this.#inode = inode
    this.#generation = generation
  }

  size(): number {
    return this.#inode.bytes.length
  }

  read(into: Uint8Array, position: number): number {
    this.#disk.onBlockingRead(this.path)
    return this.#read(into, position)
  }

  #read(into: Uint8Array, position: number): number {
    this.#disk.checkAlive(this.#generation)
    // As the real one, where a negative position is no place from the end.
    if (position < 0) throw new RangeError(`read at ${position}`)
    const found = this.#inode.bytes.subarray(position, position + into.length)
    into.set(found)
    return found.length
  }

  async readAsync(into: Uint8Array, position: number): Promise<number> {
    await new Promise(setImmediate)
    return this.#read(into, position)
  }

  write(bytes: Uint8Array, position: number): void {
    this.#change('write')
    const end = position + bytes.length
    if (end > this.size()) this.#setSize(end)
    this.#inode.bytes.set(bytes, position)
  }

  resize(size: number): void {
    this.#change('resize')
    if (this.#inode.mappings > 0) throw new Error(`${this.path} is mapped: a resize would be fatal`)
    this.#setSize(size)
  }

  reserve(size: number): void {
    this.#change('reserve')
    if (size > this.size()) this.#setSize(size)
  }

  async sync(): Promise<void> {
    this.#change('sync')
    const { bytes } = this.#inode
    const snapshot = Buffer.from(bytes)
    await new Promise(setImmediate)
    this.#disk.checkAlive(this.#generation)
    if (!this.#disk.lies) this.#inode.durable = snapshot
  }

  syncNow(): void {
    this.#change('sync')
    if (!this.#disk.lies) this.#inode.durable = Buffer.from(this.#inode.bytes)
  }

  map(): Mapping | undefined {
    if (!this.#disk.isMapped) return undefined
    if (!this.#isMapped) this.#inode.mappings++
    this.#isMapped = true
    const load = async (): Promise<boolean> => {
      await new Promise(setImmediate)
      return true
    }
    return { bytes: this.#inode.bytes, touch() {}, load }
  }

  lock(): boolean {
    return this.#disk.lock(this.path, this)
  }

  close(): void {
    this.#disk.unlock(this.path, this)
    if (this.#isMapped) this.#inode.mappings--
    this.#isMapped = false
  }

  #change(call: string): void {
    this.#disk.checkAlive(this.#generation)
    this.#disk.touch(call, this.path)
  }

  #setSize(size: number): void {
    const old = this.#inode.bytes
    this.#disk.checkSpace(this.path, size - old.length)
    const made = Buffer.alloc(size)
    old.copy(made)
    this.#inode.bytes = made
  }
}

function afterCrash(inode: Inode, survives: () => boolean): Inode {
  const { bytes, durable } = inode
  const size = survives() ? bytes.length : durable.length
  const kept = Buffer.alloc(size)
  for (let at = 0; at < size; at += pageSize) {
    const from = survives() ? bytes : durable
    from.subarray(at, Math.min(at + pageSize, size)).copy(kept, at)
  }
  return { bytes: kept, durable: Buffer.from(kept), mappings: 0, modifiedAt: inode.modifiedAt }
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
