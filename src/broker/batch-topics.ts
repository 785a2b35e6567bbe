// Which topics keep batches whole. The store asks while it is opened, before there is a table of
// topics; then the file of that table says it.
// Source: ConsumeQueueStore.queueTypeShouldBe.

import * as z from 'zod'
import { isBatchTopic } from './attributes.ts'
import type { TopicConfig } from './ports.ts'
import { attributesJson, type StateFile } from './state-file.ts'

const tableJson = z.object({
  topicConfigTable: z.record(z.string(), z.object({ attributes: attributesJson })).default({}),
})

type Table = { find(topic: string): Pick<TopicConfig, 'attributes'> | undefined }

export class BatchTopics {
  #table: Table

  /** Throws `internal` when the file cannot be used. Writes nothing. */
  constructor(file: Pick<StateFile, 'load'>) {
    const topics = file.load((value) => tableJson.parse(value))?.topicConfigTable ?? {}
    const stored = new Map(Object.entries(topics))
    this.#table = { find: (topic) => stored.get(topic) }
  }

  /** From now on the table says it. */
  follow(topics: Table): void {
    this.#table = topics
  }

  has(topic: string): boolean {
    const found = this.#table.find(topic)
    return found !== undefined && isBatchTopic(found.attributes)
  }
}
