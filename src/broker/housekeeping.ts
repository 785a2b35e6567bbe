// What has to be looked at now and then.

import type { Clock } from '../base/clock.ts'
import type { Service } from '../base/lifecycle.ts'

const expiryScanMs = 10_000

/** Runs `look` every 10 s while started. Source: ClientHousekeepingService. */
export function housekeeping(clock: Clock, look: () => void): Service {
  let timer: { cancel(): void } | undefined
  return {
    name: 'housekeeping',
    start() {
      timer = clock.every(expiryScanMs, look)
    },
    stop() {
      timer?.cancel()
    },
  }
}
