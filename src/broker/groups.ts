// The subscription groups of this broker. A group appears on first use unless that is off.
//
// Kept in config/subscriptionGroup.json in Java's form. `forbiddenTable` says what a
// group may not read.
// Source: SubscriptionGroupManager.

import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { builtInGroups, isGroupName, isSystemGroup } from './names.ts'
import type { DataVersion, GroupConfig, Groups, ReadBans } from './ports.ts'
import type { Settings } from './settings.ts'
import { attributesJson, dataVersionJson, nextVersion, type StateFile } from './state-file.ts'

/** Source: PermName.INDEX_PERM_READ. */
const readBit = 1 << 2

const groupJson = z.object({
  groupName: z.string(),
  consumeEnable: z.boolean().default(true),
  consumeFromMinEnable: z.boolean().default(true),
  consumeBroadcastEnable: z.boolean().default(true),
  consumeMessageOrderly: z.boolean().default(false),
  retryQueueNums: z.number().int().default(1),
  retryMaxTimes: z.number().int().default(16),
  groupRetryPolicy: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((policy) => policy ?? { type: 'CUSTOMIZED' }),
  brokerId: z.number().default(0),
  whichBrokerWhenConsumeSlowly: z.number().default(1),
  notifyConsumerIdsChangedEnable: z.boolean().default(true),
  groupSysFlag: z.number().int().default(0),
  consumeTimeoutMinute: z.number().default(15),
  subscriptionDataSet: z
    .array(z.unknown())
    .nullish()
    .transform((set) => set ?? undefined),
  attributes: attributesJson,
})

const tableJson = z.object({
  dataVersion: dataVersionJson,
  /** Bits by group and topic; bit 2 forbids to read. Others are kept as they are. */
  forbiddenTable: z.record(z.string(), z.record(z.string(), z.number().int())).default({}),
  subscriptionGroupTable: z.record(z.string(), groupJson).default({}),
})

/** Reads a group as Java writes it; throws `malformed-body`. */
export function parseGroupConfig(value: unknown): GroupConfig {
  const parsed = groupJson.safeParse(value)
  if (!parsed.success) throw new MqError('malformed-body', 'the group settings cannot be read')
  return parsed.data
}

type Options = {
  readonly file: StateFile
  readonly clock: Clock
  readonly log: Log
  readonly settings: Pick<Settings, 'current'>
}

/** The table itself. `load` before anything else. */
export class GroupTable implements Groups, ReadBans {
  readonly #options: Options
  readonly #groups = new Map<string, GroupConfig>()
  readonly #forbidden = new Map<string, Map<string, number>>()
  #version: DataVersion = { stateVersion: 0, timestamp: 0, counter: 0 }
  #saved: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
  }

  /** Reads the file and adds the groups that every broker has. */
  load(): void {
    const stored = this.#options.file.load((value) => tableJson.parse(value))
    if (stored) this.#take(stored)
    const known = this.#groups.size
    for (const group of builtInGroups) {
      if (!this.#groups.has(group)) this.#groups.set(group, parseGroupConfig({ groupName: group }))
    }
    if (this.#groups.size > known) this.#changed()
  }

  get dataVersion(): DataVersion {
    return this.#version
  }

  find(group: string): GroupConfig | undefined {
    const known = this.#groups.get(group)
    if (known) return known
    const { autoCreateSubscriptionGroup, subscriptionGroupMax } = this.#options.settings.current
    if (!isSystemGroup(group)) {
      if (!autoCreateSubscriptionGroup || this.#groups.size >= subscriptionGroupMax)
        return undefined
    }
    if (!isGroupName(group)) return undefined
    const created = parseGroupConfig({ groupName: group })
    this.put(created)
    return created
  }

  has(group: string): boolean {
    return this.#groups.has(group)
  }

  all(): Iterable<GroupConfig> {
    return this.#groups.values()
  }

  put(group: GroupConfig): void {
    this.#groups.set(group.groupName, group)
    this.#changed()
  }

  remove(group: string): boolean {
    if (!this.#groups.delete(group)) return false
    this.#forbidden.delete(group)
    this.#changed()
    return true
  }

  isReadForbidden(group: string, topic: string): boolean {
    return ((this.#forbidden.get(group)?.get(topic) ?? 0) & readBit) !== 0
  }

  forbidRead(group: string, topic: string, isForbidden: boolean): void {
    if (this.isReadForbidden(group, topic) === isForbidden) return
    const byTopic = this.#forbidden.get(group) ?? new Map<string, number>()
    this.#forbidden.set(group, byTopic)
    byTopic.set(topic, (byTopic.get(topic) ?? 0) ^ readBit)
    if (byTopic.get(topic) === 0) byTopic.delete(topic)
    if (byTopic.size === 0) this.#forbidden.delete(group)
    this.#changed()
  }

  /** Takes over the table of the master; nothing when it is the one that is here. */
  adopt(value: unknown): void {
    const table = tableJson.parse(value)
    if (isDeepStrictEqual(table.dataVersion, this.#version)) return
    this.#groups.clear()
    this.#forbidden.clear()
    this.#take(table)
    this.#changed(table.dataVersion)
  }

  saved(): Promise<void> {
    return this.#saved
  }

  /** What the file and GET_ALL_SUBSCRIPTIONGROUP_CONFIG hold. */
  snapshot(): unknown {
    return {
      dataVersion: this.#version,
      forbiddenTable: Object.fromEntries(
        [...this.#forbidden].map(([group, byTopic]) => [group, Object.fromEntries(byTopic)]),
      ),
      subscriptionGroupTable: Object.fromEntries(this.#groups),
    }
  }

  #take(table: z.output<typeof tableJson>): void {
    this.#version = table.dataVersion
    for (const [group, byTopic] of Object.entries(table.forbiddenTable)) {
      this.#forbidden.set(group, new Map(Object.entries(byTopic)))
    }
    for (const group of Object.values(table.subscriptionGroupTable)) {
      this.#groups.set(group.groupName, group)
    }
  }

  #changed(version?: DataVersion): void {
    this.#version = version ?? nextVersion(this.#version, this.#options.clock)
    this.#saved = this.#options.file.save(() => this.snapshot())
    this.#saved.catch((error: unknown) => this.#options.log.error('groups-not-saved', { error }))
  }
}
