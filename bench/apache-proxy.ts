// Apache's gRPC proxy from Maven Central, as a program beside ours. Java 17 and Maven must be there.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Program, pinned } from './programs.ts'

const pom = join(process.cwd(), 'bench/apache-proxy')
const target = join(process.cwd(), '.cache/bench/apache-proxy')
const startMsMax = 120_000

const openModules = [
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
]

function install(): string {
  if (!existsSync(join(target, 'lib'))) {
    mkdirSync(target, { recursive: true })
    const args = ['-q', '-B', '-f', pom, `-DoutputFolder=${target}`]
    const copied = ['dependency:copy-dependencies', `-DoutputDirectory=${target}/lib`]
    const { status } = spawnSync('mvn', [...args, ...copied], { stdio: 'inherit' })
    if (status !== 0) throw new Error('mvn failed')
  }
  return `${target}/lib/*`
}

/** In cluster mode, as a gateway is; it binds to all addresses and has no setting for that. */
export async function startApacheProxy(namesrv: string): Promise<Program> {
  const classPath = install()
  const home = mkdtempSync(join(tmpdir(), 'rocketway-apache-proxy-'))
  const grpcServerPort = await freePort()
  writeFileSync(
    join(home, 'proxy.json'),
    JSON.stringify({
      rocketMQClusterName: 'DefaultCluster',
      proxyClusterName: 'DefaultCluster',
      proxyName: 'bench',
      proxyMode: 'CLUSTER',
      namesrvAddr: namesrv,
      localServeAddr: '127.0.0.1',
      grpcServerPort,
      remotingListenPort: await freePort(),
    }),
  )
  const [file, ...args] = pinned([
    ...['java', '-Xmx1g', '-XX:+UseSerialGC', '-XX:MaxDirectMemorySize=512m', ...openModules],
    ...[`-Duser.home=${home}`, '-Drocketmq.client.logUseSlf4j=false', '-cp', classPath],
    ...['org.apache.rocketmq.proxy.ProxyStartup', '-pc', join(home, 'proxy.json'), '-n', namesrv],
  ])
  const child = spawn(file, args, {
    stdio: 'ignore',
    env: { ...process.env, ROCKETMQ_HOME: home },
  })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await once(child, 'exit')
    }
    rmSync(home, { recursive: true, force: true })
  }
  const deadline = Date.now() + startMsMax
  while (!(await answers(grpcServerPort))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('the proxy did not start')
    await sleep(200)
  }
  return {
    pid: child.pid ?? 0,
    listen: { grpc: `127.0.0.1:${grpcServerPort}` },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
