// What the sender of a timed message gets to take it back with: URL-safe base64 of
// `v1 topic brokerName time uniqueKey`.
//
// Source: RecallMessageHandle.HandleV1.

export type RecallHandle = {
  readonly topic: string
  readonly brokerName: string
  /** When the message is due, ms since 1970: one more than its TIMER_OUT_MS. */
  readonly deliverAt: number
  /** UNIQ_KEY of the message. */
  readonly messageId: string
}

const version = 'v1'

export function printRecallHandle(handle: RecallHandle): string {
  const { topic, brokerName, deliverAt, messageId } = handle
  const text = [version, topic, brokerName, deliverAt, messageId].join(' ')
  // Java pads, Node does not.
  const base64 = Buffer.from(text).toString('base64url')
  return base64.padEnd(Math.ceil(base64.length / 4) * 4, '=')
}

/** Undefined when the text is no handle. */
export function parseRecallHandle(text: string): RecallHandle | undefined {
  const parts = Buffer.from(text, 'base64url').toString('utf8').split(' ')
  const [found, topic, brokerName, time, messageId] = parts
  if (found !== version || parts.length !== 5 || !/^\d{1,15}$/.test(time ?? '')) return undefined
  if (!topic || !brokerName || !messageId) return undefined
  return { topic, brokerName, deliverAt: Number(time), messageId }
}
