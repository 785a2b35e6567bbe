// google.protobuf's Timestamp and Duration, and milliseconds.

import type { google } from './gen/messaging.js'

type Seconds = google.protobuf.Timestamp.Fields | google.protobuf.Duration.Fields

/** For Timestamp and Duration alike. `ms` is a whole number. */
export const secondsOf = (ms: number): { seconds: number; nanos: number } => {
  const seconds = Math.floor(ms / 1000)
  return { seconds, nanos: (ms - seconds * 1000) * 1_000_000 }
}

/** Whole milliseconds; undefined when the field is absent. */
export const msOf = (time: Seconds | null | undefined): number | undefined =>
  time ? (time.seconds ?? 0) * 1000 + Math.trunc((time.nanos ?? 0) / 1_000_000) : undefined
