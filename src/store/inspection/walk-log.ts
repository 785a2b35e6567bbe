// The whole log from front to back, over damage as well: what is good behind it is found again.

import { magics } from '../../message/record.ts'
import {
  type LogShape,
  RecordReader,
  type ScanEnd,
  type ScannedRecord,
  scanLog,
} from '../log-scan.ts'

/** Bytes that are no records. Without `to`: nothing good is behind them. */
export type DamagedRange = {
  readonly from: number
  readonly to: number | undefined
  readonly reason: ScanEnd
}

export type Walked = {
  /** Position after the last record before the first damage. */
  readonly endPosition: number
  /** Position after the last good record of all. */
  readonly lastEnd: number
  readonly damaged: readonly DamagedRange[]
}

/**
 * Visits every good record. `knownPosition`: something refers to a record that starts there, so
 * the log cannot end before it. What is behind the end may be remains of a cut, which Java does
 * not clear, and is not looked at.
 */
export function walkLog(
  shape: LogShape,
  knownPosition: number,
  visit: (record: ScannedRecord, isBehindDamage: boolean) => void,
): Walked {
  const damaged: DamagedRange[] = []
  let from = shape.bases[0] ?? 0
  let endPosition: number | undefined
  for (;;) {
    const behind = damaged.length > 0
    const scan = scanLog(shape, from, (record) => visit(record, behind))
    const end = scan.endPosition
    endPosition ??= end
    const isWhole = isEnd(shape, scan.end, end)
    const resume = nextGood(shape, end, knownPosition)
    if (resume === undefined) {
      if (!isWhole || end <= knownPosition) {
        damaged.push({ from: end, to: undefined, reason: scan.end })
      }
      return { endPosition, lastEnd: end, damaged }
    }
    damaged.push({ from: end, to: resume, reason: scan.end })
    from = resume
  }
}

function isEnd(shape: LogShape, reason: ScanEnd, end: number): boolean {
  return reason === 'zeros' || (reason === 'no-file' && shape.bases.every((base) => base < end))
}

/** The next good record behind `end`: in its file if the log has to go on there, or in a later one. */
function nextGood(shape: LogShape, end: number, knownPosition: number): number | undefined {
  const { segmentSize, bases } = shape
  const base = end - (end % segmentSize)
  const reader = new RecordReader(shape)
  try {
    if (end <= knownPosition && bases.includes(base)) {
      const found = searchFile(shape, reader, end)
      if (found !== undefined) return found
    }
    return bases.find((one) => one > end && reader.at(one) !== undefined)
  } finally {
    reader.close()
  }
}

/** Looks for a record's mark byte by byte: the bytes before it may have lost their sizes. */
function searchFile(shape: LogShape, reader: RecordReader, after: number): number | undefined {
  const { files, pathOf, segmentSize } = shape
  const base = after - (after % segmentSize)
  const file = files.open(pathOf(base), 'read')
  const bytes = Buffer.alloc(base + segmentSize - after)
  const size = file.read(bytes, after - base)
  file.close()
  const marks = [magics.v1, magics.v2].map((magic) => {
    const mark = Buffer.alloc(4)
    mark.writeInt32BE(magic)
    return mark
  })
  for (const mark of marks) {
    for (let at = bytes.indexOf(mark, 5); at >= 0 && at < size; at = bytes.indexOf(mark, at + 1)) {
      if (reader.at(after + at - 4)) return after + at - 4
    }
  }
  return undefined
}
