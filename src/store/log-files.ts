// The files of the log on disk: names, sizes, making the next one, cutting and deleting.
// Only used where no segment is mapped: a mapped file must never change its size.
// Source: MappedFileQueue, AllocateMappedFileService.

import type { Files } from '../base/files.ts'

const copyStepSize = 4 * 1024 * 1024

/** A file name as Java writes it: the first position, 20 digits. */
export function fileNameOf(base: number): string {
  return String(base).padStart(20, '0')
}

/** First positions of the files in `directory`, ascending, with their sizes. */
export function listLogFiles(
  files: Files,
  directory: string,
): readonly { readonly base: number; readonly size: number }[] {
  return files
    .list(directory)
    .filter((entry) => !entry.isDirectory && /^\d{20}$/.test(entry.name))
    .map((entry) => ({ base: Number(entry.name), size: entry.size }))
    .sort((a, b) => a.base - b.base)
}

type FoundFile = { readonly base: number; readonly size: number }

/**
 * The size that the files of a store were made with: what most of them have, as a damaged one may
 * have any. Undefined when none has a possible one: a file's name is a multiple of its size.
 */
export function usualSize(
  found: readonly FoundFile[],
): { size: number; count: number } | undefined {
  const counts = new Map<number, number>()
  for (const { base, size } of found) {
    if (size > 0 && base % size === 0) counts.set(size, (counts.get(size) ?? 0) + 1)
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])
  return most && { size: most[0], count: most[1] }
}

/**
 * The size to go on with. Not what is configured when the files were made with another one; a
 * single file that is shorter may as well have been cut.
 */
export function keptSize(found: readonly FoundFile[], configured: number): number {
  if (found.some(({ size }) => size === configured)) return configured
  const usual = usualSize(found)
  return usual && (usual.count > 1 || usual.size > configured) ? usual.size : configured
}

/** Makes a file of full size, all zero, with its disk space reserved and its name durable. */
export function makeLogFile(files: Files, directory: string, base: number, size: number): void {
  const path = `${directory}/${fileNameOf(base)}`
  const file = files.open(path, 'create')
  try {
    file.resize(size)
    file.reserve(size)
  } catch (error) {
    file.close()
    files.remove(path)
    throw error
  }
  file.close()
  files.syncDirectory(directory)
}

/**
 * Makes everything from `at` to the end of a file zero and durable, so that no stale byte can
 * come back as a record. Also brings a file that is too short to its size.
 */
export function cutLogFile(files: Files, path: string, at: number, size: number): void {
  const file = files.open(path, 'write')
  try {
    file.resize(at)
    file.resize(size)
    file.reserve(size)
    file.syncNow()
  } finally {
    file.close()
  }
}

/** Copies [0, end) of `path` to `path.cut`, zeros behind it, durable; in small steps. */
export async function copyHead(
  files: Files,
  path: string,
  { end, size, turn }: { end: number; size: number; turn: () => Promise<void> },
): Promise<void> {
  const from = files.open(path, 'read')
  const to = files.open(`${path}.cut`, 'create')
  try {
    to.resize(0)
    to.resize(size)
    to.reserve(size)
    const chunk = Buffer.allocUnsafe(Math.min(copyStepSize, Math.max(end, 1)))
    for (let at = 0; at < end; at += chunk.length) {
      const bytes = chunk.subarray(0, Math.min(chunk.length, end - at))
      await from.readAsync(bytes, at)
      to.write(bytes, at)
      await turn()
    }
    await to.sync()
  } finally {
    from.close()
    to.close()
  }
}
