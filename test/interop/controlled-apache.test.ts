// An Apache broker in controller mode and one of ours in one set, under our controller: Apache's
// follows ours, takes over when ours is killed, ours follows Apache's, and the same once more.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { tcp } from '../../src/host/tcp.ts'
import { brokerReplicas } from '../../src/protocol/bodies/controller.ts'
import { controllerGetSyncStateData } from '../../src/protocol/requests/controller.ts'
import { RemotingClient } from '../../src/remoting/client.ts'
import { freePort, startApacheBroker } from '../support/apache.ts'
import { connectClient } from '../support/connect-client.ts'
import { startRocketway } from '../support/processes.ts'
import { firstDifference, Replicas, until } from '../support/replicas.ts'

const name = 'set-a'
const topic = 'mixed'
const queues = 4
const count = 1000
const shared = {
  brokerName: name,
  enableControllerMode: true,
  mappedFileSizeCommitLog: 1_048_576,
  mappedFileSizeConsumeQueue: 20_000,
}

/** What the controller says: the master's address and who is in sync. */
function setOf(t: ExecutionContext, controller: string) {
  const client = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })
  t.teardown(() => client.close())
  return async () => {
    const body = Buffer.from(JSON.stringify([name]))
    const options = { timeoutMs: 3000, body }
    const answer = await client.call(controller, controllerGetSyncStateData, {}, options)
    const found = brokerReplicas.parse(answer.body).replicasInfoTable.get(name)
    return { master: found?.masterAddress, inSync: found?.inSyncReplicas.length ?? 0 }
  }
}

test('Apache follows ours under our controller, takes over, is followed, and comes back', async (t) => {
  t.timeout(600_000)
  const home = mkdtempSync(join(tmpdir(), 'rocketway-controlled-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const local = ['--listen', '127.0.0.1:0']
  const first = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), ...local])
  const second = await startRocketway(t, ['controller', '--data', join(home, 'c'), ...local])
  const namesrv = first.listen['namesrv'] ?? ''
  const controllerAddr = second.listen['controller'] ?? ''
  const set = setOf(t, controllerAddr)
  mkdirSync(join(home, 'ours'))
  // Apache's slave asks for tables at the port two below.
  const ports = { listenPort: await freePort(), haListenPort: await freePort() }
  const settings = { ...shared, ...ports, controllerAddr, vipPortEnable: true }
  const args = Object.entries(settings).flatMap(([key, value]) => [
    ...['--set', `broker.${key}=${value}`],
  ])
  const startOurs = () =>
    startRocketway(t, ['broker', '--data', join(home, 'ours'), '-n', namesrv, ...args])
  const ours = await startOurs()
  const address = ours.listen['broker'] ?? ''
  await until('ours is master', async () => (await set()).master === address)
  const startApache = () =>
    startApacheBroker(t, join(home, 'apache'), namesrv, {
      ...shared,
      controllerAddr,
      cleanFileForciblyEnable: false,
      slaveReadEnable: true,
    })
  const apache = await startApache()
  await until('Apache is in sync', async () => (await set()).inSync === 2)

  const client = connectClient(t, namesrv)
  const replicas = new Replicas(t)
  await client.createTopic({
    ...{ name: topic, readQueues: queues, writeQueues: queues, perm: 6, order: false },
    attributes: new Map(),
  })
  let sent = 0
  const sendOne = async () => {
    const receipt = await client.send(
      { topic, body: Buffer.from(`${sent}`), properties: new Map() },
      { queue: { broker: name, queueId: sent % queues }, retries: 0, timeoutMs: 10_000 },
    )
    sent += 1
    return receipt.status === 'SEND_OK'
  }
  const send = async () => {
    // Nobody listens where the client thinks at first; then it asks for the route again.
    await until('messages are taken', sendOne)
    for (let n = 1; n < count; n++) if (!(await sendOne())) throw new Error('it is not replicated')
  }
  const numbers = async (at: string) =>
    (await replicas.readAll(at, topic, queues))
      .map(({ body }) => Number(Buffer.from(body)))
      .sort((a, b) => a - b)
  const logs = [join(home, 'ours/commitlog'), join(home, 'apache/store/commitlog')] as const
  const compare = async (at: string) =>
    firstDifference(...logs, (await replicas.status(at)).masterCommitLogMaxOffset)

  await send()
  await replicas.inStep(address)
  t.is(await compare(address), undefined, "Apache has our master's bytes")
  await until(
    'Apache knows the topic',
    () => replicas.knows(apache.address, topic).catch(() => false),
    120_000,
  )

  /** The other one takes over, and takes messages. */
  const takesOver = async (who: string, at: string) => {
    const killedAt = performance.now()
    await until(`${who} is master`, async () => (await set()).master === at, 60_000)
    await send()
    t.log(
      `${who} took over and ${count} messages within ${Math.round(performance.now() - killedAt)} ms`,
    )
    const all = Array.from({ length: sent }, (_, n) => n)
    await until('it serves everything', async () => (await numbers(at)).length === sent)
    t.deepEqual(await numbers(at), all)
  }
  const isBack = async (who: string, master: string) => {
    await until(`${who} is in sync again`, async () => (await set()).inSync === 2, 60_000)
    await replicas.inStep(master)
    t.is(await compare(master), undefined, `${who} has its master's bytes`)
    t.is((await set()).master, master)
  }

  await ours.kill('SIGKILL')
  await takesOver('Apache', apache.address)
  await startOurs()
  await isBack('ours', apache.address)

  await apache.kill()
  await takesOver('ours', address)
  await startApache()
  await isBack('Apache', address)
})
