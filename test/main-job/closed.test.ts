// Closed by default: who may call, and what is shown.

import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { run, startRocketway } from '../support/processes.ts'

const dataFolder = () => join(mkdtempSync(join(tmpdir(), 'rocketway-closed-')), 'data')

test.serial('with authentication required only the key that was shown once opens', async (t) => {
  const data = dataFolder()
  const args = ['up', '--data', data, '--ports', '0', '--require-auth']
  const first = await startRocketway(t, args)
  const key = /rwk_[0-9a-f]{8}_[\w-]+/.exec(first.output())?.[0] ?? ''
  t.truthy(key, 'the key is shown at the first start')

  const send = (headers: Record<string, string>) =>
    fetch(`http://${first.listen['http']}/v1/topics/orders/messages`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', ...headers },
      body: 'hello',
    })
  t.is((await send({})).status, 401)
  t.is((await send({ authorization: `Bearer ${key.slice(0, -1)}x` })).status, 401)
  t.is((await send({ authorization: `Bearer ${key}` })).status, 201)

  const kept = join(data, 'keys', 'api-keys.json')
  t.false(readFileSync(kept, 'utf8').includes(key), 'only its digest is kept')
  t.is(statSync(kept).mode & 0o777, 0o600)
  await first.kill('SIGTERM')

  const second = await startRocketway(t, args)
  t.false(second.output().includes('rwk_'), 'and it is not shown again')
})

test.serial('another address than loopback is refused without authentication', async (t) => {
  const command = new URL('../../bundle/main/rocketway.mjs', import.meta.url).pathname
  const args = ['up', '--data', dataFolder(), '--ports', '0', '--gateway-host', '0.0.0.0']
  const ran = await run(process.execPath, [command, ...args], { timeoutMs: 20_000 })
  t.is(ran.code, 5)
  t.regex(ran.stderr, /authentication/)
  const closed = await run(process.execPath, [command, ...args, '--require-auth'])
  t.is(closed.code, 5)
  t.regex(closed.stderr, /TLS/)
  const meant = ['--require-auth', '--set', 'gateway.plainText=true']
  const up = await startRocketway(t, [...args, ...meant])
  const port = up.listen['http']?.split(':').at(-1)
  t.is((await fetch(`http://127.0.0.1:${port}/v1/topics`)).status, 401)
})

test.serial('a port that is taken is said, with its number', async (t) => {
  const up = await startRocketway(t, ['up', '--data', dataFolder(), '--ports', '0'])
  const command = new URL('../../bundle/main/rocketway.mjs', import.meta.url).pathname
  const taken = up.listen['namesrv'] ?? ''
  const args = ['namesrv', '--data', dataFolder(), '--listen', taken]
  const ran = await run(process.execPath, [command, ...args], { timeoutMs: 20_000 })
  t.is(ran.code, 5)
  t.true(ran.stderr.includes(taken.split(':')[1] ?? '?'), ran.stderr)
})
