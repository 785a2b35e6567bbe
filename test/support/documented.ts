// Commands in documents, as a reader would paste them: the `sh` blocks of a Markdown file, in which
// a line `#> text` says what is printed.

import { readFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { run } from './processes.ts'

/** Runs each block after `adapt`, and answers how many there were. */
export async function runBlocks(
  t: ExecutionContext,
  path: string,
  adapt: (block: string) => string,
): Promise<number> {
  const blocks = [...readFileSync(path, 'utf8').matchAll(/```sh\n(.*?)```/gs)]
  for (const [, block = ''] of blocks) {
    const expected = block.split('\n').flatMap((line) => /^#> (.*)$/.exec(line)?.[1] ?? [])
    t.true(expected.length > 0, block)
    const { code, stdout, stderr } = await run('bash', ['-c', adapt(block)])
    t.is(code, 0, `${block}\n${stdout}\n${stderr}`)
    for (const text of expected) t.true(stdout.includes(text), `${block}\n${stdout}\n${stderr}`)
  }
  return blocks.length
}
