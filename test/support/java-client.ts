// The official Java client: built once per version by Maven into .cache/, then run.

import { join } from 'node:path'
import { makeIn, makeOnceIn } from './install.ts'
import { run } from './processes.ts'

export type Event = {
  readonly event:
    | 'sent'
    | 'received'
    | 'checked'
    | 'replied'
    | 'recalled'
    | 'ready'
    | 'failed'
    | 'done'
  readonly scenario: string
  readonly body: string
  readonly queueId: number
  readonly offset: number
  readonly detail: string
}

/** Compiles the interop programs of `project` against `version`; answers the class path. */
export async function buildJavaClient(version: string, project = 'java'): Promise<string> {
  const target = join(process.cwd(), '.cache/interop', `${project}-${version}`)
  const source = join(process.cwd(), 'test/interop', project)
  const mvn = ['mvn', '-q', '-B', '-f', source, `-Dclient.version=${version}`] as const
  const folder = `-DoutputFolder=${target}`
  const copied = ['dependency:copy-dependencies', `-DoutputDirectory=${target}/lib`]
  await makeOnceIn(target, [...mvn, folder, ...copied])
  await makeIn(target, [...mvn, folder, 'compile'])
  return `${target}/classes:${target}/lib/*`
}

/** Runs one of the interop programs; answers every event it printed. */
export async function runJavaClient(
  classPath: string,
  args: readonly string[],
  home: string,
  main = 'rocketway.Interop',
  properties: readonly string[] = [],
): Promise<Event[]> {
  const ran = await run(
    'java',
    [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      `-Duser.home=${home}`,
      '-Drocketmq.client.logUseSlf4j=false',
      ...properties,
      '-cp',
      classPath,
      main,
      ...args,
    ],
    { timeoutMs: 300_000 },
  )
  const events = ran.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Event)
  if (events.at(-1)?.event !== 'done') {
    throw new Error(
      `the client did not finish\n${ran.stdout.slice(-3000)}\n${ran.stderr.slice(-3000)}`,
    )
  }
  return events
}
