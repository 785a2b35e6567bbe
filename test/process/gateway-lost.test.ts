// A gateway holds nothing that another one needs.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { KeyRing } from '../../gateway/core/key-ring.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { startRocketway } from '../support/processes.ts'

test.serial('a message received through one gateway is acknowledged through another', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-gateways-'))
  const local = '127.0.0.1:0'
  const namesrv = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), '--listen', local])
  const to = ['--namesrv', namesrv.listen['namesrv'] ?? '']
  await startRocketway(t, ['broker', '--data', join(home, 'b'), '--listen', local, ...to])
  const keys = join(home, 'handles.json')
  writeFileSync(keys, KeyRing.generate(systemRandom))
  const shared = ['--set', `gateway.handles.keysFile=${keys}`]
  const gateway = () => startRocketway(t, ['gateway', '--ports', '0', ...to, ...shared])
  const a = await gateway()
  const b = await gateway()

  const post = async (address: string | undefined, path: string, body: object) => {
    const response = await fetch(`http://${address}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const receive = (address: string | undefined, wait: string) =>
    post(address, 'groups/g/topics/orders/messages:receive', { max: 1, wait, invisible: '10s' })

  t.is((await post(a.listen['http'], 'topics/orders/messages', { id: 7 })).status, 201)
  const received = await receive(a.listen['http'], '10s')
  const [message] = received.body['messages'] as { handle: string; body: object }[]
  t.deepEqual(message?.body, { json: { id: 7 } })

  t.is(await a.kill('SIGKILL'), 'SIGKILL')
  const acked = await post(b.listen['http'], 'groups/g/messages:ack', {
    handles: [message?.handle],
  })
  t.deepEqual(acked, { status: 200, body: { acked: 1 } })
  const after = await receive(b.listen['http'], '13s')
  t.deepEqual(after.body['messages'], [], 'it does not come again after its invisible time')
})
