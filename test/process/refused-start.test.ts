// A program that cannot start says why in one line, ends with code 5, and leaves the store as it
// was: whoever starts it again and again changes nothing.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { command, run, startRocketway } from '../support/processes.ts'

const local = '127.0.0.1:0'
const unavailable = 5

/** Every file below a folder with its bytes. */
function contentsOf(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found.set(path, readFileSync(path).toString('base64'))
  }
  return found
}

function home(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), 'rocketway-refused-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** Small files: every byte of the store is compared. */
const small = [
  ...['--set', 'broker.mappedFileSizeCommitLog=65536'],
  ...['--set', 'broker.maxHashSlotNum=50', '--set', 'broker.maxIndexNum=50'],
]

const programs = {
  broker: (data: string) => ['broker', '--data', join(data, 'broker'), '--listen', local, ...small],
  up: (data: string) => ['up', '--data', data, '--ports', '0', ...small],
}

async function storeIn(t: ExecutionContext, data: string): Promise<void> {
  const broker = await startRocketway(t, programs.broker(data))
  await broker.kill('SIGTERM')
}

/** It ends with 5, says one line that matches to a person, and shows no stack. */
async function refuses(t: ExecutionContext, args: readonly string[], reason: RegExp) {
  const { code, stdout, stderr } = await run(process.execPath, [command, ...args])
  t.is(code, unavailable, stderr)
  const lines = stderr.split('\n').filter((line) => /cannot start/.test(line))
  t.is(lines.length, 1, stderr)
  t.regex(lines[0] ?? '', reason)
  t.notRegex(stdout + stderr, /^\s+at .*\d+:\d+\)?$/m)
  t.notRegex(stdout, /^ready /m)
}

for (const [name, argsOf] of Object.entries(programs)) {
  test(`${name} refuses a store that another process has open`, async (t) => {
    const data = home(t)
    const first = await startRocketway(t, programs.broker(data))
    for (let attempt = 0; attempt < 2; attempt++) {
      await refuses(t, argsOf(data), /another process has this store open/)
    }
    t.is(await first.kill('SIGTERM'), 0, 'the first one is as it was')
  })

  test(`${name} refuses a store with a state file that cannot be used, and changes nothing`, async (t) => {
    const data = home(t)
    await storeIn(t, data)
    const path = join(data, 'broker/config/topics.json')
    for (const file of [path, `${path}.bak`]) writeFileSync(file, '{"topicConfigTable": nonsense')
    const before = contentsOf(join(data, 'broker'))
    for (let attempt = 0; attempt < 2; attempt++) {
      await refuses(t, argsOf(data), /state file cannot be read.*topics\.json/)
    }
    const after = contentsOf(join(data, 'broker'))
    t.deepEqual([...after.keys()], [...before.keys()])
    t.deepEqual(after, before)
  })
}

const stateFiles = [
  ...['subscriptionGroup', 'consumerOffset', 'delayOffset', 'messageRequestMode'],
  'consumerOrderInfo',
]

test('a broker names the state file that it cannot use, whichever it is', async (t) => {
  const data = home(t)
  await storeIn(t, data)
  for (const name of stateFiles) {
    const path = join(data, `broker/config/${name}.json`)
    const whole = [path, `${path}.bak`].map((file) => {
      try {
        return readFileSync(file)
      } catch {
        return undefined
      }
    })
    for (const file of [path, `${path}.bak`]) writeFileSync(file, Buffer.from([0xff, 0x7b]))
    await refuses(t, programs.broker(data), new RegExp(`${name}\\.json`))
    for (const [at, file] of [path, `${path}.bak`].entries()) {
      const bytes = whole[at]
      if (bytes) writeFileSync(file, bytes)
      else rmSync(file)
    }
  }
  const again = await startRocketway(t, programs.broker(data))
  t.is(await again.kill('SIGTERM'), 0)
})

test('a broker refuses a folder that cannot be a store', async (t) => {
  const data = home(t)
  writeFileSync(join(data, 'broker'), 'a file')
  await refuses(t, programs.broker(data), /broker/)
  const other = home(t)
  mkdirSync(join(other, 'broker'))
  writeFileSync(join(other, 'broker/commitlog'), 'a file')
  await refuses(t, programs.broker(other), /commitlog/)
})

test('a broker refuses a log of which two folders have the same file', async (t) => {
  const data = home(t)
  const name = '00000000000000000000'
  for (const folder of ['a', 'b']) {
    mkdirSync(join(data, folder))
    writeFileSync(join(data, folder, name), Buffer.alloc(65_536))
  }
  const paths = `broker.storePathCommitLog=${join(data, 'a')},${join(data, 'b')}`
  await refuses(t, [...programs.broker(data), '--set', paths], new RegExp(name))
})

test('a broker whose port is taken leaves the store in order', async (t) => {
  const data = home(t)
  const first = await startRocketway(t, programs.broker(join(data, 'one')))
  const taken = ['--listen', first.listen['broker'] ?? '']
  const args = programs.broker(join(data, 'two'))
  await refuses(t, [...args, ...taken], /EADDRINUSE|in use/)
  t.false(contentsOf(join(data, 'two')).has(join(data, 'two/broker/abort')))
  const second = await startRocketway(t, args)
  t.is(await second.kill('SIGTERM'), 0)
})
