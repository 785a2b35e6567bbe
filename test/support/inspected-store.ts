// A golden store on a memory disk, and ways to damage it.

import type { StoreFolder } from '../../src/store/inspection/store-folder.ts'
import { lookAtStore } from '../../src/store/inspection/store-folder.ts'
import { type GoldenKind, unpackGolden } from './golden-store.ts'
import { MemoryFiles } from './memory-files.ts'

export class InspectedStore {
  readonly files = new MemoryFiles()

  constructor(kind: GoldenKind) {
    unpackGolden(kind, this.files, '/store')
  }

  look(): StoreFolder {
    const folder = lookAtStore(this.files, '/store')
    if (!folder) throw new Error('not a store')
    return folder
  }

  /** Inverts the bits of `mask` in one byte. */
  flip(path: string, at: number, mask = 0xff): void {
    const file = this.files.open(`/store/${path}`, 'write')
    const byte = Buffer.alloc(1)
    file.read(byte, at)
    file.write(Uint8Array.of((byte[0] ?? 0) ^ mask), at)
    file.close()
  }

  resize(path: string, size: number): void {
    const file = this.files.open(`/store/${path}`, 'write')
    file.resize(size)
    file.close()
  }
}

export const firstLogFile = 'commitlog/00000000000000000000'
export const normalQueue = 'consumequeue/GoldenNormal/0/00000000000000000000'
