// One fixed-size file of the log: the port of mapped-segment.ts and plain-segment.ts.
//
//   base                        written              base + size
//    |------- records ------------|------ zeros ---------|
//
// `at` counts bytes from the start of this file. Bytes are opaque here; records are the
// business of commit-log.ts, and a record never crosses two segments.
// Source: DefaultMappedFile.

import type { RecordTarget } from '../message/record.ts'

export type Segment = {
  /** Position of the first byte in the whole log. */
  readonly base: number
  readonly size: number
  /** Where bytes are made before they are put into the file; see {@link Segment.begin}. */
  readonly target: RecordTarget
  /** Index in `target` at which to make the `size` bytes that belong at `at`. */
  begin(at: number, size: number): number
  /** The bytes are made: from here on every reader and a new process sees them. */
  commit(at: number, size: number): void
  /** Bytes [at, at + size): a view of the mapping, or a copy. May wait for a disk. */
  read(at: number, size: number): Buffer
  /** As `read`, in the thread pool: the loop does not wait. */
  readAsync(at: number, size: number): Promise<Buffer>
  /** Makes writes to [from, to) cheap. */
  touch(from: number, to: number): void
  /** Makes everything committed before this call durable. A failure is final. */
  sync(): Promise<void>
  syncNow(): void
  /** Gives the descriptor back. Views that were handed out stay valid. */
  close(): void
}
