// What the WebSocket front counts.

import { kept } from '../../src/base/kept.ts'
import type { Labels, Metrics } from '../../src/base/metrics.ts'

export type WebSocketMetrics = {
  frame(op: string): void
  delivered(mode: 'group' | 'reader', messages: number): void
  closed(code: number): void
}

/** Kept, as those of frames are: counters find them at once. */
const modes = { group: { mode: 'group' }, reader: { mode: 'reader' } } as const

/** `sessions` and `bufferedBytes` are read when metrics are collected. */
export function webSocketMetrics(
  metrics: Metrics,
  read: { sessions(): number; bufferedBytes(): number },
): WebSocketMetrics {
  const frames = metrics.counter('rocketway_websocket_frames_total', 'Frames from clients by op')
  const messages = metrics.counter(
    'rocketway_websocket_messages_total',
    'Messages sent to clients by mode',
  )
  const closes = metrics.counter('rocketway_websocket_closes_total', 'Closes by this side by code')
  metrics.gauge('rocketway_websocket_sessions_count', 'Open sockets', (set) => set(read.sessions()))
  metrics.gauge('rocketway_websocket_buffered_bytes', 'Bytes sent and not yet read', (set) =>
    set(read.bufferedBytes()),
  )
  const ops = new Map<string, Labels>()
  return {
    frame: (op) =>
      frames.add(
        1,
        kept(ops, op, () => ({ op })),
      ),
    delivered: (mode, count) => messages.add(count, modes[mode]),
    closed: (code) => closes.add(1, { code: String(code) }),
  }
}
