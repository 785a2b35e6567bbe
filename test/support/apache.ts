// The real Apache RocketMQ, from Maven Central, on loopback: the reference that suites are
// checked against. Java 17 and Maven must be installed.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { makeOnceIn } from './install.ts'

const project = join(process.cwd(), 'test/interop/apache')
const target = join(process.cwd(), '.cache/interop/apache')

/** What Java 17 and newer must be told to let Apache's programs in. */
export const openModules = [
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
]

/** Fetches the jars once; answers the class path. */
export async function installApache(): Promise<string> {
  const args = ['-q', '-B', '-f', project, `-DoutputFolder=${target}`]
  const copied = ['dependency:copy-dependencies', `-DoutputDirectory=${target}/lib`]
  await makeOnceIn(target, ['mvn', ...args, ...copied])
  return `${target}/lib/*`
}

export type Apache = {
  /** `host:port`. */
  readonly address: string
  /** Ends it in order and waits; a broker may take half a minute. */
  stop(): Promise<void>
  kill(): Promise<void>
}

export async function startApacheNamesrv(t: ExecutionContext, home: string): Promise<Apache> {
  const port = await freePort()
  const config = join(home, 'namesrv.conf')
  mkdirSync(home, { recursive: true })
  writeFileSync(
    config,
    `bindAddress=127.0.0.1\nlistenPort=${port}\nkvConfigPath=${home}/kv.json\nconfigStorePath=${home}/n.conf\n`,
  )
  return start(t, 'org.apache.rocketmq.namesrv.NamesrvStartup', ['-c', config], {
    home,
    port,
    heap: '256m',
  })
}

/** `settings` are lines of broker.conf beside those that place it on loopback under `home`. */
export async function startApacheBroker(
  t: ExecutionContext,
  home: string,
  namesrv: string,
  settings: Readonly<Record<string, string | number | boolean>> = {},
): Promise<Apache> {
  const port = await freePort()
  const config = join(home, 'broker.conf')
  mkdirSync(home, { recursive: true })
  const lines = {
    brokerClusterName: 'DefaultCluster',
    brokerName: 'broker-a',
    brokerId: 0,
    brokerIP1: '127.0.0.1',
    brokerIP2: '127.0.0.1',
    bindAddress: '127.0.0.1',
    listenPort: port,
    haListenPort: await freePort(),
    namesrvAddr: namesrv,
    storePathRootDir: `${home}/store`,
    storePathCommitLog: `${home}/store/commitlog`,
    mappedFileSizeCommitLog: 67_108_864,
    waitTimeMillsInSendQueue: 3000,
    ...settings,
  }
  writeFileSync(
    config,
    Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  return start(t, 'org.apache.rocketmq.broker.BrokerStartup', ['-c', config], {
    home,
    port: lines.listenPort,
    heap: '1g',
  })
}

async function start(
  t: ExecutionContext,
  main: string,
  args: readonly string[],
  where: { home: string; port: number; heap: string },
): Promise<Apache> {
  const classPath = await installApache()
  const child = spawn(
    'java',
    [
      `-Xmx${where.heap}`,
      '-XX:+UseSerialGC',
      '-XX:MaxDirectMemorySize=512m',
      ...openModules,
      `-Duser.home=${where.home}`,
      '-Drocketmq.client.logUseSlf4j=false',
      '-cp',
      classPath,
      main,
      ...args,
    ],
    { env: { ...process.env, ROCKETMQ_HOME: where.home }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
  }
  const ended = once(child, 'exit')
  t.teardown(async () => {
    if (isRunning(child)) child.kill('SIGKILL')
    await ended
    if (!t.passed) t.log(`${main}\n${output.join('').slice(-4000)}`)
  })
  const deadline = Date.now() + 90_000
  while (!(await answers(where.port))) {
    if (!isRunning(child) || Date.now() > deadline) {
      throw new Error(`${main} did not start\n${output.join('')}`)
    }
    await sleep(200)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning(child)) child.kill(signal)
    await ended
  }
  return {
    address: `127.0.0.1:${where.port}`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

/** Whether somebody listens there. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
