// The topics of this broker: which exist, with how many queues and which permissions.
//
// Kept in config/topics.json in Java's form, replaced whole on each change. The number of
// topics that sends created is bounded; it is counted from the start of the process.
//
// Source: TopicConfigManager.

import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { DataVersion, TopicConfig, Topics } from './ports.ts'
import type { Settings } from './settings.ts'
import { topicConfig } from './start-topics.ts'
import { attributesJson, dataVersionJson, nextVersion, type StateFile } from './state-file.ts'

const permInherit = 1
const topicSysFlagMask = 3

const topicJson = z.object({
  topicName: z.string(),
  readQueueNums: z.number().default(16),
  writeQueueNums: z.number().default(16),
  perm: z.number().default(6),
  topicFilterType: z.enum(['SINGLE_TAG', 'MULTI_TAG']).catch('SINGLE_TAG'),
  topicSysFlag: z.number().default(0),
  order: z.boolean().default(false),
  attributes: attributesJson,
})

const tableJson = z.object({
  dataVersion: dataVersionJson,
  topicConfigTable: z.record(z.string(), topicJson).default({}),
})

/** Reads a topic as Java writes it; throws `malformed-body`. */
export function parseTopicConfig(value: unknown): TopicConfig {
  const parsed = topicJson.safeParse(value)
  if (!parsed.success) throw new MqError('malformed-body', 'the topic settings cannot be read')
  return parsed.data
}

/** Told the topic that was created or changed; undefined when one was removed. */
export type TopicListener = (changed: TopicConfig | undefined) => void

export type TopicChanges = {
  /** Calls `run` at the next change, once; what it answers takes that back. */
  atChange(run: () => void): () => void
}

type Options = {
  readonly file: StateFile
  readonly clock: Clock
  readonly log: Log
  readonly settings: Pick<Settings, 'current'>
}

/** The table itself. `load` before anything else. */
export class TopicTable implements Topics, TopicChanges {
  readonly #options: Options
  readonly #topics = new Map<string, TopicConfig>()
  readonly #listeners: TopicListener[] = []
  readonly #waiting = new Set<() => void>()
  #version: DataVersion = { stateVersion: 0, timestamp: 0, counter: 0 }
  #createdOnSend = 0
  #saved: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
  }

  /** Reads the file and adds the topics of the start that are missing or changed. */
  load(startTopics: readonly TopicConfig[]): void {
    const stored = this.#options.file.load((value) => tableJson.parse(value))
    if (stored) {
      this.#version = stored.dataVersion
      for (const topic of Object.values(stored.topicConfigTable)) {
        this.#topics.set(topic.topicName, topic)
      }
    }
    const missing = startTopics.filter(({ topicName }) => !this.#topics.has(topicName))
    for (const topic of missing) this.#topics.set(topic.topicName, topic)
    if (missing.length > 0) this.#changed(undefined)
  }

  atChange(run: () => void): () => void {
    this.#waiting.add(run)
    return () => void this.#waiting.delete(run)
  }

  onChange(listener: TopicListener): void {
    this.#listeners.push(listener)
  }

  get dataVersion(): DataVersion {
    return this.#version
  }

  find(topic: string): TopicConfig | undefined {
    return this.#topics.get(topic)
  }

  all(): Iterable<TopicConfig> {
    return this.#topics.values()
  }

  put(topic: TopicConfig): void {
    this.#topics.set(topic.topicName, topic)
    this.#changed(topic)
  }

  createOnSend(
    topic: string,
    asked: { defaultTopic: string; queueNums: number; topicSysFlag: number },
  ): TopicConfig | undefined {
    const model = this.#topics.get(asked.defaultTopic)
    const { autoCreateTopicEnable, autoCreateTopicMax } = this.#options.settings.current
    if (!model || !autoCreateTopicEnable || (model.perm & permInherit) === 0) return undefined
    if (this.#createdOnSend >= autoCreateTopicMax) {
      throw new MqError('rate-limited', 'too many topics were created by sends', {
        autoCreateTopicMax,
      })
    }
    this.#createdOnSend++
    const queueNums = Math.max(0, Math.min(asked.queueNums, model.writeQueueNums))
    const created: TopicConfig = {
      ...topicConfig(topic, queueNums, model.perm & ~permInherit),
      topicFilterType: model.topicFilterType,
      topicSysFlag: asked.topicSysFlag & topicSysFlagMask,
    }
    this.put(created)
    return created
  }

  ensure(topic: string, asked: { queueNums: number; order?: boolean }): TopicConfig {
    const known = this.#topics.get(topic)
    if (known && (asked.order === undefined || known.order === asked.order)) return known
    const order = asked.order ?? false
    const created = known ? { ...known, order } : { ...topicConfig(topic, asked.queueNums), order }
    this.put(created)
    return created
  }

  remove(topic: string): boolean {
    if (!this.#topics.delete(topic)) return false
    this.#changed(undefined)
    return true
  }

  /** For a registration in parts, each of which must be newer than the one before. */
  renewVersion(): void {
    this.#version = nextVersion(this.#version, this.#options.clock)
  }

  /** Takes over the table of the master; nothing when it is the one that is here. */
  adopt(value: unknown): void {
    const { dataVersion, topicConfigTable } = tableJson.parse(value)
    if (isDeepStrictEqual(dataVersion, this.#version)) return
    this.#topics.clear()
    for (const topic of Object.values(topicConfigTable)) this.#topics.set(topic.topicName, topic)
    this.#changed(undefined, dataVersion)
  }

  renew(): void {
    this.#changed(undefined)
  }

  saved(): Promise<void> {
    return this.#saved
  }

  /** What the file and GET_ALL_TOPIC_CONFIG hold. */
  snapshot(): unknown {
    return { dataVersion: this.#version, topicConfigTable: Object.fromEntries(this.#topics) }
  }

  #changed(topic: TopicConfig | undefined, version?: DataVersion): void {
    this.#version = version ?? nextVersion(this.#version, this.#options.clock)
    this.#saved = this.#options.file.save(() => this.snapshot())
    this.#saved.catch((error: unknown) => this.#options.log.error('topics-not-saved', { error }))
    for (const listener of this.#listeners) listener(topic)
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const run of waiting) run()
  }
}
