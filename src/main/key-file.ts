// Files with secrets, for their owner only: those that a program makes for itself on its first
// start and keeps, and those that are replaced.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * The file at `path`, made with `make` when it is not there yet: readable by its owner only,
 * and made by one process even when two start at once.
 */
export function keepSecret(path: string, make: () => string): { path: string; isNew: boolean } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(path, make(), { flag: 'wx', mode: 0o600 })
    return { path, isNew: true }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    readFileSync(path)
    return { path, isNew: false }
  }
}

/** Whoever reads it has the old text or the new one. */
export function replaceSecret(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 })
  renameSync(`${path}.tmp`, path)
}
