// A process that appends a fixed script of messages, single ones and batches, to a store, closes
// it and ends. One line `<queue> <offset> <number>` for each acknowledged message; `refused`
// once the store takes none any more. Arguments: folder, flush type, first number, mapping.

import { writeSync } from 'node:fs'
import { type Log, silentLog } from '../../src/base/log.ts'
import { loadNative } from '../../src/host/mmap.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { encodeBatch } from '../../src/message/batch.ts'
import { openStore } from '../../src/store/store.ts'
import { driverBody, driverOptions } from './driver-messages.ts'
import { outgoing } from './messages.ts'

const count = 600
const perTurn = 10
const queueCount = 7

const [folder = '', flushDiskType = '', first = '0', mapping = ''] = process.argv.slice(2)
const native = mapping === 'mapped' ? await loadNative() : undefined
const options = driverOptions(folder, flushDiskType === 'SYNC_FLUSH' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH')
const log: Log = {
  ...silentLog,
  error: (event, fields) => {
    if (event === 'store-refuses-messages') writeSync(1, `refused ${fields?.['kind']}\n`)
  },
}
const store = openStore({ files: nodeFiles(native), clock: systemClock, log }, options)
store.start()

function tell(queueId: number, offset: number, number: number): void {
  writeSync(1, `${queueId} ${offset} ${number}\n`)
}

/** Appends `size` messages at once; they are told when they are as durable as promised. */
function send(number: number, size: number): void {
  const queueId = number % queueCount
  const entries = Array.from({ length: size }, (_, at) => ({
    flag: 0,
    body: driverBody(number + at),
    properties: `TAGS\u0001tag-${at}\u0002KEYS\u0001key-${number + at}\u0002`,
  }))
  const [single] = entries
  if (!single) return
  const place = { topic: 'killed', queueId }
  const appended =
    size === 1
      ? store.append(outgoing({ ...place, ...single }))
      : store.appendBatch(outgoing({ ...place, body: encodeBatch(entries) }))
  const release = (status: string): void => {
    if (status !== 'ok') return
    for (let at = 0; at < size; at++) tell(queueId, appended.queueOffset + at, number + at)
  }
  if (store.isDurable(appended.endPosition, { release })) release('ok')
}

writeSync(1, 'ready\n')
let number = Number(first)
const end = number + count
while (number < end && store.refusal === undefined) {
  for (let n = 0; n < perTurn && store.refusal === undefined; n++) {
    const size = n === perTurn - 1 ? 4 : 1
    send(number, size)
    number += size
  }
  await new Promise((resolve) => setTimeout(resolve, 5))
}
await store.stop()
