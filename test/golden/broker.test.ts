// The broker over a store that the Java broker 5.5.0 wrote: what that one knew, this one knows.

import test from 'ava'
import type { Message } from '../../src/message/message.ts'
import { cluster } from '../support/cluster.ts'
import {
  goldenFiles,
  goldenManifest,
  goldenOptions,
  unpackGolden,
} from '../support/golden-store.ts'
import { MemoryFiles } from '../support/memory-files.ts'

const broker = 'golden-clean'

function golden(t: Parameters<typeof cluster>[0]) {
  const files = new MemoryFiles()
  unpackGolden('clean', files, '/store')
  const { mappedFileSizeCommitLog, mappedFileSizeConsumeQueue } = goldenOptions
  const config = {
    brokerName: broker,
    brokerClusterName: 'GoldenCluster',
    mappedFileSizeCommitLog,
    mappedFileSizeConsumeQueue,
  }
  return cluster(t, { files, config })
}

/** Java's files with their bare integer keys quoted. */
function javaState(name: string) {
  const text = goldenFiles('clean').get(`config/${name}`)?.toString() ?? ''
  return JSON.parse(text.replace(/([{,]\s*)(\d+):/g, '$1"$2":'))
}

test('topics, groups and offsets of the Java broker are all there', async (t) => {
  const { client } = await golden(t)
  const names = Object.keys(javaState('topics.json').topicConfigTable)
  const shown = new Set(await client.topics())
  t.deepEqual(
    names.filter((name) => !shown.has(name)),
    [],
  )
  const fifo = await client.topicSettings('GoldenFifo')
  t.true(fifo.order)
  t.is(fifo.attributes.get('message.type'), 'FIFO')

  const { offsetTable } = javaState('consumerOffset.json')
  t.is(Object.keys(offsetTable).length, 8)
  for (const [key, offsets] of Object.entries<Record<string, number>>(offsetTable)) {
    const [topic = '', group = ''] = key.split('@')
    for (const [queueId, offset] of Object.entries(offsets)) {
      const queue = { topic, broker, queueId: Number(queueId) }
      t.is(await client.consumerOffset(group, queue), offset, `${key} ${queueId}`)
    }
  }
  const { subscriptionGroupTable } = javaState('subscriptionGroup.json')
  for (const group of Object.keys(subscriptionGroupTable)) {
    t.is((await client.groupSettings(group)).name, group)
  }
})

test('every message of the Java broker is pulled from its queue', async (t) => {
  const { client } = await golden(t)
  const manifest = goldenManifest('clean')
  const expected = manifest.topics.filter(({ topic }) => topic.startsWith('Golden'))
  let count = 0
  for (const { topic, queues } of expected) {
    for (const { queueId, minOffset, maxOffset } of queues) {
      const queue = { topic, broker, queueId }
      const found: Message[] = []
      for (let offset = minOffset; offset < maxOffset; ) {
        const asked = { queue, group: 'GID_test', offset, max: 32, waitMs: 0 }
        const { status, messages, nextOffset } = await client.pull(asked)
        t.is(status, 'FOUND')
        found.push(...messages)
        offset = nextOffset
      }
      t.deepEqual(
        found.map(({ queueOffset }) => queueOffset),
        Array.from({ length: maxOffset - minOffset }, (_, at) => minOffset + at),
      )
      count += found.length
    }
  }
  t.true(count > 100, `${count} messages`)
})

test('a send after the Java broker goes on where it stopped', async (t) => {
  const { client } = await golden(t)
  const queue = { topic: 'GoldenNormal', broker, queueId: 0 }
  const before = await client.maxOffset(queue)
  const message = { topic: 'GoldenNormal', body: Buffer.from('x'), properties: new Map() }
  const receipt = await client.send(message, { queue })
  t.is(receipt.queueOffset, before)
  t.is(await client.maxOffset(queue), before + 1)
})
