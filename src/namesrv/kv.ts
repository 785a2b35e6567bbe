// Texts by namespace and key, kept in one file in Java's format. What the namesrv knows and
// brokers do not tell it: mostly ORDER_TOPIC_CONFIG, the queues of ordered topics.
//
// Source: KVConfigManager, KVConfigSerializeWrapper.

import { MqError } from '../base/errors.ts'
import type { JsonFile } from '../base/json-file.ts'

export const orderTopicConfig = 'ORDER_TOPIC_CONFIG'

type Change = (namespace: string, key: string) => void

export class KvConfig {
  readonly #file: Pick<JsonFile, 'load' | 'save'>
  readonly #entriesMax: number
  readonly #namespaces = new Map<string, Map<string, string>>()
  #onChange: Change = () => {}
  #size = 0

  constructor(file: Pick<JsonFile, 'load' | 'save'>, entriesMax: number) {
    this.#file = file
    this.#entriesMax = entriesMax
  }

  /** Reads the file; an absent one is an empty configuration. */
  load(): void {
    for (const [namespace, key, value] of this.#file.load(entriesOf) ?? []) {
      this.#set(namespace, key, value)
    }
  }

  /** Calls `run` after each change. One listener. */
  onChange(run: Change): void {
    this.#onChange = run
  }

  get(namespace: string, key: string): string | undefined {
    return this.#namespaces.get(namespace)?.get(key)
  }

  /** Undefined when the namespace has nothing. */
  list(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#namespaces.get(namespace)
  }

  /**
   * Resolves when the change is durable. It counts at once, also when the disk then refuses
   * it: the promise rejects, and the next change that is written carries it along.
   */
  async put(namespace: string, key: string, value: string): Promise<void> {
    if (this.get(namespace, key) === undefined && this.#size >= this.#entriesMax) {
      throw new MqError('broker-busy', 'too many entries', { max: this.#entriesMax })
    }
    this.#set(namespace, key, value)
    this.#onChange(namespace, key)
    await this.#save()
  }

  /** As {@link put}. Nothing happens when there is no such key. */
  async delete(namespace: string, key: string): Promise<void> {
    const keys = this.#namespaces.get(namespace)
    if (!keys?.delete(key)) return
    this.#size--
    if (keys.size === 0) this.#namespaces.delete(namespace)
    this.#onChange(namespace, key)
    await this.#save()
  }

  #set(namespace: string, key: string, value: string): void {
    const keys = this.#namespaces.get(namespace) ?? new Map<string, string>()
    if (!keys.has(key)) this.#size++
    this.#namespaces.set(namespace, keys.set(key, value))
  }

  #save(): Promise<void> {
    return this.#file.save(() => ({
      configTable: fromEntries(
        [...this.#namespaces].map(([name, keys]) => [name, fromEntries(keys)]),
      ),
    }))
  }
}

/** Also for names such as `__proto__`. */
function fromEntries<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const object: Record<string, T> = Object.create(null)
  for (const [key, value] of entries) object[key] = value
  return object
}

function* entriesOf(state: unknown): Generator<[string, string, string]> {
  const table = (state as { configTable?: Record<string, Record<string, unknown>> }).configTable
  for (const [namespace, keys] of Object.entries(table ?? {})) {
    for (const [key, value] of Object.entries(keys)) yield [namespace, key, String(value)]
  }
}
