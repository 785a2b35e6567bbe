// Memory mapping and the few other system calls that Node lacks, through koffi, which is an
// optional dependency: where it does not load, nodeFiles works without mappings.
//
// A mapping is undone by the garbage collector and by nothing else: munmap under a view that
// somebody still holds (a socket write, a read result) kills the process.

import type { Mapping } from '../base/files.ts'

/** The system calls that NodeFiles uses when it has them. */
export type Native = {
  /** Maps [0, size) of an open file, shared and read-write. Throws when the system refuses. */
  map(fd: number, size: number): Mapping
  /** Reserves disk space for [0, size). Throws with the system's code, ENOSPC among them. */
  reserve(fd: number, size: number): void
  /** Writes everything of the file system that holds `fd`, in a thread; absent where unknown. */
  readonly syncFileSystem: ((fd: number) => Promise<void>) | undefined
  /** Takes Java's lock, the POSIX record lock on the first byte. False: another process has it. */
  lock(fd: number): boolean
}

const pageSize = 4096
const protReadWrite = 3
const mapShared = 1
const succeeded = 0
const advisePopulateRead = 22
const advisePopulateWrite = 23
const lockTest = 2

/** Loads koffi and binds the C library; undefined where either is not there. */
export async function loadNative(): Promise<Native | undefined> {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return undefined
  try {
    return bind(await import('koffi'))
  } catch {
    return undefined
  }
}

function bind(koffi: typeof import('koffi')): Native {
  const library = koffi.load(process.platform === 'linux' ? null : 'libSystem.dylib')
  const mmap = library.func('int64 mmap(int64, size_t, int, int, int, int64)')
  const munmap = library.func('int munmap(int64, size_t)')
  const madvise = library.func('int madvise(int64, size_t, int)')
  const lockf = library.func('int lockf(int, int, int64)')
  const fallocate =
    process.platform === 'linux'
      ? library.func('int posix_fallocate(int, int64, int64)')
      : (): number => 0

  const syncfs = process.platform === 'linux' ? library.func('int syncfs(int)') : undefined

  const unmapped = new FinalizationRegistry<{ address: bigint; size: number }>((held) => {
    munmap(held.address, held.size)
  })
  const fail = (call: string, errno: number): never => {
    throw systemError(call, errno, koffi.os.errno)
  }

  return {
    map(fd, size) {
      const address = BigInt(mmap(0, size, protReadWrite, mapShared, fd, 0))
      if (address === -1n) fail('mmap', koffi.errno())
      const memory = koffi.view(address, size)
      unmapped.register(memory, { address, size })
      const bytes = Buffer.from(memory)
      return {
        bytes,
        touch: (from, to) => touch(bytes, address, from, to),
        load: (from, to) => load(bytes, address, from, to),
      }
    },
    reserve(fd, size) {
      const errno: number = fallocate(fd, 0, size)
      if (errno !== 0) fail('posix_fallocate', errno)
    },
    syncFileSystem:
      syncfs &&
      ((fd) =>
        new Promise((resolve, reject) => {
          syncfs.async(fd, (error: unknown, result: number) => {
            // The error number belongs to the thread that made the call and cannot be asked here.
            if (error || result !== succeeded)
              reject(Object.assign(new Error('EIO: syncfs'), { code: 'EIO' }))
            else resolve()
          })
        })),
    lock: (fd) => lockf(fd, lockTest, 1) === 0,
  }

  function load(bytes: Buffer, address: bigint, from: number, to: number): Promise<boolean> {
    const start = from - (from % pageSize)
    const end = Math.min(to, bytes.length)
    return new Promise((resolve) => {
      const done = (error: unknown, result: number): void => {
        // `bytes` keeps the mapping alive for as long as the call runs.
        resolve(!error && result === succeeded && bytes.length > 0)
      }
      try {
        madvise.async(address + BigInt(start), end - start, advisePopulateRead, done)
      } catch {
        // Too many at once: who asks takes the other way.
        resolve(false)
      }
    })
  }

  function touch(bytes: Buffer, address: bigint, from: number, to: number): void {
    const start = from - (from % pageSize)
    const end = Math.min(to, bytes.length)
    if (end <= start) return
    // Populating runs in koffi's thread, so that the loop does not pay for the page faults; an
    // old kernel refuses and the pages are touched here. `bytes` keeps the mapping alive.
    madvise.async(
      address + BigInt(start),
      end - start,
      advisePopulateWrite,
      (error: unknown, result: number) => {
        if (error || result !== succeeded) touchHere(bytes, start, end)
      },
    )
  }
}

function touchHere(bytes: Buffer, from: number, to: number): void {
  for (let at = from; at < to; at += pageSize) bytes[at] = bytes[at] ?? 0
}

function systemError(call: string, errno: number, codes: Record<string, number>): Error {
  const code = Object.keys(codes).find((name) => codes[name] === errno) ?? `E${errno}`
  return Object.assign(new Error(`${code}: ${call}`), { code, errno, syscall: call })
}
