#!/usr/bin/env node
// The `rocketway` command. Each program is loaded when it is asked for, so that a health
// check does not load a broker.

import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { aclCommand } from './commands/acl.ts'
import { brokerVerbs } from './commands/broker.ts'
import { clusterNoun } from './commands/cluster.ts'
import { groupCommand } from './commands/group.ts'
import { keyCommand } from './commands/key.ts'
import { messageCommand } from './commands/message.ts'
import { topicCommand } from './commands/topic.ts'
import type { ProgramOptions } from './program.ts'
import { storeCommand } from './store-options.ts'

const { version } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string }

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

function program(name: string, summary: string, examples: readonly string[]): Command {
  return new Command(name)
    .summary(summary)
    .description(summary)
    .option('-c, --config <file>', 'settings: YAML, or an Apache broker.conf')
    .option('--data <dir>', 'where state is kept', 'data')
    .option('--set <path=value>', 'one setting, e.g. broker.listenPort=10921', collect, [])
    .addOption(
      new Option('--log <level>', 'what is logged to standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .addHelpText('after', `\nExamples:\n${examples.map((one) => `  $ ${one}`).join('\n')}`)
}

const up = program('up', 'namesrv, broker and gateway in one process, for development', [
  'rocketway up',
  'rocketway up --data /var/lib/rocketway --log warn',
  'rocketway up --ports 0        # free ports, told in the ready line',
])
  .option('--ports <n>', '0: every port is a free one')
  .option('--gateway-host <host>', 'address that the HTTP and gRPC fronts bind to')
  .option('--require-auth', 'callers of the gateway need an API key; one is made on first start')
  .action(async (options: ProgramOptions) => {
    await (await import('./up.ts')).up(options)
  })

const namesrv = program('namesrv', 'a name server: knows which broker has which topic', [
  'rocketway namesrv --listen 127.0.0.1:9876',
])
  .option('--listen <host:port>', 'address for brokers, clients and tools')
  .action(async (options: ProgramOptions) => {
    await (await import('./namesrv.ts')).namesrv(options)
  })

const broker = program('broker', 'a broker: keeps the messages', [
  'rocketway broker --namesrv 127.0.0.1:9876 --data /var/lib/rocketway',
  'rocketway broker -c broker.conf',
])
  .option('--listen <host:port>', 'address for clients')
  .option('-n, --namesrv <addresses>', 'name servers, host:port, separated by semicolons')
  .action(async (options: ProgramOptions) => {
    await (await import('./broker.ts')).broker(options)
  })

for (const verb of brokerVerbs) broker.addCommand(verb)
// An option behind a verb is the verb's.
broker.enablePositionalOptions()

const controller = program('controller', 'decides which broker of a set is master', [
  'rocketway controller --data /var/lib/rocketway',
  'rocketway controller --set controller.etcdEndpoints=http://127.0.0.1:2379',
])
  .option('--listen <host:port>', 'address for brokers and tools')
  .action(async (options: ProgramOptions) => {
    await (await import('./controller.ts')).controller(options)
  })

const gateway = program('gateway', 'REST, SSE, WebSocket and gRPC in front of a cluster', [
  'rocketway gateway --namesrv 127.0.0.1:9876',
])
  .option('-n, --namesrv <addresses>', 'name servers, host:port, separated by semicolons')
  .option('--ports <n>', '0: every port is a free one')
  .action(async (options: ProgramOptions) => {
    await (await import('./gateway.ts')).gateway(options)
  })

const health = new Command('health')
  .summary('exits with 0 when a gateway is ready, with 5 when it is not')
  .description('Asks a management port whether the program behind it is ready.')
  .option('--url <url>', 'the management port', 'http://127.0.0.1:9090')
  .addHelpText('after', '\nExamples:\n  $ rocketway health --url http://127.0.0.1:9090')
  .action(async (options: { url: string }) => {
    await (await import('./health.ts')).health(options.url)
  })

const config = new Command('config').description('Checks or shows the settings of a file.')
const configVerbs = {
  check: 'Exits with 2 and says what is wrong with the settings.',
  print: 'Shows each setting in force and where it came from; secrets are masked.',
  schema: 'Prints the JSON Schema of the settings file, for editors.',
} as const
for (const verb of ['check', 'print', 'schema'] as const) {
  config
    .command(verb)
    .description(configVerbs[verb])
    .option('-c, --config <file>', 'settings: YAML, or an Apache broker.conf')
    .option('--effective', 'defaults and environment included (the default)')
    .addHelpText('after', `\nExamples:\n  $ rocketway config ${verb} -c rocketway.yaml`)
    .action(async (options: { config?: string }) => {
      await (await import('./config-command.ts')).configCommand(verb, options.config)
    })
}

const rocketway = new Command('rocketway')
  .description('A RocketMQ-compatible message system and its HTTP, WebSocket and gRPC gateway.')
  .version(version)
  .addCommand(up)
  .addCommand(namesrv)
  .addCommand(broker)
  .addCommand(controller)
  .addCommand(gateway)
  .addCommand(health)
  .addCommand(config)
  .addCommand(storeCommand())
  .addCommand(clusterNoun())
  .addCommand(topicCommand())
  .addCommand(groupCommand())
  .addCommand(messageCommand())
  .addCommand(aclCommand())
  .addCommand(keyCommand())
  .showHelpAfterError()

try {
  await rocketway.parseAsync()
} catch (error) {
  // What the machine or the data refuse; anything else is a bug and comes with its stack.
  if (!(error instanceof Error && ('failure' in error || 'code' in error))) throw error
  const { cannotStart } = await import('./program.ts')
  cannotStart(process.argv[2] ?? 'rocketway', error)
}
