// The machine's clock and the event loop's timers.

import type { Clock, Timer } from '../base/clock.ts'

/** The longest time that setTimeout takes; it fires at once for anything longer. */
const timeoutMsMax = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
  every(ms, run) {
    const handle = setInterval(run, Math.min(ms, timeoutMsMax)).unref()
    return { cancel: () => clearInterval(handle) }
  },
  endOfTurn(run) {
    setImmediate(run)
  },
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = (): void => {
        timer.cancel()
        reject(signal?.reason)
      }
      const timer = after(ms, () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      })
      signal?.addEventListener('abort', stop, { once: true })
    })
  },
}

function after(ms: number, run: () => void): Timer {
  let handle = arm(ms)
  return { cancel: () => clearTimeout(handle) }

  function arm(left: number): NodeJS.Timeout {
    const next = (): void => {
      if (left <= timeoutMsMax) run()
      else handle = arm(left - timeoutMsMax)
    }
    return setTimeout(next, Math.min(left, timeoutMsMax)).unref()
  }
}
