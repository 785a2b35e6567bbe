// Topics with queue.type=BatchCQ: the official Java client sends batches, which the broker keeps
// whole, and takes them apart again. Against Apache's broker as well: so we know that the test is
// right.

import test from 'ava'
import { buildJavaClient, runJavaClient } from '../support/java-client.ts'
import { makeSite, startApache, startOurs } from '../support/store-site.ts'

const topic = 'WholeBatches'
const main = 'rocketway.WholeBatches'
const attributes = new Map([['queue.type', 'BatchCQ']])

for (const [name, start] of [
  ['ours', startOurs],
  ["Apache's", startApache],
] as const) {
  test(`batches of the Java client are kept whole by ${name}`, async (t) => {
    t.timeout(600_000)
    const site = await makeSite(t)
    const { client } = await start(t, site)
    const settings = { name: topic, readQueues: 1, writeQueues: 1, perm: 6, order: false }
    await client.createTopic({ ...settings, attributes })
    const classPath = await buildJavaClient('5.5.0')
    const tagged = name === 'ours' ? ['GID_tagged'] : []
    const args = [site.namesrv, topic, 'GID_whole', ...tagged]
    const events = await runJavaClient(classPath, args, site.home, main)
    const of = (scenario: string) =>
      events.filter((one) => one.event === 'received' && one.scenario === scenario)

    const sent = events.filter(({ event }) => event === 'sent')
    let next = 0
    for (const { offset, body, detail } of sent) {
      t.is(offset, next, 'each batch begins behind the one before')
      // One id for the whole batch: that is how the client knows that it is kept so.
      t.regex(detail, /^SEND_OK\|[0-9A-F]+$/)
      next += Number(body)
    }
    const seen = of('all')
    const first = seen.filter(({ detail }) => detail.endsWith('|0'))
    const bodies = sent.flatMap(({ body }, batch) =>
      Array.from({ length: Number(body) }, (_, at) => `batch ${batch} message ${at}`),
    )
    t.deepEqual(
      first.toSorted((a, b) => a.offset - b.offset).map(({ body }) => body),
      bodies,
    )
    t.deepEqual(
      first.toSorted((a, b) => a.offset - b.offset).map(({ offset }) => offset),
      bodies.map((_, at) => at),
    )
    const again = seen.filter(({ detail }) => detail.endsWith('|1'))
    t.deepEqual(
      again.map(({ body }) => body),
      ['batch 7 message 0'],
    )

    // Apache's broker hands a group with a tag nothing of a batch.
    if (name !== 'ours') return
    t.is(of('tagged').length, sent.length)
    t.true(of('tagged').every(({ detail }) => detail.startsWith('Tag0|')))
  })
}
