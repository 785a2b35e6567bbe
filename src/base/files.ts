// The port for files: node:fs (with or without mmap) in src/host, a memory disk in tests.
//
// Every call throws the system's error (`code` is 'ENOENT', 'ENOSPC', 'EIO', …) unless said
// otherwise. Paths are whole; names that come from a request are checked before they get here.

export type Entry = { readonly name: string; readonly isDirectory: boolean; readonly size: number }

export type Mapping = {
  /** The file's bytes; writes reach the page cache at once. Valid while it is reachable. */
  readonly bytes: Buffer
  /** Writes one byte in each page of [from, to), so that appends there find it resident. */
  touch(from: number, to: number): void
  /**
   * Reads [from, to) into memory in the thread pool, so that `bytes` there wait for no disk. False:
   * it could not be done, or the disk failed.
   */
  load(from: number, to: number): Promise<boolean>
}

/** `createPrivate`: nobody but the owner may read or write it. */
export type OpenMode = 'read' | 'write' | 'create' | 'createPrivate'

export type File = {
  readonly path: string
  size(): number
  /** Fills `into` from `position`; answers how many bytes there were. */
  read(into: Uint8Array, position: number): number
  /** As `read`, in the thread pool: for cold bytes, so that the loop never waits for a disk. */
  readAsync(into: Uint8Array, position: number): Promise<number>
  /** Writes all of `bytes`; into the page cache, durable only after `sync`. */
  write(bytes: Uint8Array, position: number): void
  /** Sets the size; a longer file reads as zeros and may be sparse. Never on a mapped file. */
  resize(size: number): void
  /** Reserves disk space for [0, size), so that a later write cannot meet a full disk. */
  reserve(size: number): void
  /** fdatasync in the thread pool. After a failure nothing written before is to be trusted. */
  sync(): Promise<void>
  /** fdatasync, blocking: for start and stop only. */
  syncNow(): void
  /** Maps the whole file read-write; undefined where this host cannot. */
  map(): Mapping | undefined
  /** Excludes other processes until closed. False: another process holds it. */
  lock(): boolean
  close(): void
}

export type Files = {
  /** Entries sorted by name; empty when there is no such directory. */
  list(directory: string): readonly Entry[]
  exists(path: string): boolean
  /** The whole file, undefined when there is none. */
  readWhole(path: string): Uint8Array | undefined
  open(path: string, mode: OpenMode): File
  /** Makes the directory and those above it. */
  makeDirectory(path: string): void
  rename(from: string, to: string): void
  /** Removes a file, or a directory with all that is in it; nothing when there is none. */
  remove(path: string): void
  /** Makes creations, renames and removals in `directory` durable. */
  syncDirectory(directory: string): void
  /**
   * Makes everything on the file system of `path` durable, names included, in the thread pool:
   * cheaper than many files one by one. Undefined: this host cannot, nothing is done.
   */
  syncFileSystem(path: string): Promise<void> | undefined
  modifiedAt(path: string): number
  setModifiedAt(path: string, ms: number): void
  /** Of the file system that holds `path`, bytes; what is reserved is neither used nor free. */
  space(path: string): { total: number; used: number; free: number }
  /** Physical memory of the machine, bytes. */
  memory(): number
  /** Files and connections that this process may have open. */
  descriptors(): number
}
