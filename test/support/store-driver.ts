// A process that does nothing but append to a store and tell what was acknowledged: one line
// `<queue> <offset> <number>` for each message, written after its acknowledgement. Arguments:
// folder, flush type, first number. It is there to be killed.

import { writeSync } from 'node:fs'
import { silentLog } from '../../src/base/log.ts'
import { loadNative } from '../../src/host/mmap.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { openStore } from '../../src/store/store.ts'
import { driverBody, driverOptions } from './driver-messages.ts'
import { outgoing } from './messages.ts'

const [folder = '', flushDiskType = '', first = '0', mapping = 'mapped'] = process.argv.slice(2)
const native = mapping === 'mapped' ? await loadNative() : undefined
const options = driverOptions(folder, flushDiskType === 'SYNC_FLUSH' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH')
const store = openStore({ files: nodeFiles(native), clock: systemClock, log: silentLog }, options)
store.start()

let number = Number(first)
let lines = ''

function tell(queueId: number, offset: number, which: number): void {
  lines += `${queueId} ${offset} ${which}\n`
}

function sendOne(): void {
  const which = number++
  const queueId = which % 7
  const message = outgoing({ topic: 'killed', queueId, body: driverBody(which) })
  const { endPosition, queueOffset } = store.append(message)
  const release = (status: string): void => {
    if (status === 'ok') tell(queueId, queueOffset, which)
  }
  if (store.isDurable(endPosition, { release })) release('ok')
}

writeSync(1, 'ready\n')
for (;;) {
  for (let n = 0; n < 20; n++) sendOne()
  await new Promise(setImmediate)
  if (lines !== '') writeSync(1, lines)
  lines = ''
}
