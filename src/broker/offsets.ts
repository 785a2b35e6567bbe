// How far each group has come in each queue.
//
// Kept in config/consumerOffset.json in Java's form, as saved-state.ts says. A crash takes groups
// back by a few seconds; messages come again then, none is lost. The number of (group, topic) pairs is bounded.
//
// Source: ConsumerOffsetManager.

import * as z from 'zod'
import { MqError } from '../base/errors.ts'
import type { ConsumerOffsets, DataVersion, QueueKey } from './ports.ts'
import { SavedState, type SavedStateOptions } from './saved-state.ts'
import { dataVersionJson, nextVersion } from './state-file.ts'

const pairsMax = 1_000_000

/** An offset that a consumer committed at a slave, which its master does not know. */
export type OwnOffset = QueueKey & { readonly group: string; readonly offset: number }

type ByQueue = Map<number, number>
type Progress = { readonly committed: ByQueue; readonly pulled: ByQueue }

const tableJson = z.record(z.string(), z.record(z.string(), z.number())).default({})
const fileJson = z.object({
  dataVersion: dataVersionJson,
  offsetTable: tableJson,
  pullOffsetTable: tableJson,
})

type Options = SavedStateOptions & {
  /** How many commits make a new version. */
  readonly versionStep: number
}

/** The offsets, and the service that keeps them in their file. */
export class OffsetTable implements ConsumerOffsets {
  readonly name = 'consumer-offsets'
  readonly #options: Options
  readonly #saved: SavedState
  /** By `topic@group`, the key of the file; neither name can have an @. */
  readonly #progress = new Map<string, Progress>()
  #version: DataVersion = { stateVersion: 0, timestamp: 0, counter: 0 }
  #commits = 0
  /** Where it is a slave: what consumers committed here and the master was not told, by key. */
  #own: Map<string, OwnOffset> | undefined

  constructor(options: Options) {
    this.#options = options
    this.#saved = new SavedState(this.name, options, () => this.snapshot())
  }

  start(): void {
    const stored = this.#saved.start((value) => fileJson.parse(value))
    if (!stored) return
    this.#version = stored.dataVersion
    this.#fill('committed', stored.offsetTable)
    this.#fill('pulled', stored.pullOffsetTable)
  }

  stop(): Promise<void> {
    return this.#saved.stop()
  }

  find(group: string, { topic, queueId }: QueueKey): number | undefined {
    return this.#progress.get(`${topic}@${group}`)?.committed.get(queueId)
  }

  commit(group: string, { topic, queueId }: QueueKey, offset: number): void {
    this.#of(group, topic).committed.set(queueId, offset)
    this.#own?.set(`${topic}@${group}@${queueId}`, { group, topic, queueId, offset })
    this.#saved.changed()
    if (++this.#commits % this.#options.versionStep === 0) {
      this.#version = nextVersion(this.#version, this.#options.clock)
    }
  }

  pulled(group: string, { topic, queueId }: QueueKey, nextOffset: number): void {
    this.#of(group, topic).pulled.set(queueId, nextOffset)
    this.#saved.changed()
  }

  pulledTo(group: string, { topic, queueId }: QueueKey): number | undefined {
    return this.#progress.get(`${topic}@${group}`)?.pulled.get(queueId)
  }

  ofTopic(group: string, topic: string): ReadonlyMap<number, number> | undefined {
    const committed = this.#progress.get(`${topic}@${group}`)?.committed
    return committed && committed.size > 0 ? committed : undefined
  }

  topicsOf(group: string): readonly string[] {
    return this.#committedKeys((_, of) => of === group).map(([topic]) => topic)
  }

  groupsOf(topic: string): readonly string[] {
    return this.#committedKeys((of) => of === topic).map(([, group]) => group)
  }

  removeTopic(topic: string): void {
    this.#remove((of) => of === topic)
  }

  removeGroup(group: string): void {
    this.#remove((_, of) => of === group)
  }

  /** From now on what is committed here is kept for the master, or no more. */
  keepOwn(isSlave: boolean): void {
    if (isSlave !== (this.#own !== undefined)) this.#own = isSlave ? new Map() : undefined
  }

  /**
   * Takes over the master's offsets, which are right unless a consumer committed a later one
   * here; answers those. Throws when the value is not a table of offsets.
   */
  merge(value: unknown): readonly OwnOffset[] {
    const { offsetTable } = fileJson.parse(value)
    const theirs = (one: OwnOffset) => offsetTable[`${one.topic}@${one.group}`]?.[one.queueId] ?? -1
    for (const [key, one] of this.#own ?? []) if (theirs(one) >= one.offset) this.#own?.delete(key)
    const own = [...(this.#own?.values() ?? [])]
    this.#fill('committed', offsetTable)
    for (const one of own) this.#of(one.group, one.topic).committed.set(one.queueId, one.offset)
    this.#saved.changed()
    return own
  }

  /** The master has it now. */
  told({ group, topic, queueId, offset }: OwnOffset): void {
    const key = `${topic}@${group}@${queueId}`
    if (this.#own?.get(key)?.offset === offset) this.#own.delete(key)
  }

  /** What the file and GET_ALL_CONSUMER_OFFSET hold. */
  snapshot(): unknown {
    const groupTopicMap: Record<string, string[]> = {}
    for (const [topic, group] of this.#committedKeys(() => true)) {
      groupTopicMap[group] ??= []
      groupTopicMap[group].push(topic)
    }
    return {
      dataVersion: this.#version,
      groupTopicMap,
      offsetTable: this.#print('committed'),
      pullOffsetTable: this.#print('pulled'),
    }
  }

  #of(group: string, topic: string): Progress {
    const key = `${topic}@${group}`
    const known = this.#progress.get(key)
    if (known) return known
    if (this.#progress.size >= pairsMax) {
      throw new MqError('broker-busy', 'too many groups have offsets', { pairsMax })
    }
    const fresh: Progress = { committed: new Map(), pulled: new Map() }
    this.#progress.set(key, fresh)
    return fresh
  }

  #committedKeys(wanted: (topic: string, group: string) => boolean): [string, string][] {
    const found: [string, string][] = []
    for (const [key, progress] of this.#progress) {
      const [topic, group] = splitKey(key)
      if (progress.committed.size > 0 && wanted(topic, group)) found.push([topic, group])
    }
    return found
  }

  #remove(unwanted: (topic: string, group: string) => boolean): void {
    for (const key of this.#progress.keys()) {
      if (unwanted(...splitKey(key))) this.#progress.delete(key)
    }
    this.#saved.changed()
  }

  #fill(kind: keyof Progress, table: Readonly<Record<string, Record<string, number>>>): void {
    for (const [key, offsets] of Object.entries(table)) {
      const [topic, group] = splitKey(key)
      const into = this.#of(group, topic)[kind]
      for (const [queueId, offset] of Object.entries(offsets)) into.set(Number(queueId), offset)
    }
  }

  #print(kind: keyof Progress): Record<string, Record<string, number>> {
    const table: Record<string, Record<string, number>> = {}
    for (const [key, progress] of this.#progress) {
      if (progress[kind].size > 0) table[key] = Object.fromEntries(progress[kind])
    }
    return table
  }
}

function splitKey(key: string): [topic: string, group: string] {
  const at = key.indexOf('@')
  return at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)]
}
