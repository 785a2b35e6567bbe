// Apache's tool against our controller, with two of our brokers under it.

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { type Mqadmin, startMqadmin } from '../support/mqadmin.ts'
import { startRocketway } from '../support/processes.ts'

const listen = ['--listen', '127.0.0.1:0']

async function start(t: ExecutionContext) {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-controller-'))
  const first = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), ...listen])
  const second = await startRocketway(t, ['controller', '--data', join(home, 'c'), ...listen])
  const namesrv = first.listen['namesrv'] ?? ''
  const controller = second.listen['controller'] ?? ''
  for (const name of ['b0', 'b1']) {
    const settings = [
      'broker.brokerName=set-a',
      'broker.enableControllerMode=true',
      `broker.controllerAddr=${controller}`,
      'broker.haListenPort=0',
      'broker.mappedFileSizeCommitLog=16777216',
    ].flatMap((one) => ['--set', one])
    await startRocketway(t, [
      'broker',
      ...['--data', join(home, name), '-n', namesrv, ...listen, ...settings],
    ])
  }
  return { controller, mqadmin: await startMqadmin(t, home, namesrv) }
}

/** Repeats a command until what it prints fits. */
async function until(mqadmin: Mqadmin, command: string, fits: RegExp): Promise<string> {
  let text = ''
  for (let tries = 0; tries < 60; tries++) {
    text = await mqadmin(...command.split(' '))
    if (fits.test(text)) return text
    await sleep(500)
  }
  throw new Error(`${command} does not print ${fits}:\n${text}`)
}

test('mqadmin looks at a controller, changes its settings, and has a master elected', async (t) => {
  const { controller, mqadmin } = await start(t)
  const run = (command: string) => mqadmin(...command.split(' '))

  const metadata = await until(mqadmin, `getControllerMetaData -a ${controller}`, /ControllerGroup/)
  t.regex(metadata, /ControllerGroup\s+DefaultControllerGroup/)
  t.regex(metadata, new RegExp(`#ControllerLeaderAddress\\s+${controller}`))

  const inSync = `getSyncStateSet -a ${controller} -b set-a`
  const two = await until(mqadmin, inSync, /#SyncStateSetNums\s+2/)
  t.regex(two, /#MasterEpoch\s+1/)
  const master = Number(/#MasterBrokerId\s+(\d+)/.exec(two)?.[1])
  const other = master === 1 ? 2 : 1

  const elected = await run(`electMaster -a ${controller} -b ${other} -bn set-a -c DefaultCluster`)
  t.regex(elected, /#MasterEpoch\s+2/)
  const after = await until(mqadmin, inSync, /#SyncStateSetNums\s+2/)
  t.regex(after, new RegExp(`#MasterBrokerId\\s+${other}`))

  const update = `updateControllerConfig -a ${controller} -k enableElectUncleanMaster -v true`
  await until(mqadmin, update, /update controller config success/)
  await until(
    mqadmin,
    `getControllerConfig -a ${controller}`,
    /enableElectUncleanMaster\s+=\s+true/,
  )

  const clean = `cleanBrokerMetadata -a ${controller} -b ${master} -bn set-a -c DefaultCluster`
  await until(mqadmin, clean, /CODE: 2009/)
})
