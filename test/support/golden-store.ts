// Stores that the Java broker 5.5.0 wrote, and what it answered about them.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Files } from '../../src/base/files.ts'
import { type StoreOptions, storeDefaults } from '../../src/store/options.ts'

const data = new URL('../golden/data/', import.meta.url)

export type GoldenMessage = {
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly storeSize: number
  readonly msgId: string
  readonly offsetMsgId: string
  readonly tags: string | null
  readonly keys: string | null
  readonly flag: number
  readonly storedSysFlag: number
  readonly bodyCrc: number
  readonly bodyLength: number
  readonly bodySha256: string
  readonly bornTimestamp: number
  readonly bornHost: string
  readonly storeTimestamp: number
  readonly storeHost: string
  readonly reconsumeTimes: number
  readonly preparedTransactionOffset: number
  readonly properties: Readonly<Record<string, string>>
}

export type GoldenManifest = {
  readonly commitLog: {
    readonly fileSize: number
    readonly maxPhysicalOffset: number
    readonly blankRecords: readonly { readonly physicalOffset: number; readonly size: number }[]
  }
  readonly index: readonly {
    readonly file: string
    readonly beginTimestamp: number
    readonly endTimestamp: number
    readonly beginPhyOffset: number
    readonly endPhyOffset: number
    readonly hashSlotCount: number
    readonly indexCount: number
  }[]
  readonly topics: readonly {
    readonly topic: string
    readonly queues: readonly {
      readonly queueId: number
      readonly minOffset: number
      readonly maxOffset: number
    }[]
  }[]
  readonly queryMessage: readonly {
    readonly topic: string
    readonly key: string
    readonly physicalOffsets: readonly number[]
  }[]
  readonly searchOffset: readonly {
    readonly topic: string
    readonly queueId: number
    readonly timestamp: number
    readonly offset: number
  }[]
  readonly messages: readonly GoldenMessage[]
}

export type GoldenKind = 'clean' | 'crashed'

/** The settings with which the golden stores were written. */
export const goldenOptions: StoreOptions = {
  ...storeDefaults,
  storePathRootDir: '/store',
  mappedFileSizeCommitLog: 1_048_576,
  mappedFileSizeConsumeQueue: 20_000,
  maxHashSlotNum: 500,
  maxIndexNum: 400,
}

export function goldenManifest(kind: GoldenKind): GoldenManifest {
  const text = gunzipSync(readFileSync(new URL('manifest.json.gz', data))).toString()
  return JSON.parse(text)[kind]
}

/** The files of a golden store, by path below its root. */
export function goldenFiles(kind: GoldenKind): ReadonlyMap<string, Buffer> {
  const archive = gunzipSync(readFileSync(new URL(`store-${kind}.tar.gz`, data)))
  const found = new Map<string, Buffer>()
  let longName: string | undefined
  for (let at = 0; at + 512 <= archive.length; ) {
    const name = textAt(archive, at, 100)
    if (name === '') break
    const size = Number.parseInt(textAt(archive, at + 124, 12), 8)
    const type = textAt(archive, at + 156, 1)
    const content = archive.subarray(at + 512, at + 512 + size)
    if (type === 'L') longName = content.toString('utf8').replace(/\0+$/, '')
    else {
      const path = longName ?? [textAt(archive, at + 345, 155), name].filter(Boolean).join('/')
      if (type === '0' || type === '') found.set(path.replace(/^(\.\/)?store\//, ''), content)
      longName = undefined
    }
    at += 512 + Math.ceil(size / 512) * 512
  }
  return found
}

/** Unpacks a golden store; without the timer wheel, which is 38 MB of zeros. */
export function unpackGolden(kind: GoldenKind, files: Files, root: string): void {
  for (const [path, content] of goldenFiles(kind)) {
    if (path === 'timerwheel') continue
    const whole = `${root}/${path}`
    files.makeDirectory(whole.slice(0, whole.lastIndexOf('/')))
    const file = files.open(whole, 'create')
    file.write(content, 0)
    file.syncNow()
    file.close()
    files.syncDirectory(whole.slice(0, whole.lastIndexOf('/')))
  }
}

function textAt(bytes: Buffer, at: number, size: number): string {
  return bytes.toString('utf8', at, at + size).replace(/\0.*$/s, '')
}
