// Topic → broker name → settings. Brokers times topics can be millions of entries with a few
// dozen different settings, so equal settings are one object: that is also how a registration
// that changes nothing is told from one that does.

/** What a broker has of one topic. */
export type QueueSettings = {
  readonly readQueueNums: number
  readonly writeQueueNums: number
  /** 4 read, 2 write, 1 inherit. */
  readonly perm: number
  readonly topicSysFlag: number
}

export type TopicSettings = QueueSettings & { readonly topicName: string }

export type TopicEntries = ReadonlyMap<string, QueueSettings>

/** Beyond it equal settings are kept apart, which costs memory and re-printed answers only. */
const sharedSettingsMax = 10_000

export class TopicTable {
  readonly #topics = new Map<string, Map<string, QueueSettings>>()
  readonly #shared = new Map<string, QueueSettings>()
  readonly #changed: (topic: string) => void
  #size = 0

  /** `changed` is called after each change of a topic. */
  constructor(changed: (topic: string) => void) {
    this.#changed = changed
  }

  /** Topics times the brokers that have them. */
  get size(): number {
    return this.#size
  }

  names(): readonly string[] {
    return [...this.#topics.keys()]
  }

  /** By broker name; undefined when no broker has the topic. */
  entries(topic: string): TopicEntries | undefined {
    return this.#topics.get(topic)
  }

  has(topic: string, brokerName: string): boolean {
    return this.#topics.get(topic)?.has(brokerName) === true
  }

  where(matches: (entries: TopicEntries) => boolean): readonly string[] {
    return [...this.#topics].filter(([, entries]) => matches(entries)).map(([topic]) => topic)
  }

  set(topic: string, brokerName: string, settings: QueueSettings): void {
    const shared = this.#share(settings)
    const entries = this.#topics.get(topic)
    const before = entries?.get(brokerName)
    if (before === shared) return
    if (!before) this.#size++
    if (entries) entries.set(brokerName, shared)
    else this.#topics.set(topic, new Map([[brokerName, shared]]))
    this.#changed(topic)
  }

  remove(topic: string, brokerName: string): void {
    const entries = this.#topics.get(topic)
    if (!entries?.delete(brokerName)) return
    this.#size--
    if (entries.size === 0) this.#topics.delete(topic)
    this.#changed(topic)
  }

  removeBroker(brokerName: string): void {
    for (const topic of this.#topics.keys()) this.remove(topic, brokerName)
  }

  /** Changes the permission of all topics of a broker; answers how many it has. */
  changePerm(brokerName: string, change: (perm: number) => number): number {
    let count = 0
    for (const [topic, entries] of this.#topics) {
      const settings = entries.get(brokerName)
      if (!settings) continue
      this.set(topic, brokerName, { ...settings, perm: change(settings.perm) })
      count++
    }
    return count
  }

  #share(settings: QueueSettings): QueueSettings {
    const { readQueueNums, writeQueueNums, perm, topicSysFlag } = settings
    const key = `${readQueueNums} ${writeQueueNums} ${perm} ${topicSysFlag}`
    let shared = this.#shared.get(key)
    if (!shared) {
      shared = { readQueueNums, writeQueueNums, perm, topicSysFlag }
      if (this.#shared.size < sharedSettingsMax) this.#shared.set(key, shared)
    }
    return shared
  }
}
