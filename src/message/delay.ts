// The fixed delay levels. Source: DelayOffsetSerialize, MessageStoreConfig.messageDelayLevel.

import { MqError } from '../base/errors.ts'

/** Java's default, the value of `messageDelayLevel`. */
export const defaultDelayLevels = '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h'

/** The topic in which messages wait whose delay is a level; queue id = level − 1. */
export const scheduleTopic = 'SCHEDULE_TOPIC_XXXX'

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/**
 * Delays in ms by level; level 1 is index 0. Throws `invalid-argument` for bad text.
 * Source: ScheduleMessageService.parseDelayLevel.
 */
export function parseDelayLevels(text: string): readonly number[] {
  return text
    .trim()
    .split(/\s+/)
    .map((level) => {
      const [, count, unit] = /^(\d+)([smhd])$/.exec(level) ?? []
      if (!count || !unit) throw new MqError('invalid-argument', 'not a delay level', { level })
      return Number(count) * (unitMs[unit] ?? 0)
    })
}

/**
 * When a message of `level` that was stored at `storeTimestamp` is due. A level above the last
 * one counts as the last. Source: ScheduleMessageService.computeDeliverTimestamp.
 */
export function deliverAt(
  levels: readonly number[],
  level: number,
  storeTimestamp: number,
): number {
  const index = Math.min(level, levels.length) - 1
  return storeTimestamp + (levels[index] ?? 1_000)
}
