#!/usr/bin/env node
// The `rocketway` command. Each program is loaded when it is asked for, so that a health
// check does not load a broker.

import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import type { ProgramOptions } from './program.ts'

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

const health = new Command('health')
  .summary('exits with 0 when a gateway is ready, with 5 when it is not')
  .description('Asks a management port whether the program behind it is ready.')
  .option('--url <url>', 'the management port', 'http://127.0.0.1:9090')
  .addHelpText('after', '\nExamples:\n  $ rocketway health --url http://127.0.0.1:9090')
  .action(async (options: { url: string }) => {
    await (await import('./health.ts')).health(options.url)
  })

await new Command('rocketway')
  .description('A RocketMQ-compatible message system and its HTTP, WebSocket and gRPC gateway.')
  .version(version)
  .addCommand(namesrv)
  .addCommand(broker)
  .addCommand(health)
  .showHelpAfterError()
  .parseAsync()
