// How far the heap of V8 may grow before all of it is collected.

import { setFlagsFromString } from 'node:v8'

/**
 * For a program with little that lives and much that passes: it collects all of its heap when it
 * is four times as large as what was left the last time. By itself V8 stays close to that, and a
 * gateway that delivers batches spent a quarter of its CPU looking through the same 25 MB, again and
 * again. It takes 40 MB more. Read anew at each collection, so it may be said of a heap that is
 * there.
 */
export function collectSeldom(): void {
  setFlagsFromString('--heap-growing-percent=300')
}
