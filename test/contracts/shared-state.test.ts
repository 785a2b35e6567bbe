// What every shared state promises, whoever keeps it. etcd joins where it is installed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import type { SharedState } from '../../src/base/shared-state.ts'
import { FileState } from '../../src/controller/file-state.ts'
import { EtcdState } from '../../src/host/etcd-state.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { hasEtcd, startEtcd } from '../support/etcd.ts'
import { MemoryFiles } from '../support/memory-files.ts'

type Made = { open(ttlSec?: number): SharedState; readonly url?: string }

const makers = {
  async file(): Promise<Made> {
    const files = new MemoryFiles()
    return { open: () => new FileState(files, '/controller/state.json', silentLog) }
  },
  async etcd(t: ExecutionContext): Promise<Made> {
    const home = mkdtempSync(join(tmpdir(), 'rocketway-etcd-'))
    t.teardown(() => rmSync(home, { recursive: true, force: true }))
    const { url } = await startEtcd(t, home)
    const options = { hosts: [url], prefix: '/test', name: 'n0' }
    return {
      url,
      open: (ttlSec = 2) => new EtcdState({ ...options, ttlSec }, systemClock, silentLog),
    }
  },
}

/** Starts it and waits until it leads. */
async function leading(t: ExecutionContext, state: SharedState) {
  const led: ReadonlyMap<string, string>[] = []
  let wake = () => {}
  const isLeading = new Promise<void>((resolve) => {
    wake = resolve
  })
  await state.start({
    lead(values) {
      led.push(new Map(values))
      wake()
    },
    follow() {},
  })
  t.teardown(() => state.stop())
  await isLeading
  return led
}

for (const [name, make] of Object.entries(makers)) {
  const run = name === 'etcd' && !hasEtcd ? test.skip : test

  run(`${name}: what was put is there for the next one that leads`, async (t) => {
    const { open } = await make(t)
    const first = open()
    t.deepEqual(await leading(t, first), [new Map()])
    t.true(first.leadsUntil > systemClock.monotonic())
    t.true(await first.put('sets/a', 'one'))
    t.true(await first.put('sets/b', 'x'))
    t.true(await first.put('sets/a', 'two'))
    t.true(await first.put('sets/b', undefined))
    await first.stop()
    t.is(first.leadsUntil, 0)
    t.false(await first.put('sets/a', 'three'))
    t.deepEqual(await leading(t, open()), [new Map([['sets/a', 'two']])])
  })
}

test('file: a second process does not start', async (t) => {
  const { open } = await makers.file()
  await leading(t, open())
  await t.throwsAsync(open().start({ lead() {}, follow() {} }), {
    message: 'another controller has the file',
  })
})

const etcdTest = hasEtcd ? test : test.skip

etcdTest('etcd: one leads, and the other one takes over with what was written', async (t) => {
  const { open } = await makers.etcd(t)
  const first = open()
  await leading(t, first)
  const second = open()
  const following: (string | undefined)[] = []
  const leads = new Promise<ReadonlyMap<string, string>>((resolve) => {
    const started = second.start({ lead: resolve, follow: (leader) => following.push(leader) })
    t.teardown(async () => {
      await started
      await second.stop()
    })
  })
  t.true(await first.put('k', 'v'))
  await first.stop()
  t.deepEqual(await leads, new Map([['k', 'v']]))
  t.true(following.every((leader) => leader === 'n0'))
  t.true(await second.put('k', 'w'))
})

etcdTest(
  'etcd: one that does not lead has started, however long the other one leads',
  async (t) => {
    const { open } = await makers.etcd(t)
    await leading(t, open())
    // It looks at the leader again after so many seconds: longer than a test may take.
    const second = open(600)
    t.teardown(() => second.stop())
    const following: (string | undefined)[] = []
    await second.start({ lead() {}, follow: (leader) => following.push(leader) })
    t.deepEqual(following, ['n0'])
  },
)

etcdTest('etcd: a leader whose key was taken writes nothing and reads anew', async (t) => {
  const { open, url = '' } = await makers.etcd(t)
  const first = open()
  const led = await leading(t, first)
  t.true(await first.put('k', 'v'))
  await removeKey(url, '/test/leader')
  t.false(await first.put('k', 'w'))
  while (led.length < 2) await systemClock.sleep(20)
  t.deepEqual(led[1], new Map([['k', 'v']]))
  t.true(await first.put('k', 'w'))
})

/** Past the process under test, as an operator might. */
async function removeKey(url: string, key: string): Promise<void> {
  const body = JSON.stringify({ key: Buffer.from(key).toString('base64') })
  await fetch(`${url}/v3/kv/deleterange`, { method: 'POST', body })
}
