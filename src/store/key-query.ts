// Looking records up by key: from the newest index file to the oldest, along a hash's chain, and
// then in the log. Other keys with the same hash are found as well: the caller compares.
// Source: IndexService.queryOffset, IndexFile.selectPhyOffset, DefaultMessageStore.queryMessage.

import { readInt64 } from '../base/int64.ts'
import { storeTimestampOf } from '../message/record.ts'
import { type IndexFile, indexEntrySize } from './index-file.ts'
import { keyHashOf } from './index-keys.ts'
import type { KeyIndex } from './key-index.ts'

const entriesPerRead = 512
// A chain longer than this (a tag that every message has) is followed no further.
const stepsMax = 1_000_000

/** See KeyQuery in the broker's ports. */
export type RecordsByKey = {
  readonly topic: string
  readonly key: string
  readonly beginTimestamp: number
  readonly endTimestamp: number
  readonly maxCount: number
}

/** See KeyQueryResult in the broker's ports. */
export type FoundByKey = {
  readonly records: readonly Uint8Array[]
  readonly lastUpdateTimestamp: number
  readonly lastUpdatePosition: number
}

type RecordAt = (position: number) => Uint8Array | undefined | Promise<Uint8Array | undefined>

/** The newest records with the key, in the order of the log. */
export async function queryByKey(
  index: KeyIndex,
  recordAt: RecordAt,
  query: RecordsByKey,
): Promise<FoundByKey> {
  const search = new Search(query, recordAt)
  const files = [...index.files]
  const last = files.at(-1)
  const updated = {
    lastUpdateTimestamp: last?.endTimestamp ?? 0,
    lastUpdatePosition: last?.endPosition ?? 0,
  }
  for (const file of files.reverse()) {
    if (search.isDone) break
    if (file.endTimestamp < query.beginTimestamp) break
    if (file.beginTimestamp <= query.endTimestamp) await search.lookInto(file)
  }
  return { records: search.records, ...updated }
}

class Search {
  readonly #query: RecordsByKey
  readonly #recordAt: RecordAt
  readonly #hash: number
  readonly #found = new Map<number, Uint8Array>()
  #steps = 0

  constructor(query: RecordsByKey, recordAt: RecordAt) {
    this.#query = query
    this.#recordAt = recordAt
    this.#hash = keyHashOf(query.topic, query.key)
  }

  get isDone(): boolean {
    return this.#found.size >= this.#query.maxCount || this.#steps >= stepsMax
  }

  get records(): readonly Uint8Array[] {
    return [...this.#found].sort(([a], [b]) => a - b).map(([, record]) => record)
  }

  async lookInto(file: IndexFile): Promise<void> {
    let from = 0
    let view: DataView = new DataView(new ArrayBuffer(0))
    for (let index = await file.headOf(this.#hash); index > 0 && index < file.count; ) {
      if (this.isDone) return
      this.#steps++
      if (index < from || index >= from + view.byteLength / indexEntrySize) {
        const read = await file.entriesUpTo(index, entriesPerRead)
        from = read.from
        view = read.view
      }
      const at = (index - from) * indexEntrySize
      if (at + indexEntrySize > view.byteLength) return
      // The first entry's seconds count from the file before.
      const seconds = index === 1 ? 0 : view.getInt32(at + 12)
      const second = file.beginTimestamp + seconds * 1000
      if (second + 999 < this.#query.beginTimestamp) return
      if (view.getInt32(at) === this.#hash && second <= this.#query.endTimestamp) {
        await this.#take(readInt64(view, at + 4))
      }
      const previous = view.getInt32(at + 16)
      if (previous >= index) return
      index = previous
    }
  }

  // The index knows seconds, the record the millisecond.
  async #take(position: number): Promise<void> {
    if (this.#found.has(position)) return
    const record = await this.#recordAt(position)
    if (!record) return
    const time = storeTimestampOf(record)
    const { beginTimestamp, endTimestamp } = this.#query
    if (time >= beginTimestamp && time <= endTimestamp) this.#found.set(position, record)
  }
}
