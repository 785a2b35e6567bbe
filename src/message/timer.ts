// Messages with an exact delivery time: where they wait and until when.
//
// Not served: another precision than Java's default of one second.
// Source: TimerMessageStore, HookUtils.transformTimerMessage.

/** Where a message waits that is due at an exact time; the queue is 0. */
export const timerTopic = 'rmq_sys_wheel_timer'

/** Delivery times are whole seconds. Source: timerPrecisionMs. */
export const timerPrecisionMs = 1000

/** Rounds down to the precision. */
export const wholeSecond = (ms: number): number =>
  Math.floor(ms / timerPrecisionMs) * timerPrecisionMs

/**
 * TIMER_OUT_MS of a message that is due at `deliverAt`: rounded down, a whole second to the one
 * before. Delivered when that second is over, it is never early.
 */
export const timerOutMs = (deliverAt: number): number => wholeSecond(deliverAt - 1)

/** Whether the second `outMs` is over at `now`. */
export const isTimerDue = (outMs: number, now: number): boolean => outMs + timerPrecisionMs <= now
