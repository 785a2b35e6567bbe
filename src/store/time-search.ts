// The message of a queue that was stored at a time, by binary search over its records.
// Source: ConsumeQueue.getOffsetInQueueByTime.

/** A queue and the store time of its messages; undefined where a record is gone. */
export type TimedQueue = {
  readonly queue: { readonly minOffset: number; readonly maxOffset: number }
  readonly timeAt: (offset: number) => number | undefined
}

/**
 * `lower`: the first offset whose time is at least `timestamp`, the max offset if there is
 * none. `upper`: the last one whose time is at most `timestamp`, the min offset if there is none.
 */
export function offsetByTime(
  { queue, timeAt }: TimedQueue,
  timestamp: number,
  boundary: 'lower' | 'upper',
): number {
  const isBefore =
    boundary === 'lower' ? (time: number) => time < timestamp : (time: number) => time <= timestamp
  let low = queue.minOffset
  let high = queue.maxOffset
  while (low < high) {
    const middle = (low + high) >>> 1
    const time = timeAt(middle)
    if (time === undefined || isBefore(time)) low = middle + 1
    else high = middle
  }
  return boundary === 'lower' ? low : Math.max(low - 1, queue.minOffset)
}
