// Small files that are replaced whole: old or new after a crash, and durable.

import type { Files } from './files.ts'

/** Blocking: for what must be on disk before anything else happens. */
export function replaceFile(files: Files, path: string, bytes: Uint8Array): void {
  const made = `${path}.tmp`
  const file = files.open(made, 'create')
  try {
    file.resize(0)
    file.write(bytes, 0)
    file.syncNow()
  } finally {
    file.close()
  }
  files.rename(made, path)
  files.syncDirectory(path.slice(0, path.lastIndexOf('/')))
}
