// Which implementation of a segment serves a file.

import type { Files } from '../base/files.ts'
import { MappedSegment } from './mapped-segment.ts'
import { PlainSegment } from './plain-segment.ts'
import type { Segment } from './segment.ts'

/** Opens a file that exists in full size, mapped if asked for and possible. */
export function openSegment(
  files: Files,
  where: { path: string; base: number; size: number; mapped: boolean },
): Segment {
  const file = files.open(where.path, 'write')
  const mapping = where.mapped ? file.map() : undefined
  return mapping ? new MappedSegment(file, where, mapping) : new PlainSegment(file, where)
}
