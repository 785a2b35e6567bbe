// What the tables of the broker keep in files, and how they are read back: tolerant of what
// older brokers leave out and of fields that we do not know.

import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { DataVersion } from './ports.ts'

/** A state file that is replaced whole; src/base/json-file.ts is one. */
export type StateFile = {
  load<T>(parse: (value: unknown) => T): T | undefined
  /** Durable once resolved. */
  save(snapshot: () => unknown): Promise<void>
}

export const dataVersionJson = z
  .object({
    stateVersion: z.number().default(0),
    timestamp: z.number().default(0),
    counter: z.number().default(0),
  })
  .default({ stateVersion: 0, timestamp: 0, counter: 0 })

/** Source: DataVersion.nextVersion. */
export const nextVersion = (version: DataVersion, clock: Clock): DataVersion => ({
  counter: version.counter + 1,
  stateVersion: version.stateVersion,
  timestamp: clock.now(),
})

export const attributesJson = z
  .record(z.string(), z.string())
  .nullish()
  .transform((it) => it ?? {})

export const versionText = ({ stateVersion, timestamp, counter }: DataVersion): string =>
  `${stateVersion}-${timestamp}-${counter}`
