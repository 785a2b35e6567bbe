// Whether the clients of a group pull or pop a topic, where it was set.
//
// Kept in config/messageRequestMode.json in Java's form. Source: MessageRequestModeManager.

import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { RequestMode, RequestModes } from './ports.ts'
import type { StateFile } from './state-file.ts'

const modesMax = 100_000

export const requestModeJson = z.object({
  topic: z.string(),
  consumerGroup: z.string(),
  mode: z.enum(['PULL', 'POP']),
  popShareQueueNum: z.number().int().default(0),
})

const tableJson = z.object({
  messageRequestModeMap: z.record(z.string(), z.record(z.string(), requestModeJson)).default({}),
})

export class RequestModeTable implements RequestModes {
  readonly #file: StateFile
  readonly #log: Log
  /** By `topic@group`. */
  readonly #modes = new Map<string, RequestMode>()
  #saved: Promise<void> = Promise.resolve()

  constructor(file: StateFile, log: Log) {
    this.#file = file
    this.#log = log
  }

  load(): void {
    const stored = this.#file.load((value) => tableJson.parse(value))
    if (stored) this.#take(stored)
  }

  /** Takes over the table of the master. */
  adopt(value: unknown): void {
    const before = this.snapshot()
    this.#modes.clear()
    this.#take(tableJson.parse(value))
    if (!isDeepStrictEqual(this.snapshot(), before)) this.#save()
  }

  find(topic: string, consumerGroup: string): RequestMode | undefined {
    return this.#modes.get(keyOf({ topic, consumerGroup }))
  }

  put(mode: RequestMode): void {
    if (this.#modes.size >= modesMax) throw new MqError('broker-busy', 'too many request modes')
    this.#modes.set(keyOf(mode), mode)
    this.#save()
  }

  saved(): Promise<void> {
    return this.#saved
  }

  #take(table: z.output<typeof tableJson>): void {
    for (const groups of Object.values(table.messageRequestModeMap)) {
      for (const mode of Object.values(groups)) this.#modes.set(keyOf(mode), mode)
    }
  }

  #save(): void {
    this.#saved = this.#file.save(() => this.snapshot())
    this.#saved.catch((error: unknown) => this.#log.error('request-modes-not-saved', { error }))
  }

  /** What the file and GET_ALL_MESSAGE_REQUEST_MODE hold. */
  snapshot(): unknown {
    const byTopic: Record<string, Record<string, RequestMode>> = {}
    for (const mode of this.#modes.values()) {
      byTopic[mode.topic] ??= {}
      Object.assign(byTopic[mode.topic] ?? {}, { [mode.consumerGroup]: mode })
    }
    return { messageRequestModeMap: byTopic }
  }
}

const keyOf = ({ topic, consumerGroup }: Pick<RequestMode, 'topic' | 'consumerGroup'>): string =>
  `${topic}@${consumerGroup}`
