// The folders of the commit log: one, or several that its files are spread over, some of which
// may take no new files. All files together are one log.
//
// File n (its first position divided by the size) is made in folder n mod count of the sorted
// folders that take files and have space, or that take files when none has space.
// Source: MultiPathMappedFileQueue.

import { MqError } from '../base/errors.ts'
import type { Files } from '../base/files.ts'
import { fileNameOf, listLogFiles } from './log-files.ts'

export type LogFolderSettings = {
  /** Whole paths, at least one. */
  readonly folders: readonly string[]
  /** Files are read here and never made; may be among `folders` or not. */
  readonly readOnly: readonly string[]
  /** Percent of a folder's disk in use from which no file is made there. */
  readonly fullPercent: number
}

export class LogFolders {
  /** All folders, sorted. */
  readonly all: readonly string[]
  readonly #files: Files
  readonly #writable: readonly string[]
  readonly #fullPercent: number
  readonly #folderOf = new Map<number, string>()

  constructor(files: Files, { folders, readOnly, fullPercent }: LogFolderSettings) {
    this.#files = files
    this.all = [...new Set([...folders, ...readOnly])].sort()
    this.#writable = this.all.filter((folder) => !readOnly.includes(folder))
    this.#fullPercent = fullPercent
    if (this.#writable.length === 0) {
      throw new MqError('invalid-argument', 'no folder of the log may be written to')
    }
  }

  /** Folders in which files may be made, sorted. */
  get writable(): readonly string[] {
    return this.#writable
  }

  /**
   * First positions of all files, ascending, with their sizes. Throws `broker-unavailable` when
   * two folders have a file of one name: which of them is the log cannot be told.
   */
  list(): readonly { readonly base: number; readonly size: number }[] {
    this.#folderOf.clear()
    const found: { base: number; size: number }[] = []
    for (const folder of this.all) {
      for (const file of listLogFiles(this.#files, folder)) {
        const other = this.#folderOf.get(file.base)
        if (other !== undefined) {
          const name = fileNameOf(file.base)
          const reason = `the log file ${name} is in ${other} and in ${folder}`
          throw new MqError('broker-unavailable', reason)
        }
        this.#folderOf.set(file.base, folder)
        found.push(file)
      }
    }
    return found.sort((a, b) => a.base - b.base)
  }

  /** The folder of a file that exists. */
  folderOf(base: number): string {
    return this.#folderOf.get(base) ?? this.#writable[0] ?? ''
  }

  pathOf(base: number): string {
    return `${this.folderOf(base)}/${fileNameOf(base)}`
  }

  /** Chooses where the file is made; it counts as being there from now on. */
  place(base: number, segmentSize: number): string {
    const withSpace =
      this.#writable.length === 1
        ? this.#writable
        : this.#writable.filter((folder) => this.#usedOf(folder) <= this.#fullPercent)
    const folders = withSpace.length > 0 ? withSpace : this.#writable
    const folder = folders[Math.floor(base / segmentSize) % folders.length] ?? ''
    this.#folderOf.set(base, folder)
    return folder
  }

  forget(base: number): void {
    this.#folderOf.delete(base)
  }

  /** Percent in use of the disk that has most space left. */
  usedPercent(): number {
    return Math.min(...this.all.map((folder) => this.#usedOf(folder)))
  }

  // Source: UtilAll.getDiskPartitionSpaceUsedPercent.
  #usedOf(folder: string): number {
    const { total, free } = this.#files.space(folder)
    return total > 0 ? Math.ceil(((total - free) / total) * 100) : 0
  }
}

/** The folders that a setting names: separated by commas. */
export function foldersIn(setting: string | undefined): readonly string[] {
  return (setting ?? '')
    .split(',')
    .map((folder) => folder.trim().replace(/(.)\/+$/, '$1'))
    .filter((folder) => folder !== '')
}
