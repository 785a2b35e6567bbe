// The blocks of docs/cookbook.md, as a reader would paste them, and what they print.

import { readFileSync } from 'node:fs'

export type Block = { readonly text: string; readonly expected: readonly string[] }

/** `kind` is what stands behind the fence. */
export function cookbookBlocks(kind: 'sh' | 'sh tools' | 'js'): readonly Block[] {
  const text = readFileSync('docs/cookbook.md', 'utf8')
  const blocks = [...text.matchAll(/```([^\n]+)\n(.*?)```/gs)].filter(([, name]) => name === kind)
  return blocks.map(([, , block = '']) => ({
    text: block,
    expected: block.split('\n').flatMap((line) => /^(?:#|\/\/)> (.*)$/.exec(line)?.[1] ?? []),
  }))
}
