// Whether the entries of the key index point at records that have such a key.
// Format: 40 bytes of header, slots of 4, entries of 20 (key hash i32, position i64, seconds
// i32, previous entry of the slot i32); entry 0 is never used. Source: IndexFile, IndexHeader.

import { readInt64, viewOf } from '../../base/int64.ts'
import { propertyIn, propertyNames } from '../../message/properties.ts'
import { javaHash } from '../../message/tags.ts'
import { RecordReader, type ScannedRecord } from '../log-scan.ts'
import type { Problems } from './problem.ts'
import { factsOf } from './record-facts.ts'
import type { StoreFolder } from './store-folder.ts'

const headerSize = 40
const slotSize = 4
const entrySize = 20
/** Slots and entries of a file. Source: maxHashSlotNum, maxIndexNum. */
const usual = { slots: 5_000_000, entries: 20_000_000 }

export function verifyIndex(
  folder: StoreFolder,
  problems: Problems,
  onProgress: (done: number) => void,
): { entries: number; bad: readonly string[] } {
  const reader = new RecordReader(folder.log)
  const bad: string[] = []
  let entries = 0
  try {
    for (const [at, { path }] of folder.index.entries()) {
      const before = problems.count
      entries += verifyFile(folder, reader, path, problems)
      if (problems.count > before) bad.push(path)
      onProgress((at + 1) / folder.index.length)
    }
  } finally {
    reader.close()
  }
  return { entries, bad }
}

function verifyFile(
  folder: StoreFolder,
  reader: RecordReader,
  path: string,
  problems: Problems,
): number {
  const name = path.slice(folder.root.length + 1)
  const file = folder.files.open(path, 'read')
  const bytes = Buffer.alloc(file.size())
  file.read(bytes, 0)
  file.close()
  const view = viewOf(bytes)
  const count = bytes.length >= headerSize ? view.getInt32(36) : 0
  const slots = bytes.length >= headerSize ? slotsOf(view, count) : undefined
  if (slots === undefined) {
    problems.add('index-file-unreadable', name, `${bytes.length} bytes, ${count} entries`)
    return 0
  }
  const minPosition = folder.log.bases[0] ?? 0
  for (let index = 1; index < count; index++) {
    const at = headerSize + slots * slotSize + index * entrySize
    const hash = view.getInt32(at)
    const position = readInt64(view, at + 4)
    if (view.getInt32(at + 16) >= index) problems.add('index-entry-wrong', name, `${index}: chain`)
    if (position < minPosition) continue
    const record = reader.at(position)
    if (!record) problems.add('index-entry-wrong', name, `${index}: no record at ${position}`)
    else if (!keyHashes(record).has(hash)) {
      problems.add('index-entry-wrong', name, `${index}: the record at ${position} has no such key`)
    }
  }
  return Math.max(0, count - 1)
}

/**
 * How many slots a file has: it does not say so itself. Only with the right number each slot
 * that is used holds an entry whose hash belongs there.
 */
function slotsOf(view: DataView, count: number): number | undefined {
  const size = view.byteLength - headerSize
  if (size === usual.slots * slotSize + usual.entries * entrySize) return usual.slots
  if (size <= 0 || size % slotSize !== 0) return undefined
  for (let slots = (size % entrySize) / slotSize || 5; slots * slotSize < size; slots += 5) {
    const entries = (size - slots * slotSize) / entrySize
    if (count > entries) return undefined
    if (count <= 1 || isSlotCount(view, slots, count)) return slots
  }
  return undefined
}

function isSlotCount(view: DataView, slots: number, count: number): boolean {
  const isHead = (slot: number, index: number): boolean => {
    const entry = headerSize + slots * slotSize + index * entrySize
    return index < count && view.getInt32(entry) % slots === slot
  }
  const headOf = (slot: number) => view.getInt32(headerSize + slot * slotSize)
  const newest = headerSize + slots * slotSize + (count - 1) * entrySize
  if (headOf(Math.max(0, view.getInt32(newest)) % slots) !== count - 1) return false
  let used = 0
  for (let slot = 0; slot < slots; slot++) {
    const head = headOf(slot)
    if (head === 0) continue
    if (head < 0 || !isHead(slot, head)) return false
    used++
  }
  return used === view.getInt32(32)
}

function keyHashes(record: ScannedRecord): Set<number> {
  const { topic, properties } = factsOf(record)
  const tags = propertyIn(properties, propertyNames.tags)
  const keys = [
    propertyIn(properties, propertyNames.uniqueKey),
    ...(propertyIn(properties, propertyNames.keys) ?? '').split(' '),
    tags && `T#${tags}`,
  ]
  return new Set(keys.filter(Boolean).map((key) => indexHash(`${topic}#${key}`)))
}

/** Source: IndexFile.indexKeyHashMethod. */
function indexHash(key: string): number {
  const hash = Math.abs(javaHash(key))
  return hash > 0x7fffffff ? 0 : hash
}
