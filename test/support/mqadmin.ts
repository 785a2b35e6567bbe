// Apache's own command line tool, many commands in one JVM: see test/interop/apache/Mqadmin.java.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ExecutionContext } from 'ava'
import { installApache } from './apache.ts'

const source = join(process.cwd(), 'test/interop/apache/Mqadmin.java')
const commandMs = 60_000

/** Answers what a command printed, on both streams. A command that hangs rejects. */
export type Mqadmin = (...words: readonly (string | number)[]) => Promise<string>

/** Starts the tool for one name server. It ends with the test. */
export async function startMqadmin(
  t: ExecutionContext,
  home: string,
  namesrv: string,
): Promise<Mqadmin> {
  const classPath = await installApache()
  const child = spawn(
    'java',
    [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      `-Duser.home=${home}`,
      // Its credentials are in conf/tools.yml there, if anywhere.
      `-Drocketmq.home.dir=${home}`,
      `-Drocketmq.namesrv.addr=${namesrv}`,
      '-Drocketmq.client.logUseSlf4j=false',
      '-cp',
      classPath,
      source,
    ],
    // Some commands write files into the folder they are started in.
    { stdio: ['pipe', 'pipe', 'pipe'], cwd: home, env: { ...process.env, ROCKETMQ_HOME: home } },
  )
  const ended = once(child, 'exit')
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000)
  })
  t.teardown(async () => {
    if (isRunning(child)) child.kill('SIGKILL')
    await ended
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async (...words) => {
    child.stdin.write(`${words.join('\t')}\n`)
    const timer = setTimeout(() => child.kill('SIGKILL'), commandMs)
    const { value, done } = await answers.next()
    clearTimeout(timer)
    if (done) throw new Error(`mqadmin ended at ${words.join(' ')}\n${errors}`)
    return Buffer.from(value, 'base64').toString('utf8')
  }
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null
