// Attributes of topics: which there are, and how a request changes them.
//
// Source: AttributeUtil.alterCurrentAttributes, TopicAttributes.

import { MqError } from '../base/errors.ts'

type Attributes = Readonly<Record<string, string>>

/** Undefined: any value. */
const values: Readonly<Record<string, readonly string[] | undefined>> = {
  'queue.type': ['SimpleCQ', 'BatchCQ'],
  'cleanup.policy': ['DELETE', 'COMPACTION'],
  'message.type': ['NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'MIXED', 'UNSPECIFIED'],
  'reserve.time': undefined,
}

/** Whether the queues of a topic keep batches whole. Source: QueueTypeUtils.isBatchCq. */
export const isBatchTopic = (attributes: Attributes): boolean =>
  attributes['queue.type'] === 'BatchCQ'

/** Cannot be changed once the topic exists. */
const fixed: ReadonlySet<string> = new Set(['queue.type'])

/**
 * `current` with a list like `+message.type=FIFO,-cleanup.policy` applied: all or nothing.
 * Throws `invalid-argument`.
 */
export function changeAttributes(current: Attributes, text: string, isNew: boolean): Attributes {
  const changed: Record<string, string> = { ...current }
  for (const change of text.split(',').map((one) => one.trim())) {
    if (change === '') continue
    const [name = '', value] = change.slice(1).split('=')
    if (!(name in values)) throw new MqError('invalid-argument', 'no such attribute', { name })
    if (fixed.has(name) && !isNew) {
      throw new MqError('invalid-argument', 'the attribute cannot be changed', { name })
    }
    if (change.startsWith('-')) {
      delete changed[name]
    } else if (change.startsWith('+') && isAllowed(name, value)) {
      changed[name] = value ?? ''
    } else {
      throw new MqError('invalid-argument', 'the attribute does not take this value', { name })
    }
  }
  return changed
}

function isAllowed(name: string, value: string | undefined): boolean {
  if (!value) return false
  const allowed = values[name]
  return allowed ? allowed.includes(value) : /^-?\d+$/.test(value)
}
