// Disks that lose power, for real processes.
//
// A node's files are on an ext4 of their own, whose device is a file. What the kernel has not
// written to that file exists in its page cache only. So a copy of the file, taken when the
// processes are dead, is the disk after a power cut: the file system is mounted from the copy,
// replays its journal, and has what was synced or written back until then and nothing else.
//
// The kernel writes back by itself what is older than 30 s, and the journal here every 300 s, so
// that a test of seconds sees what a sync wrote. Two things differ from a real power cut: the kernel
// closes the connections of the dead, and what the device itself would hold in a cache is kept.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

const sizeMiB = 1024

const run = (...[first = '', ...rest]: readonly string[]) =>
  spawnSync(first, rest, { encoding: 'utf8' })

function must(...words: readonly string[]): void {
  const { status, stderr } = run(...words)
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
}

function makeFileSystem(image: string, size: number): void {
  must('truncate', '-s', `${size}M`, image)
  must('mkfs.ext4', '-q', '-F', image)
}

function mount(image: string, folder: string): void {
  must('mount', '-o', 'loop,commit=300', image, folder)
}

/** Whether this process may mount such a file system. */
export const canLosePower = ((): boolean => {
  if (process.getuid?.() !== 0) return false
  const home = mkdtempSync(join(tmpdir(), 'rocketway-disk-'))
  const [image, folder] = [join(home, 'image'), join(home, 'folder')]
  try {
    makeFileSystem(image, 16)
    mkdirSync(folder)
    mount(image, folder)
    return true
  } catch {
    return false
  } finally {
    run('umount', folder)
    rmSync(home, { recursive: true, force: true })
  }
})()

export class Disk {
  readonly folder: string
  readonly #image: string
  #cuts = 0

  /** Goes with the test, after the programs that the test makes later. */
  constructor(t: ExecutionContext, folder: string) {
    this.folder = folder
    this.#image = `${folder}.image`
    mkdirSync(folder)
    makeFileSystem(this.#image, sizeMiB)
    mount(this.#image, folder)
    t.teardown(() => run('umount', '-l', folder))
  }

  /** Everything until now is on the disk, as after a while by itself. */
  settle(): void {
    must('sync', '-f', this.folder)
  }

  /** For when nobody runs on it any more: it has what was on the disk. */
  losePower(): void {
    const before = this.#cuts === 0 ? this.#image : `${this.#image}.${this.#cuts}`
    const after = `${this.#image}.${++this.#cuts}`
    must('cp', '--sparse=always', before, after)
    // Lazily: name spaces of other nodes that live still have it.
    must('umount', '-l', this.folder)
    rmSync(before)
    mount(after, this.folder)
  }
}
