// A scripted day of a store, failed or cut short at every call to the disk in turn: for N = 1,
// 2, 3 … the N-th call fails, or the power does. Afterwards the store opens and holds what it
// acknowledged, nothing altered and nothing that was never sent.

import test, { type ExecutionContext } from 'ava'
import { encodeBatch } from '../../src/message/batch.ts'
import type { StoreOptions } from '../../src/store/options.ts'
import type { Store } from '../../src/store/store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { MemoryFiles } from '../support/memory-files.ts'
import { openMemoryStore } from '../support/memory-store.ts'
import { innerBatch, outgoing } from '../support/messages.ts'
import { seededRandom } from '../support/random.ts'
import { StoreModel } from '../support/store-model.ts'

const options: Partial<StoreOptions> = {
  mappedFileSizeCommitLog: 8192,
  mappedFileSizeConsumeQueue: 20 * 16,
  mapperFileSizeBatchConsumeQueue: 46 * 4,
  flushDiskType: 'SYNC_FLUSH',
}

// Seconds on a quiet machine; a busy one must not fail it.
const patienceMs = 300_000

class PowerFailure extends Error {}

const turn = (): Promise<void> => new Promise(setImmediate)

type Run = { files: MemoryFiles; clock: FakeClock; model: StoreModel; random: () => number }

/** More than 300 messages, single, in batches and in whole ones, over files, and two restarts. */
async function workload(run: Run): Promise<void> {
  let store = open(run)
  for (let step = 0; step < 90; step++) {
    await sendSome(run, store, step)
    if (step === 20 || step === 50) {
      await store.stop()
      store = open(run)
    }
    if (step % 10 === 0) await run.clock.advance(1_000)
  }
  await store.stop()
}

function open(run: Run): Store {
  const { store } = openMemoryStore({ files: run.files, clock: run.clock, options })
  store.start()
  return store
}

/** Three single messages and now and then batches, acknowledged together by one sync. */
async function sendSome({ model }: Run, store: Store, step: number): Promise<void> {
  let waiting = 0
  const send = (topic: string, bodies: readonly string[], isWhole = false) => {
    const queue = model.queue(topic, step % 3)
    const properties = `TAGS\u0001tag${step % 5}\u0002KEYS\u0001k${step}\u0002`
    // What is handed to the store may be kept from here on, refused or not.
    const refused = queue.messages.length
    for (const body of bodies) queue.messages.push({ body, properties })
    const message = outgoing({ topic, queueId: step % 3, properties })
    try {
      const entries = bodies.map((body) => ({ flag: 0, properties, body: Buffer.from(body) }))
      const place = { topic, queueId: step % 3 }
      const appended = isWhole
        ? store.append(innerBatch(bodies, place, () => properties))
        : bodies.length === 1
          ? store.append({ ...message, body: Buffer.from(bodies[0] ?? '') })
          : store.appendBatch({ ...message, body: encodeBatch(entries) })
      const end = appended.queueOffset + bodies.length
      const acknowledge = () => {
        queue.acknowledged = Math.max(queue.acknowledged, end)
      }
      waiting++
      const release = (status: string) => {
        waiting--
        if (status === 'ok') acknowledge()
      }
      if (store.isDurable(appended.endPosition, { release })) release('ok')
    } catch {
      queue.messages.length = refused
    }
  }
  send('T0', [`a${step}`])
  send('T1', [`b${step}`.repeat(1 + (step % 40))])
  if (step % 5 === 0) send('T2', [`x${step}`, '', `y${step}`])
  else send('T2', [`c${step}`])
  if (step % 12 === 1) send('Whole', [`d${step}`, '', `e${step}`].slice(step % 3), true)
  for (let turns = 0; waiting > 0 && turns < 20; turns++) await turn()
}

async function countCalls(mapped: boolean): Promise<number> {
  const files = new MemoryFiles({ mapped })
  await workload({
    files,
    clock: new FakeClock(),
    model: new StoreModel(),
    random: seededRandom(1),
  })
  return files.calls
}

async function reopenAndCheck(t: ExecutionContext, run: Run, because: string): Promise<void> {
  run.files.fault = () => {}
  const { store } = openMemoryStore({ files: run.files, clock: run.clock, options })
  await run.model.check(t, store, because)
  // It goes on: what is sent now follows what is there.
  await run.model.adopt(store)
  store.start()
  await sendSome(run, store, 7)
  await turn()
  await run.model.check(t, store, `${because}, gone on`)
  await store.stop()
  const { store: again } = openMemoryStore({ files: run.files, clock: run.clock, options })
  await run.model.check(t, again, `${because}, opened twice`)
  await again.stop()
}

for (const mapped of [true, false]) {
  const name = mapped ? 'mapped' : 'plain'

  test(`${name}: nothing acknowledged is lost when the power fails at any call`, async (t) => {
    t.timeout(patienceMs)
    const calls = await countCalls(mapped)
    t.true(calls > 100)
    for (let n = 1; n <= calls; n++) {
      const random = seededRandom(n)
      const files = new MemoryFiles({ mapped, random })
      const run = { files, clock: new FakeClock(), model: new StoreModel(), random }
      files.fault = (_call, _path, index) => {
        if (index === n) files.crash([0, 0.5, 1][n % 3])
        if (index >= n) throw new PowerFailure()
      }
      await workload(run).catch(() => {})
      await reopenAndCheck(t, run, `power failed at call ${n}`)
    }
  })

  test(`${name}: nothing acknowledged is lost when any call fails`, async (t) => {
    t.timeout(patienceMs)
    const calls = await countCalls(mapped)
    for (let n = 1; n <= calls; n++) {
      const random = seededRandom(n)
      const files = new MemoryFiles({ mapped, random })
      const run = { files, clock: new FakeClock(), model: new StoreModel(), random }
      const code = n % 2 === 0 ? 'EIO' : 'ENOSPC'
      files.fault = (call, path, index) => {
        if (index !== n) return
        throw Object.assign(new Error(`${code}: ${call} ${path}`), { code })
      }
      await workload(run).catch(() => {})
      files.crash(1)
      await reopenAndCheck(t, run, `call ${n} failed with ${code}`)
    }
  })
}
