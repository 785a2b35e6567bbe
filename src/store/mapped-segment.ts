// A segment over a memory mapping: records are made in place, reads are views.

import type { File, Mapping } from '../base/files.ts'
import { viewOf } from '../base/int64.ts'
import type { RecordTarget } from '../message/record.ts'
import type { Segment } from './segment.ts'

export class MappedSegment implements Segment {
  readonly base: number
  readonly size: number
  readonly target: RecordTarget
  readonly #file: File
  readonly #mapping: Mapping

  constructor(file: File, where: { base: number; size: number }, mapping: Mapping) {
    this.base = where.base
    this.size = where.size
    this.target = { bytes: mapping.bytes, view: viewOf(mapping.bytes) }
    this.#file = file
    this.#mapping = mapping
  }

  begin(at: number): number {
    return at
  }

  commit(): void {}

  read(at: number, size: number): Buffer {
    return this.target.bytes.subarray(at, at + size)
  }

  async readAsync(at: number, size: number): Promise<Buffer> {
    if (await this.#mapping.load(at, at + size)) return this.read(at, size)
    // Its error is the one to tell: a failed disk under a mapping ends the process.
    const bytes = Buffer.allocUnsafe(size)
    return bytes.subarray(0, await this.#file.readAsync(bytes, at))
  }

  touch(from: number, to: number): void {
    this.#mapping.touch(from, Math.min(to, this.size))
  }

  // fdatasync also writes pages that were dirtied through a shared mapping.
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
