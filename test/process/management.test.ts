// The management ports of the programs, over HTTP.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { startRocketway } from '../support/processes.ts'

const home = () => mkdtempSync(join(tmpdir(), 'rocketway-management-'))
const off = ['--listen', '127.0.0.1:0']
const on = [...off, '--set', 'management.listen=127.0.0.1:0']

const get = async (address: string | undefined, path: string) => {
  const response = await fetch(`http://${address}${path}`)
  return { status: response.status, text: await response.text() }
}

test('a broker shows its figures where it was told to, and nothing else', async (t) => {
  const { listen } = await startRocketway(t, ['broker', '--data', home(), ...on])
  t.is((await get(listen['management'], '/livez')).status, 200)
  t.is((await get(listen['management'], '/readyz')).status, 200)
  t.is((await get(listen['management'], '/metrics')).status, 200)
  t.is((await get(listen['management'], '/')).status, 404)
})

test('a namesrv has the same port', async (t) => {
  const { listen } = await startRocketway(t, ['namesrv', '--data', home(), ...on])
  t.is((await get(listen['management'], '/readyz')).status, 200)
})

test('there is no management port unless one is set', async (t) => {
  const { listen } = await startRocketway(t, ['namesrv', '--data', home(), ...off])
  t.deepEqual(Object.keys(listen), ['namesrv'])
})

test("up's one port shows the broker's figures beside the gateway's", async (t) => {
  const { listen } = await startRocketway(t, ['up', '--data', home(), '--ports', '0'])
  const sent = await fetch(`http://${listen['http']}/v1/topics/t/messages`, {
    method: 'POST',
    body: '{"a":1}',
    headers: { 'content-type': 'application/json' },
  })
  t.true(sent.ok)
  const { text } = await get(listen['management'], '/metrics')
  t.regex(text, /^rocketway_broker_messages_in_total\S* 1\b/m)
  t.regex(text, /^rocketway_gateway_/m)
})
