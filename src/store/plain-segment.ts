// A segment over pread and pwrite, for hosts without mappings. A record is made in a buffer of
// this process and written when it is committed, before any acknowledgement can leave.

import type { File } from '../base/files.ts'
import { viewOf } from '../base/int64.ts'
import type { RecordTarget } from '../message/record.ts'
import type { Segment } from './segment.ts'

const stagingSize = 65_536

export class PlainSegment implements Segment {
  readonly base: number
  readonly size: number
  readonly #file: File
  #target: RecordTarget = makeTarget(stagingSize)

  constructor(file: File, where: { base: number; size: number }) {
    this.base = where.base
    this.size = where.size
    this.#file = file
  }

  get target(): RecordTarget {
    return this.#target
  }

  begin(_at: number, size: number): number {
    if (size > this.#target.bytes.length) this.#target = makeTarget(size)
    return 0
  }

  commit(at: number, size: number): void {
    try {
      this.#file.write(this.#target.bytes.subarray(0, size), at)
    } catch (error) {
      this.#undo(at)
      throw error
    }
  }

  // Part of the bytes may be in the file. A size of zero in front of them says that there is
  // nothing; if even that fails, the next record overwrites them.
  #undo(at: number): void {
    try {
      this.#file.write(new Uint8Array(4), at)
    } catch {
      // The first error is the one to tell.
    }
  }

  read(at: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafe(size)
    return bytes.subarray(0, this.#file.read(bytes, at))
  }

  async readAsync(at: number, size: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(size)
    return bytes.subarray(0, await this.#file.readAsync(bytes, at))
  }

  touch(): void {}

  sync(): Promise<void> {
    return this.#file.sync()
  }

  syncNow(): void {
    this.#file.syncNow()
  }

  close(): void {
    this.#file.close()
  }
}

function makeTarget(size: number): RecordTarget {
  const bytes = Buffer.alloc(size)
  return { bytes, view: viewOf(bytes) }
}
