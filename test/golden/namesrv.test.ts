// The traffic of Apache's namesrv, replayed in its order: each answer means the same as Java's.
//
// What differs on purpose: broker ids are quoted in 106; settings (319) are our own.

import test from 'ava'
import { parseLooseJson } from '../../src/base/loose-json.ts'
import { commandOf, goldenFrames } from '../support/golden-wire.ts'
import { anyPeer, ask, namesrvParts } from '../support/namesrv.ts'

const namesrvPort = 9878
const settingsRequest = 319

/** Lists of names have the order of a Java hash table. */
function meaningOf(body: Uint8Array | undefined): unknown {
  if (!body || body.length === 0) return undefined
  const value = parseLooseJson(Buffer.from(body).toString('utf8')) as { topicList?: string[] }
  value.topicList?.sort()
  return value
}

/** Of frames alike in size two were kept, so the binary capture lacks two registrations. */
const complete = ['json', 'proxy'] as const

for (const capture of complete) {
  test(`the namesrv answers the ${capture} capture as Java's did`, async (t) => {
    const frames = goldenFrames(capture).filter(({ port }) => port === namesrvPort)
    const answers = new Map(
      frames
        .filter(({ kind }) => kind === 'response')
        .map((frame) => [`${frame.name} ${frame.exchange}`, commandOf(frame)]),
    )
    const asked = frames
      .filter(({ kind, code }) => kind === 'request' && code !== settingsRequest)
      .sort((a, b) => a.atMs - b.atMs)
    t.true(asked.length > 0)

    const parts = namesrvParts()
    for (const frame of asked) {
      const title = `${frame.name} ${frame.exchange}`
      const { code, ext, body, version } = commandOf(frame)
      const java = answers.get(title)
      if (!java) return t.fail(`${title} has no answer`)
      const ours = await ask(
        parts,
        code,
        { ...ext },
        {
          peer: anyPeer(1),
          version,
          body: body ?? new Uint8Array(0),
        },
      )
      t.is(ours.code, java.code, title)
      t.is(ours.remark, java.remark, title)
      t.deepEqual(ours.ext, { ...java.ext }, title)
      t.deepEqual(meaningOf(ours.body), meaningOf(java.body), title)
    }
  })
}
