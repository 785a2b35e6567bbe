// The receipt that Apache's clients are given with a message, POP_CK or extraInfo: fields
// joined by one space.
//
//   startOffset popTime invisibleMs reviveQid marker brokerName queueId [queueOffset [position]]
//
// Clients read it and make new ones after a change of the invisible time, so it is plain.
//
// Source: ExtraInfoUtil.

import { MqError } from '../../base/errors.ts'
import { retryMarkerOf } from './names.ts'

export type Receipt = {
  /** Where the pop began to read its queue: with popTime, what names the checkpoint. */
  readonly startOffset: number
  /** ms since 1970, by this broker's clock. */
  readonly popTime: number
  readonly invisibleMs: number
  readonly reviveQid: number
  readonly marker: number
  readonly brokerName: string
}

/** Throws `invalid-receipt-handle`. */
export function parseReceipt(text: string): Receipt {
  const fields = text.split(' ')
  if (fields.length < 7) throw new MqError('invalid-receipt-handle', 'it has too few fields')
  const [startOffset, popTime, invisibleMs, reviveQid, marker, brokerName = ''] = fields
  return {
    startOffset: whole(startOffset),
    popTime: whole(popTime),
    invisibleMs: whole(invisibleMs),
    reviveQid: whole(reviveQid),
    marker: whole(marker),
    brokerName,
  }
}

function whole(text = ''): number {
  const value = Number(text)
  if (text !== '' && Number.isSafeInteger(value)) return value
  throw new MqError('invalid-receipt-handle', 'a field of it is not a whole number')
}

/** The receipt of one message. */
export const printReceipt = (
  pop: { startOffset: number; popTime: number; invisibleMs: number; reviveQid: number },
  brokerName: string,
  message: { topic: string; queueId: number; queueOffset: number },
): string =>
  `${pop.startOffset} ${pop.popTime} ${pop.invisibleMs} ${pop.reviveQid} ` +
  `${retryMarkerOf(message.topic)} ${brokerName} ${message.queueId} ${message.queueOffset}`
