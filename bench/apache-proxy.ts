// Apache's gRPC proxy from Maven Central, as a program beside ours. Java 17 and Maven must be there.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answers, freePort, openModules } from '../test/support/apache.ts'
import { type Program, pinned } from './programs.ts'

const pom = join(process.cwd(), 'bench/apache-proxy')
const target = join(process.cwd(), '.cache/bench/apache-proxy')
const startMsMax = 120_000

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

/**
 * How its virtual machine is started: with what suffices on a small machine, or as its own start
 * script does it (runserver.sh of 5.5).
 */
const machines = {
  small: ['-Xmx1g', '-XX:+UseSerialGC', '-XX:MaxDirectMemorySize=512m'],
  asShipped: [
    ...['-server', '-Xms4g', '-Xmx4g', '-XX:MetaspaceSize=128m', '-XX:MaxMetaspaceSize=320m'],
    ...['-XX:+UseG1GC', '-XX:G1HeapRegionSize=16m', '-XX:G1ReservePercent=25'],
    ...['-XX:InitiatingHeapOccupancyPercent=30', '-XX:SoftRefLRUPolicyMSPerMB=0'],
  ],
} as const

/** In cluster mode, as a gateway is; it binds to all addresses and has no setting for that. */
export async function startApacheProxy(
  namesrv: string,
  machine: keyof typeof machines,
): Promise<Program> {
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
    ...['java', ...machines[machine], ...openModules],
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
