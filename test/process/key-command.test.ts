// `rocketway key`, and a gateway that takes over what it has written.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { command, run, startRocketway } from '../support/processes.ts'

test('keys are made, listed and taken away, and a running gateway follows', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-keys-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const file = join(home, 'keys.json')
  const key = (...args: string[]) =>
    run(process.execPath, [command, 'key', ...args.slice(0, 1), '-f', file, ...args.slice(1)])
  const made = async (...args: string[]) => {
    const { code, stdout, stderr } = await key('create', '--json', ...args)
    t.is(code, 0, stderr)
    return JSON.parse(stdout) as { id: string; key: string; signingSecret?: string }
  }
  const ops = await made('--subject', 'ops', '--admin', '--signing')
  t.is(statSync(file).mode & 0o777, 0o600)
  t.false(readFileSync(file, 'utf8').includes(ops.key))
  t.true((ops.signingSecret ?? '').length >= 32)

  const args = ['up', '--data', join(home, 'data'), '--ports', '0', '--log', 'info']
  const auth = ['--set', 'gateway.auth.mode=required', '--set', `gateway.auth.keysFile=${file}`]
  const up = await startRocketway(t, [...args, ...auth])
  const list = async (given: string) =>
    (
      await fetch(`http://${up.listen['http']}/v1/topics`, {
        headers: { authorization: `Bearer ${given}` },
      })
    ).status
  t.is(await list(ops.key), 200)

  const billing = await made('--subject', 'billing', '--from', '127.0.0.0/8', '--expires', '90d')
  t.is(await list(billing.key), 401)
  const reload = await fetch(`http://${up.listen['management']}/-/reload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ops.key}` },
  })
  t.is(reload.status, 200, await reload.text())
  t.is(await list(billing.key), 200)

  const listed = await key('list', '--json')
  const rows = JSON.parse(listed.stdout) as Record<string, unknown>[]
  t.like(rows[0], { subject: 'ops', rights: 'administrator', signs: true })
  t.like(rows[1], { id: billing.id, from: '127.0.0.0/8', rights: 'all of its namespace' })
  t.false(listed.stdout.includes(ops.signingSecret ?? 'none'))
  t.is((await key('revoke', billing.id)).code, 0)
  up.process.kill('SIGHUP')
  for (let tries = 0; tries < 300 && (await list(billing.key)) !== 401; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  t.is(await list(billing.key), 401)
  t.is(await list(ops.key), 200)

  t.is((await key('revoke', 'ffffffff')).code, 3)
  t.is((await key('create', '--subject', 'a b')).code, 2)
  t.is((await key('create', '--subject', 'a', '--expires', 'soon')).code, 2)
  t.is((await key('create', '--subject', 'a', '--from', 'x')).code, 2)
})
